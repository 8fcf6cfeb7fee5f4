import { areaOf, MAX_DISPLAY_PIXELS, type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";
import { COLOUR_BITS } from "./colour-grid.ts";
import { mergedByCost } from "./merge-rects.ts";
import type { Move } from "./move.ts";
import { MoveSearch } from "./moved-content.ts";

/** Changes are boxed on this grid: fine enough for separate words, coarse enough to be few. */
const CELL_PX = 64;
/** Rectangles that one damaged area may fall into. */
const MAX_RECTS_PER_APPLY = 128;

/** Pixels just captured: B G R unused, rows top down without padding. */
type Captured = { readonly rect: Rect; readonly pixels: Uint8Array };

/** Of two runs of bytes: whether so many of them are the same, from a place in each. */
export type SameBytes = (oneStart: number, otherStart: number, length: number) => boolean;
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

  /** @param compareMemory without it, every pixel is looked at one by one */
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
    const isSame = this.compareMemory?.(this.bytes, image.pixels);
    const rowBytes = rect.width * 4;
    const columns = Math.ceil((rect.x + rect.width) / CELL_PX) - Math.floor(rect.x / CELL_PX);
    const boxes: Rect[] = [];
    let row = new CellRow(columns);
    for (let y = rect.y; y < rect.y + rect.height; y += 1) {
      const start = (y * this.size.width + rect.x) * 4;
      if (isSame?.(start, (y - rect.y) * rowBytes, rowBytes) !== true) this.takeRow(captured, rect, y, row);
      const lastOfCell = (y + 1) % CELL_PX === 0 || y + 1 === rect.y + rect.height;
      if (lastOfCell && row.touched) {
        boxes.push(...row.boxes());
        row = new CellRow(columns);
      }
    }
    return mergedByCost(boxes, MAX_RECTS_PER_APPLY);
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

  /** The hot loop. What changes mostly changes all over: each cell is compared from both ends, the row copied at once. */
  private takeRow(captured: PixelView, rect: Rect, y: number, row: CellRow): void {
    const known = this.pixels;
    const rowStart = y * this.size.width;
    const start = rowStart + rect.x;
    const end = start + rect.width;
    // Adding `shift` to a position in the surface gives the position in the capture.
    const shift = (y - rect.y) * rect.width - start;
    const firstCell = Math.floor(rect.x / CELL_PX);
    const firstChanged = firstDifference(captured, shift, known, start, end);
    let lastChanged = firstChanged;
    let first = firstChanged;
    while (first < end) {
      const cell = Math.floor((first - rowStart) / CELL_PX);
      const cellEnd = Math.min(end, rowStart + (cell + 1) * CELL_PX);
      lastChanged = lastDifference(captured, shift, known, first, cellEnd);
      row.touch(cell - firstCell, y, first - rowStart, lastChanged - rowStart);
      first = firstDifference(captured, shift, known, cellEnd, end);
    }
    if (firstChanged === end) return;
    known.ones.set(captured.ones.subarray(firstChanged + shift, lastChanged + 1 + shift), firstChanged);
  }
}

/**
 * Pixels one by one: signed, because V8 keeps small signed integers in registers and large unsigned ones as doubles. And by
 * twos, as if they were doubles, which compares them in a third of the time. Doubles that are equal have the same bits, but
 * for the sign of a zero: that is a bit of an unused byte. Doubles that are not may still have, and are looked at one by one.
 */
type PixelView = { readonly ones: Int32Array; readonly twos: Float64Array };

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): PixelView {
  return {
    ones: new Int32Array(buffer, byteOffset, byteLength >> 2),
    twos: new Float64Array(buffer, byteOffset, byteLength >> 3),
  };
}

/** The first position from `from` on with another colour, or `end`. Adding `shift` gives the position in the capture. */
function firstDifference(captured: PixelView, shift: number, known: PixelView, from: number, end: number): number {
  let at = from;
  if ((shift & 1) === 0) {
    if ((at & 1) === 1 && at < end && isSame(captured, shift, known, at)) at += 1;
    if ((at & 1) === 0) at = 2 * firstOtherTwo(captured.twos, shift >> 1, known.twos, at >> 1, end >> 1);
  }
  while (at < end && isSame(captured, shift, known, at)) at += 1;
  return at;
}

function firstOtherTwo(captured: Float64Array, shift: number, known: Float64Array, from: number, end: number): number {
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

/** The last position before `end` with another colour; at `first` there is one. */
function lastDifference(captured: PixelView, shift: number, known: PixelView, first: number, end: number): number {
  let at = end - 1;
  while (at > first && isSame(captured, shift, known, at)) at -= 1;
  return at;
}

function isSame(captured: PixelView, shift: number, known: PixelView, at: number): boolean {
  return (((captured.ones[at + shift] ?? 0) ^ (known.ones[at] ?? 0)) & COLOUR_BITS) === 0;
}

type Box = { left: number; top: number; right: number; bottom: number };

/** The boxes of one row of grid cells while its pixel rows are read. */
class CellRow {
  touched = false;
  private readonly cells: (Box | undefined)[];

  constructor(columns: number) {
    this.cells = new Array<Box | undefined>(columns);
  }

  touch(cell: number, y: number, left: number, right: number): void {
    const box = this.cells[cell];
    if (box === undefined) {
      this.cells[cell] = { left, top: y, right, bottom: y };
      this.touched = true;
    } else {
      box.left = Math.min(box.left, left);
      box.right = Math.max(box.right, right);
      box.bottom = y;
    }
  }

  boxes(): Rect[] {
    return this.cells.flatMap((box) =>
      box === undefined
        ? []
        : [{ x: box.left, y: box.top, width: box.right - box.left + 1, height: box.bottom - box.top + 1 }],
    );
  }
}
