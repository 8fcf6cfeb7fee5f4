import type { Point, Rect, Size } from "../../protocol/geometry.ts";

const BYTES_PER_PIXEL = 4;

/** A picture in memory, B G R unused. */
export type Raster = { readonly size: Size; readonly pixels: Uint8Array };
/** How much of each pixel is covered, 0..255. */
export type Mask = { readonly size: Size; readonly coverage: Uint8Array };
export type Color = { readonly red: number; readonly green: number; readonly blue: number };

/** The common part of two rectangles, or undefined when there is none. */
export function overlap(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Copies the same place from one raster to another of its size. */
export function copyPlace(from: Raster, to: Raster, rect: Rect): void {
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    const start = (y * to.size.width + rect.x) * BYTES_PER_PIXEL;
    to.pixels.set(from.pixels.subarray(start, start + rect.width * BYTES_PER_PIXEL), start);
  }
}

/** Fills a rectangle, as far as it lies in `clip`. */
export function fillRect(target: Raster, rect: Rect, color: Color, clip: Rect): void {
  const inside = overlap(rect, clip);
  if (inside === undefined) return;
  for (let y = inside.y; y < inside.y + inside.height; y++) {
    for (let x = inside.x; x < inside.x + inside.width; x++) put(target, x, y, color, 255);
  }
}

/** Paints through a part of a mask whose top left corner comes to `at`, as far as it lies in `clip`. */
export function blendMask(target: Raster, mask: Mask, part: Rect, at: Point, color: Color, clip: Rect): void {
  const inside = overlap({ ...at, width: part.width, height: part.height }, clip);
  if (inside === undefined) return;
  for (let y = inside.y; y < inside.y + inside.height; y++) {
    const row = (part.y + y - at.y) * mask.size.width + part.x - at.x;
    for (let x = inside.x; x < inside.x + inside.width; x++) {
      const covered = mask.coverage[row + x] ?? 0;
      if (covered > 0) put(target, x, y, color, covered);
    }
  }
}

function put(target: Raster, x: number, y: number, color: Color, covered: number): void {
  const at = (y * target.size.width + x) * BYTES_PER_PIXEL;
  const { pixels } = target;
  const mixed = (over: number, under: number) => under + Math.round(((over - under) * covered) / 255);
  pixels[at] = mixed(color.blue, pixels[at] ?? 0);
  pixels[at + 1] = mixed(color.green, pixels[at + 1] ?? 0);
  pixels[at + 2] = mixed(color.red, pixels[at + 2] ?? 0);
}
