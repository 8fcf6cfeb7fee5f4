import type { CursorShape } from "../../protocol/cursor.ts";
import type { Point, Rect, Size } from "../../protocol/geometry.ts";
import type { Availability, HostError } from "../errors.ts";

/** What the user asked to share. Undefined display: the one of the environment. */
export type CaptureTarget = {
  readonly display: string | undefined;
  readonly monitor: number | "all";
  readonly maxFps: number;
};

/**
 * Pixels as they lie in memory: rows top down, four bytes a pixel in the order B, G, R, unused, no padding between
 * rows. Valid until the next call of `grab`.
 */
export type RawImage = { readonly rect: Rect; readonly pixels: Uint8Array };

/** What one `grab` brings. */
export type Grabbed = {
  /** In the order asked for; of one moment, as nearly as the display lets them be read. */
  readonly images: readonly RawImage[];
  /**
   * What had changed until that moment and was not reported before. No event tells of it: what of it lies beyond what was
   * asked for has still to be read, and until then a window that is dragged is seen in half.
   */
  readonly damaged: readonly Rect[];
};

export type CaptureEvents = {
  /** These rectangles may have changed since they were last grabbed. May over-report. */
  readonly damaged: (rects: readonly Rect[]) => void;
  /**
   * Something has changed, and the driver has to ask where: `catchUp` does, and reports it; so does `grab`, beside reading.
   * Once until then: a display busier than its reader costs nothing.
   */
  readonly changedSomewhere: () => void;
  /** The display has another size; everything known of it is void. */
  readonly resized: (size: Size) => void;
  readonly cursorShape: (shape: CursorShape) => void;
  readonly cursorMoved: (at: Point) => void;
  /** The display is gone; the capture is closed. */
  readonly lost: (error: HostError) => void;
};

/** Every driver passes test/conformance/capture.ts. */
export interface CaptureDriver {
  readonly name: string;
  probe(target: CaptureTarget): Promise<Availability>;
  /** @throws HostError */
  open(target: CaptureTarget): Promise<Capture>;
}

export interface Capture {
  readonly name: string;
  readonly size: Size;
  /** Where the picture's 0,0 lies on the desktop; input meant for a place in the picture goes there plus this. */
  readonly origin: Point;
  /**
   * Starts reporting. The whole display counts as damaged at once. A driver that cannot be told of changes polls from
   * here on, until `rest`.
   */
  watch(events: CaptureEvents): void;
  /** Nobody is looking: no event, no timer, no work until the next `watch`. */
  rest(): void;
  /** Resolves when all that is known to have changed until now is reported. One question at a time. */
  catchUp(): Promise<void>;
  /**
   * Reads the pixels of each rectangle, newest state.
   * @throws HostError `capture-lost`
   */
  grab(rects: readonly Rect[]): Promise<Grabbed>;
  /** Idempotent; frees everything. */
  close(): Promise<void>;
}
