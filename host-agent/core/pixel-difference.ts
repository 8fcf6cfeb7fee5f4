import type { Rect, Size } from "../../protocol/geometry.ts";
import { COLOUR_BITS } from "./colour-grid.ts";

/**
 * Pixels one by one: signed, because V8 keeps small signed integers in registers and large unsigned ones as doubles. And by
 * twos, as if they were doubles, which compares them in a third of the time. Doubles that are equal have the same bits, but
 * for the sign of a zero: that is a bit of an unused byte. Doubles that are not may still have, and are looked at one by one.
 */
export type PixelView = { readonly ones: Int32Array; readonly twos: Float64Array };

/** @param bytes that begin at a multiple of 8 in their buffer */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): PixelView {
  return {
    ones: new Int32Array(buffer, byteOffset, byteLength >> 2),
    twos: new Float64Array(buffer, byteOffset, byteLength >> 3),
  };
}

/** Pixels captured of a rectangle, beside the known ones of all the display. */
export class PixelDifference {
  private readonly known: PixelView;
  private readonly stride: number;
  private readonly captured: PixelView;
  private readonly rect: Rect;

  constructor(known: PixelView, size: Size, captured: PixelView, rect: Rect) {
    this.known = known;
    this.stride = size.width;
    this.captured = captured;
    this.rect = rect;
  }

  /**
   * The smallest box around what differs between two columns, the second one not included. What changes mostly changes all
   * over: a box that has grown to its full width has been looked at only above, below, and in a row or two.
   * @param rows which may differ, of the display, from above to below
   */
  boxOf(rows: readonly number[], left: number, right: number): Rect | undefined {
    let upper = 0;
    let lower = rows.length - 1;
    while (upper <= lower && !this.differs(rows[upper] ?? 0, left, right)) upper += 1;
    if (upper > lower) return undefined;
    while (!this.differs(rows[lower] ?? 0, left, right)) lower -= 1;
    let first = right;
    let end = left;
    for (let nth = upper; nth <= lower && (first > left || end < right); nth += 1) {
      const y = rows[nth] ?? 0;
      first = this.firstFrom(y, left, first);
      end = this.lastFrom(y, end, right) + 1;
    }
    const top = rows[upper] ?? 0;
    return { x: first, y: top, width: end - first, height: (rows[lower] ?? 0) + 1 - top };
  }

  /** Whether its first pixel does: of a row that has changed, it mostly does. */
  differsAtOnce(y: number): boolean {
    return !this.isSame(this.shiftOf(y), y * this.stride + this.rect.x);
  }

  private differs(y: number, left: number, right: number): boolean {
    return this.firstFrom(y, left, right) < right;
  }

  /** The first column from `from` on with another colour, or `end`. */
  private firstFrom(y: number, from: number, end: number): number {
    const start = y * this.stride;
    const shift = this.shiftOf(y);
    const last = start + end;
    let at = start + from;
    if ((shift & 1) === 0) {
      if ((at & 1) === 1 && at < last && this.isSame(shift, at)) at += 1;
      if ((at & 1) === 0) at = 2 * this.firstOtherTwo(shift >> 1, at >> 1, last >> 1);
    }
    while (at < last && this.isSame(shift, at)) at += 1;
    return at - start;
  }

  private firstOtherTwo(shift: number, from: number, end: number): number {
    const known = this.known.twos;
    const captured = this.captured.twos;
    let at = from;
    while (at + 4 <= end) {
      const other =
        captured[at + shift] !== known[at] ||
        captured[at + shift + 1] !== known[at + 1] ||
        captured[at + shift + 2] !== known[at + 2] ||
        captured[at + shift + 3] !== known[at + 3];
      if (other) break;
      at += 4;
    }
    return at;
  }

  /** The last column from `from` on and before `end` with another colour, or the one before `from`. */
  private lastFrom(y: number, from: number, end: number): number {
    const start = y * this.stride;
    const shift = this.shiftOf(y);
    let at = start + end - 1;
    while (at >= start + from && this.isSame(shift, at)) at -= 1;
    return at - start;
  }

  /** Added to a position in the surface it gives the position in the capture. */
  private shiftOf(y: number): number {
    return (y - this.rect.y) * this.rect.width - y * this.stride - this.rect.x;
  }

  private isSame(shift: number, at: number): boolean {
    return (((this.captured.ones[at + shift] ?? 0) ^ (this.known.ones[at] ?? 0)) & COLOUR_BITS) === 0;
  }
}
