import { nutInput } from "../../../host-agent/input/nut.ts";
import { inputConformance } from "../../conformance/input.ts";

// nut-js knows three buttons, and on Linux no Menu key.
inputConformance(nutInput({}), { buttons: [1, 2, 3], lackedKeys: ["ContextMenu"] });
