import { nobleAead } from "../../../viewer/aead/noble.ts";
import { aeadConformance } from "../../conformance/aead.ts";

aeadConformance("@noble/ciphers", nobleAead);
