import { nutCapture } from "../../../host-agent/capture/nut.ts";
import { realDisplayConformance } from "../../conformance/capture.ts";
import { xStage } from "../../support/x-stage.ts";

realDisplayConformance("nut", () => xStage(nutCapture));
