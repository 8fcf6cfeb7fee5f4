import { x11Capture } from "../../../host-agent/capture/x11.ts";
import { realDisplayConformance } from "../../conformance/capture.ts";
import { xStage } from "../../support/x-stage.ts";

realDisplayConformance("x11 through shared memory", () => xStage(x11Capture({ sharedMemory: true })));
realDisplayConformance("x11 through the socket", () => xStage(x11Capture({ sharedMemory: false })));
