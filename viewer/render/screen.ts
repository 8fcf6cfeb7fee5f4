import type { EncodedRect, Encoding } from "../../protocol/encoded-rect.ts";
import { layersPixels } from "../../protocol/film.ts";
import { areaOf, MAX_DISPLAY_PIXELS, type Rect, type Size, sameSize } from "../../protocol/geometry.ts";
import { TextHistory } from "../../protocol/text-history.ts";
import type { Update, UpdateStep } from "../../protocol/update.ts";
import { NOTHING_PAINTED, type ScreenStats } from "../core/screen-stats.ts";
import { type AreaCopy, copyByDrawing } from "./area-copy.ts";
import { type DecodedRect, decodeRect } from "./decode-rect.ts";
import type { PixelDecoder } from "./pixel-decoder.ts";

export type Painted = {
  readonly sequence: number;
  /** From the arrival of the update's last byte to the end of its painting, in 0.1 ms. */
  readonly paintTenthsMs: number;
};

/** Decoded and not yet painted. An honest host is paced by receipts and stays far below. */
const MAX_WAITING_PIXELS = 2 * MAX_DISPLAY_PIXELS;
const MAX_WAITING_UPDATES = 256;

type Arriving = {
  readonly sequence: number;
  readonly size: Size;
  readonly rects: Promise<DecodedRect>[];
  readonly encodings: Encoding[];
  pixels: number;
};

/**
 * Draws updates on a canvas. Each rectangle starts decoding as soon as it is here; when all of an update are decoded
 * they are painted in one task, so nobody ever sees half an update. Updates are painted in the order they came.
 *
 * An update that cannot be decoded is left out as a whole and `onBroken` is called: the picture is then older than the
 * host believes, and the session asks for all of it again.
 */
export class Screen {
  /** How this browser moves what is on the canvas. */
  copyArea: AreaCopy = copyByDrawing;
  onPainted: (painted: Painted) => void = () => {};
  onBroken: (error: Error, sequence: number) => void = () => {};

  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly decoder: PixelDecoder;
  private shownSize: Size | undefined;
  private arriving: Arriving | undefined;
  private readonly history = new TextHistory();
  private previous: Promise<void> = Promise.resolve();
  private waitingPixels = 0;
  private waitingUpdates = 0;
  /** Counts resets: what began before the last one is not painted any more. */
  private era = 0;
  private readonly counted = { ...NOTHING_PAINTED };

  constructor(canvas: HTMLCanvasElement, decoder: PixelDecoder) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("This browser gives no canvas to draw on. Try another browser.");
    this.canvas = canvas;
    this.context = context;
    this.decoder = decoder;
  }

  /** The display's size, once an update of it has been painted. */
  get size(): Size | undefined {
    return this.shownSize;
  }

  get stats(): ScreenStats {
    return { ...this.counted };
  }

  apply(step: UpdateStep): void {
    switch (step.kind) {
      case "begin":
        this.giveUpArriving();
        this.arriving = nothingOf(step);
        return;
      case "rect":
        if (this.arriving !== undefined) this.take(this.arriving, step.rect);
        return;
      case "break-off":
        this.giveUpArriving();
        return;
      case "end":
        if (this.arriving !== undefined) this.queue(this.arriving, step.bytes);
        this.arriving = undefined;
    }
  }

  /** One that has come as a whole, perhaps in the midst of another: it is painted before that one. */
  applyShort(short: Update, bytes: number): void {
    const update = nothingOf(short);
    if (short.rects.every((rect) => this.take(update, rect))) this.queue(update, bytes);
  }

  /** Starts to decode a rectangle of it. False: more than this browser can hold. */
  private take(arriving: Arriving, encoded: EncodedRect): boolean {
    const { rect, encoding } = encoded;
    const pixels = heldPixels(rect, encoding);
    if (this.waitingPixels + pixels > MAX_WAITING_PIXELS) return this.refuse("pixels", arriving);
    this.waitingPixels += pixels;
    arriving.pixels += pixels;
    arriving.encodings.push(encoding);
    const decoding = decodeRect(encoded, this.history, this.decoder, arriving.pixels);
    // The failure is told when the update is to be painted; until then it is not an unhandled rejection.
    decoding.catch(() => {});
    arriving.rects.push(decoding);
    return true;
  }

  /** All of it has come: it is painted when all that came before is. */
  private queue(update: Arriving, bytes: number): void {
    if (this.waitingUpdates >= MAX_WAITING_UPDATES) {
      this.refuse("updates", update);
      return;
    }
    this.waitingUpdates += 1;
    const { era } = this;
    const endedMs = performance.now();
    // What a listener throws is a bug and reported as one; it must not stop the picture.
    this.previous = this.previous.then(() => this.finish(update, bytes, era, endedMs)).catch(reportError);
  }

  /** Forgets what is under way. The last picture stays until the next update is painted. */
  reset(): void {
    this.era += 1;
    this.skip();
  }

  /** Updates were dropped on the way: nothing that comes next may refer to what was before. */
  skip(): void {
    this.giveUpArriving();
    this.history.clear();
  }

  private async finish(update: Arriving, bytes: number, era: number, endedMs: number): Promise<void> {
    const results = await Promise.allSettled(update.rects);
    this.waitingUpdates -= 1;
    this.waitingPixels -= update.pixels;
    const decoded = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const failed = results.find((result) => result.status === "rejected");
    if (failed === undefined && era === this.era) this.paint(update, decoded, bytes);
    for (const one of decoded) one.discard();
    if (era !== this.era) return;
    if (failed !== undefined) {
      const error = failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason));
      this.onBroken(error, update.sequence);
      return;
    }
    this.onPainted({
      sequence: update.sequence,
      paintTenthsMs: Math.round((performance.now() - endedMs) * 10),
    });
  }

  /** Runs in one task, so that the browser can show nothing in between. */
  private paint(update: Arriving, decoded: readonly DecodedRect[], bytes: number): void {
    if (this.shownSize === undefined || !sameSize(this.shownSize, update.size)) {
      // Setting a canvas's size clears it; without an alpha channel that is black.
      this.canvas.width = update.size.width;
      this.canvas.height = update.size.height;
      this.shownSize = update.size;
    }
    for (const one of decoded) one.paint(this.context, this.copyArea);
    this.counted.updates += 1;
    this.counted.bytes += bytes;
    for (const encoding of update.encodings) this.counted[`${encoding}Rects`] += 1;
  }

  private refuse(what: "pixels" | "updates", update: Arriving): false {
    if (update !== this.arriving) this.giveUp(update);
    this.skip();
    this.onBroken(new Error(`The host sends more ${what} than this browser can paint.`), update.sequence);
    return false;
  }

  private giveUpArriving(): void {
    const given = this.arriving;
    this.arriving = undefined;
    if (given !== undefined) this.giveUp(given);
  }

  private giveUp(given: Arriving): void {
    this.waitingPixels -= given.pixels;
    for (const rect of given.rects) {
      rect.then(
        (decoded) => decoded.discard(),
        () => {}, // it could not be decoded, so there is nothing to free
      );
    }
  }
}

/** What decoding it holds until it is painted, at most. */
function heldPixels(rect: Rect, encoding: Encoding): number {
  if (encoding === "solid" || encoding === "copy") return 0;
  return encoding === "film" ? layersPixels(rect) : areaOf(rect);
}

const nothingOf = ({ sequence, size }: Pick<Arriving, "sequence" | "size">): Arriving => ({
  sequence,
  size,
  rects: [],
  encodings: [],
  pixels: 0,
});
