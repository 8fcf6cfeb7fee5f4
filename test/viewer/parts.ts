import { UpdateReader } from "../../protocol/update.ts";
import { ConnectReport } from "../../viewer/core/connect-report.ts";
import { attachInput } from "../../viewer/input/attach-input.ts";
import { copyByDrawing, copyByPixels, quickestAreaCopy } from "../../viewer/render/area-copy.ts";
import { CursorView } from "../../viewer/render/cursor-view.ts";
import { ImageStream } from "../../viewer/render/image-stream.ts";
import { PageDecoder } from "../../viewer/render/page-decoder.ts";
import type { PixelDecoder } from "../../viewer/render/pixel-decoder.ts";
import { RacedDecoder } from "../../viewer/render/raced-decoder.ts";
import { Screen } from "../../viewer/render/screen.ts";
import { WorkerDecoder } from "../../viewer/render/worker-decoder.ts";
import { Model } from "../../viewer/ui/model.ts";
import { mountUi } from "../../viewer/ui/mount.ts";
import "../../viewer/style.css";

/** The viewer's parts (and what reads updates off the wire) as a page's script sees them, for tests that put them together themselves. */
export const parts = {
  UpdateReader,
  attachInput,
  ConnectReport,
  copyByDrawing,
  copyByPixels,
  quickestAreaCopy,
  CursorView,
  ImageStream,
  Screen,
  PageDecoder,
  RacedDecoder,
  WorkerDecoder,
  Model,
  mountUi,
};

declare global {
  interface Window {
    parts: typeof parts;
    /** Put there by tests of decoders. */
    decoder: PixelDecoder;
  }
}

window.parts = parts;
