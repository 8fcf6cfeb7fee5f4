import { x11Input } from "../../../host-agent/input/x11.ts";
import { inputConformance } from "../../conformance/input.ts";

inputConformance(x11Input({}), { buttons: [1, 2, 3, 4, 5], lackedKeys: [] });
