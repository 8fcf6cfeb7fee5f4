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

/** Of two runs of bytes: whether so many of them are the same, from a place in each. */
export type SameBytes = (oneStart: number, otherStart: number, length: number) => boolean;
/** To ask it costs as much as to look at so many pixels. */
const MIN_RUN_PX = 256;

/** Pixels captured of a rectangle, beside the known ones of all the display. */
export class PixelDifference {
  private readonly known: PixelView;
  private readonly stride: number;
  private readonly captured: PixelView;
  private readonly rect: Rect;
  private readonly sameBytes: SameBytes | undefined;

  /** @param sameBytes of the known ones and of those captured; without it, each pixel of what has not changed is looked at */
  constructor(known: PixelView, size: Size, captured: PixelView, rect: Rect, sameBytes?: SameBytes) {
    this.known = known;
    this.stride = size.width;
    this.captured = captured;
    this.rect = rect;
    this.sameBytes = sameBytes;
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
    while (lower > upper && !this.differs(rows[lower] ?? 0, left, right)) lower -= 1;
    let first = right;
    let end = left;
    for (let nth = upper; nth <= lower && (first > left || end < right); nth += 1) {
      const y = rows[nth] ?? 0;
      first = this.firstFrom(y, left, first);
      end = this.endFrom(y, end, right);
    }
    const top = rows[upper] ?? 0;
    return { x: first, y: top, width: end - first, height: (rows[lower] ?? 0) + 1 - top };
  }

  /** The rows between two, the second one not included, but for those that are surely the same. */
  rowsThatMayDiffer(top: number, bottom: number): number[] {
    const { x, width } = this.rect;
    const rows: number[] = [];
    for (let y = top; y < bottom; y += 1) {
      const start = y * this.stride + x;
      const shift = this.shiftOf(y);
      // Of a row that has changed, the first pixel mostly has.
      if (!this.isSame(shift, start) || !this.isSameRun(shift, start, start + width)) rows.push(y);
    }
    return rows;
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
    if (last - at >= MIN_RUN_PX && this.isSameRun(shift, at, last)) return end;
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

  /** The first column after the last one with another colour, of those from `from` on and before `end`; or `from`. */
  private endFrom(y: number, from: number, end: number): number {
    const start = y * this.stride;
    const shift = this.shiftOf(y);
    const first = start + from;
    let at = start + end;
    if (at - first >= MIN_RUN_PX && this.isSameRun(shift, first, at)) return from;
    if ((shift & 1) === 0) {
      if ((at & 1) === 1 && at > first && this.isSame(shift, at - 1)) at -= 1;
      if ((at & 1) === 0) at = 2 * this.endOfOtherTwos(shift >> 1, (first + 1) >> 1, at >> 1);
    }
    while (at > first && this.isSame(shift, at - 1)) at -= 1;
    return at - start;
  }

  private endOfOtherTwos(shift: number, from: number, end: number): number {
    const known = this.known.twos;
    const captured = this.captured.twos;
    let at = end;
    while (at - 4 >= from) {
      const other =
        captured[at + shift - 1] !== known[at - 1] ||
        captured[at + shift - 2] !== known[at - 2] ||
        captured[at + shift - 3] !== known[at - 3] ||
        captured[at + shift - 4] !== known[at - 4];
      if (other) break;
      at -= 4;
    }
    return at;
  }

  /** False where nobody can tell without looking at each pixel, and where nothing but unused bytes differs. */
  private isSameRun(shift: number, from: number, end: number): boolean {
    return this.sameBytes?.(from * 4, (from + shift) * 4, (end - from) * 4) === true;
  }

  /** Added to a position in the surface it gives the position in the capture. */
  private shiftOf(y: number): number {
    return (y - this.rect.y) * this.rect.width - y * this.stride - this.rect.x;
  }

  private isSame(shift: number, at: number): boolean {
    return (((this.captured.ones[at + shift] ?? 0) ^ (this.known.ones[at] ?? 0)) & COLOUR_BITS) === 0;
  }
}
