import { sharpDriver } from "../../../host-agent/encode/sharp.ts";
import { jpegEncoderConformance } from "../../conformance/jpeg-encoder.ts";

jpegEncoderConformance(sharpDriver);
