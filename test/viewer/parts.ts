import { UpdateReader } from "../../protocol/update.ts";
import { ConnectReport } from "../../viewer/core/connect-report.ts";
import { attachInput } from "../../viewer/input/attach-input.ts";
import { CursorView } from "../../viewer/render/cursor-view.ts";
import { ImageStream } from "../../viewer/render/image-stream.ts";
import { Screen } from "../../viewer/render/screen.ts";
import { Model } from "../../viewer/ui/model.ts";
import { mountUi } from "../../viewer/ui/mount.ts";
import "../../viewer/style.css";

/** The viewer's parts (and what reads updates off the wire) as a page's script sees them, for tests that put them together themselves. */
export const parts = { UpdateReader, attachInput, ConnectReport, CursorView, ImageStream, Screen, Model, mountUi };

declare global {
  interface Window {
    parts: typeof parts;
  }
}

window.parts = parts;
