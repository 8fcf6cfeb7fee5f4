import { areaOf, MAX_DISPLAY_PIXELS, type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";
import { mergedByCost } from "./merge-rects.ts";
import type { Move } from "./move.ts";
import { MoveSearch } from "./moved-content.ts";
import { PixelDifference, type PixelView, type SameBytes, viewOf } from "./pixel-difference.ts";

/** Changes are boxed on this grid: fine enough for separate words, coarse enough to be few. */
const CELL_PX = 64;
/** Rectangles that one damaged area may fall into. */
const MAX_RECTS_PER_APPLY = 128;

/** Pixels just captured: B G R unused, rows top down without padding. */
type Captured = { readonly rect: Rect; readonly pixels: Uint8Array };

/** How a platform compares memory at its own speed: several times that of a loop, where nothing differs. */
export type CompareMemory = (one: Uint8Array, other: Uint8Array) => SameBytes;

/** First the move, if there was one; then these rectangles have other colours. */
export type Change = { readonly move: Move | undefined; readonly rects: readonly Rect[] };

/**
 * The display's last known pixels. Comparing with it is what proves a change: damage reports say too much, and polled
 * captures say nothing at all.
 */
export class Surface {
  readonly size: Size;
  /** B G R unused, rows top down without padding; black until the first `apply`. */
  readonly bytes: Uint8Array;
  private readonly pixels: PixelView;
  private readonly moves = new MoveSearch();
  private readonly compareMemory: CompareMemory | undefined;

  /** @param compareMemory without it, each pixel of what has not changed is looked at */
  constructor(size: Size, compareMemory?: CompareMemory) {
    if (areaOf(size) > MAX_DISPLAY_PIXELS) throw new RangeError(`a display of ${size.width}x${size.height}`);
    this.size = size;
    // Written now: memory that is still to be found page by page would hold up the first picture by a twentieth of a second.
    this.bytes = new Uint8Array(areaOf(size) * 4).fill(0);
    this.pixels = viewOf(this.bytes);
    this.compareMemory = compareMemory;
  }

  /**
   * Takes all that was just read of the display. What only moved, like a scrolled text or a dragged window, is in `move`,
   * where that is worth a copy; `rects` is what changed beside it.
   * @throws RangeError as `apply`
   */
  take(images: readonly Captured[], nowMs: number): Change {
    const move = this.findMove(images, nowMs);
    if (move !== undefined) this.copy(move);
    return { move, rects: images.flatMap((image) => this.apply(image)) };
  }

  /**
   * Takes newer pixels and returns the rectangles whose colours really changed: tight boxes, disjoint, merged where
   * one is cheaper than several.
   * @throws RangeError when the rectangle is not inside the surface or the pixels do not fill it
   */
  apply(image: Captured): Rect[] {
    const { rect } = image;
    const captured = this.checked(image);
    const sameBytes = this.compareMemory?.(this.bytes, image.pixels);
    const difference = new PixelDifference(this.pixels, this.size, captured, rect, sameBytes);
    const [right, bottom] = [rect.x + rect.width, rect.y + rect.height];
    const boxes: Rect[] = [];
    for (let top = rect.y; top < bottom; top = nextCell(top)) {
      const rows = difference.rowsThatMayDiffer(top, Math.min(nextCell(top), bottom));
      const whole = difference.boxOf(rows, rect.x, right);
      if (whole === undefined) continue;
      const end = whole.x + whole.width;
      for (let left = whole.x; left < end; left = nextCell(left)) {
        const box = difference.boxOf(rows, left, Math.min(nextCell(left), end));
        if (box !== undefined) boxes.push(box);
      }
      this.takeRows(rows, whole, rect, captured);
    }
    return mergedByCost(boxes, MAX_RECTS_PER_APPLY);
  }

  private takeRows(rows: readonly number[], { x, width }: Rect, rect: Rect, { ones }: PixelView): void {
    for (const y of rows) {
      const from = (y - rect.y) * rect.width + x - rect.x;
      this.pixels.ones.set(ones.subarray(from, from + width), y * this.size.width + x);
    }
  }

  /** What the newest pixels show of what was elsewhere before. Only the largest image is looked at. */
  private findMove(images: readonly Captured[], nowMs: number): Move | undefined {
    const [largest] = images.toSorted((one, two) => areaOf(two.rect) - areaOf(one.rect));
    if (largest === undefined) return undefined;
    const known = { rect: wholeOf(this.size), colours: this.pixels.ones };
    return this.moves.find(known, { rect: largest.rect, colours: this.checked(largest).ones }, nowMs);
  }

  /** Does to the known pixels what a copy does to those of a viewer. */
  private copy({ to, from }: Move): void {
    const { width } = this.size;
    const { ones } = this.pixels;
    for (let turn = 0; turn < to.height; turn += 1) {
      // Downwards from the last row up, so that no row is overwritten before it is read.
      const row = to.y > from.y ? to.height - 1 - turn : turn;
      const start = (from.y + row) * width + from.x;
      ones.copyWithin((to.y + row) * width + to.x, start, start + to.width);
    }
  }

  private checked({ rect, pixels }: Captured): PixelView {
    const { x, y, width, height } = rect;
    if (x < 0 || y < 0 || x + width > this.size.width || y + height > this.size.height) {
      throw new RangeError(`${width}x${height} at ${x},${y} is outside ${this.size.width}x${this.size.height}`);
    }
    if (pixels.length !== areaOf(rect) * 4) {
      throw new RangeError(`${pixels.length} bytes for ${width}x${height} pixels`);
    }
    // Shared memory is aligned, but for a rectangle that follows one of an odd number of pixels; a socket's is not.
    // Not by `slice`: that of a Buffer copies nothing.
    return viewOf(pixels.byteOffset % 8 === 0 ? pixels : new Uint8Array(pixels));
  }
}

/** Where the next row or column of the grid begins. */
const nextCell = (px: number): number => (Math.floor(px / CELL_PX) + 1) * CELL_PX;
