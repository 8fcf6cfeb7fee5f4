import { nodeAead } from "../../../host-agent/aead/node.ts";
import { aeadConformance } from "../../conformance/aead.ts";

aeadConformance("node:crypto", nodeAead);
