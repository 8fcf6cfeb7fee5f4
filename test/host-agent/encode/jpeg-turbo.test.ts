import { jpegTurboDriver } from "../../../host-agent/encode/jpeg-turbo.ts";
import { jpegEncoderConformance } from "../../conformance/jpeg-encoder.ts";

jpegEncoderConformance(jpegTurboDriver);
