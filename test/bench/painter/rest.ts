import type { Rect } from "../../../protocol/geometry.ts";
import { type FrameBuffer, psnrDb } from "../frame-buffer.ts";
import type { Displays } from "./play.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";

const BYTES_PER_PIXEL = 4;

export type Rest = {
  /** From the last painted update until the picture on both displays was the same, to the bit. */
  readonly exactAfterMs?: number;
  /** When it became exact, or at the end of the time. 99: exact. */
  readonly psnrDb: number;
};

/** Waits, while nothing is painted, until a part of the viewer's display is exactly as on the shared one. */
export function rest(displays: Displays, part: Rect, lastPaintedMs: number, limitMs: number): Rest {
  const wanted = displays.shared.read(part);
  const difference = new Difference(displays.viewer, part, wanted);
  const isExact = watchUntil(monotonicMs() + limitMs, () => difference.isGone());
  const exactAfterMs = monotonicMs() - lastPaintedMs;
  const psnr = psnrDb(wanted, displays.viewer.read(part));
  return isExact ? { exactAfterMs, psnrDb: psnr } : { psnrDb: psnr };
}

/** Goes on at the row that was wrong the last time: looking often is cheap until all is right. */
class Difference {
  private readonly viewer: FrameBuffer;
  private readonly part: Rect;
  private readonly wanted: Buffer;
  private readonly seen: Buffer;
  private wrongRow = 0;

  constructor(viewer: FrameBuffer, part: Rect, wanted: Buffer) {
    this.viewer = viewer;
    this.part = part;
    this.wanted = wanted;
    this.seen = Buffer.alloc(part.width * BYTES_PER_PIXEL);
  }

  isGone(): boolean {
    for (let looked = 0; looked < this.part.height; looked += 1) {
      if (!this.isRight(this.wrongRow)) return false;
      this.wrongRow = (this.wrongRow + 1) % this.part.height;
    }
    return true;
  }

  /** The fourth byte of a pixel means nothing. */
  private isRight(row: number): boolean {
    this.viewer.readRow(this.part.x, this.part.y + row, this.seen);
    const from = row * this.seen.length;
    return this.seen.every((value, at) => at % BYTES_PER_PIXEL === 3 || value === this.wanted[from + at]);
  }
}
