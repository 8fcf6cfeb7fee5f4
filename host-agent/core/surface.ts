import { areaOf, MAX_DISPLAY_PIXELS, type Rect, type Size } from "../../protocol/geometry.ts";
import { mergedByCost } from "./merge-rects.ts";

/** Changes are boxed on this grid: fine enough for separate words, coarse enough to be few. */
const CELL_PX = 64;
/** Rectangles that one damaged area may fall into. */
const MAX_RECTS_PER_APPLY = 128;
/** B, G and R of a little-endian pixel; the fourth byte means nothing and differs between X servers. */
const COLOUR_BITS = 0x00ffffff;

/** Pixels just captured: B G R unused, rows top down without padding. */
type Captured = { readonly rect: Rect; readonly pixels: Uint8Array };

/**
 * The display's last known pixels. Comparing with it is what proves a change: damage reports say too much, and polled
 * captures say nothing at all.
 */
export class Surface {
  readonly size: Size;
  /** B G R unused, rows top down without padding; black until the first `apply`. */
  readonly bytes: Uint8Array;
  /** Signed, because V8 keeps small signed integers in registers and large unsigned ones as doubles. */
  private readonly pixels: Int32Array;

  constructor(size: Size) {
    if (areaOf(size) > MAX_DISPLAY_PIXELS) throw new RangeError(`a display of ${size.width}x${size.height}`);
    this.size = size;
    this.bytes = new Uint8Array(areaOf(size) * 4);
    this.pixels = new Int32Array(this.bytes.buffer);
  }

  /**
   * Takes newer pixels and returns the rectangles whose colours really changed: tight boxes, disjoint, merged where
   * one is cheaper than several.
   * @throws RangeError when the rectangle is not inside the surface or the pixels do not fill it
   */
  apply(image: Captured): Rect[] {
    const { rect } = image;
    const captured = this.checked(image);
    const columns = Math.ceil((rect.x + rect.width) / CELL_PX) - Math.floor(rect.x / CELL_PX);
    const boxes: Rect[] = [];
    let row = new CellRow(columns);
    for (let y = rect.y; y < rect.y + rect.height; y += 1) {
      this.takeRow(captured, rect, y, row);
      const lastOfCell = (y + 1) % CELL_PX === 0 || y + 1 === rect.y + rect.height;
      if (lastOfCell && row.touched) {
        boxes.push(...row.boxes());
        row = new CellRow(columns);
      }
    }
    return mergedByCost(boxes, MAX_RECTS_PER_APPLY);
  }

  private checked({ rect, pixels }: Captured): Int32Array {
    const { x, y, width, height } = rect;
    if (x < 0 || y < 0 || x + width > this.size.width || y + height > this.size.height) {
      throw new RangeError(`${width}x${height} at ${x},${y} is outside ${this.size.width}x${this.size.height}`);
    }
    if (pixels.length !== areaOf(rect) * 4) {
      throw new RangeError(`${pixels.length} bytes for ${width}x${height} pixels`);
    }
    // An Int32Array can only look at multiples of four; shared memory is aligned, a slice of a socket's buffer is not.
    const aligned = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
    return new Int32Array(aligned.buffer, aligned.byteOffset, areaOf(rect));
  }

  /** The hot loop: compare, copy and box in one pass over the memory. */
  private takeRow(captured: Int32Array, rect: Rect, y: number, row: CellRow): void {
    const known = this.pixels;
    const firstCell = Math.floor(rect.x / CELL_PX);
    const rowStart = y * this.size.width;
    const start = rowStart + rect.x;
    const end = start + rect.width;
    // Adding `shift` to a position in the surface gives the position in the capture.
    const shift = (y - rect.y) * rect.width - start;
    let at = start;
    while (at < end) {
      at = firstDifference(captured, shift, known, at, end);
      if (at === end) return;
      const cell = Math.floor((at - rowStart) / CELL_PX);
      const cellEnd = Math.min(end, rowStart + (cell + 1) * CELL_PX);
      const first = at;
      let last = at;
      for (; at < cellEnd; at += 1) {
        const pixel = captured[at + shift] ?? 0;
        if (((pixel ^ (known[at] ?? 0)) & COLOUR_BITS) !== 0) {
          known[at] = pixel;
          last = at;
        }
      }
      row.touch(cell - firstCell, y, first - rowStart, last - rowStart);
    }
  }
}

/**
 * The first position from `at` on with another colour, or `end`. Nearly every pixel of a display is the same as before:
 * four at a time halves what comparing a whole picture costs.
 */
function firstDifference(captured: Int32Array, shift: number, known: Int32Array, from: number, end: number): number {
  let at = from;
  for (; at + 4 <= end; at += 4) {
    const four =
      ((captured[at + shift] ?? 0) ^ (known[at] ?? 0)) |
      ((captured[at + shift + 1] ?? 0) ^ (known[at + 1] ?? 0)) |
      ((captured[at + shift + 2] ?? 0) ^ (known[at + 2] ?? 0)) |
      ((captured[at + shift + 3] ?? 0) ^ (known[at + 3] ?? 0));
    if ((four & COLOUR_BITS) !== 0) break;
  }
  while (at < end && (((captured[at + shift] ?? 0) ^ (known[at] ?? 0)) & COLOUR_BITS) === 0) at += 1;
  return at;
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
