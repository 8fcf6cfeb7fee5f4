import { screenshotCapture } from "../../../host-agent/capture/screenshot.ts";
import { realDisplayConformance } from "../../conformance/capture.ts";
import { xStage } from "../../support/x-stage.ts";

realDisplayConformance("screenshot", () => xStage(screenshotCapture));
