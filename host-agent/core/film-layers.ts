import { type CellRun, sharpSizeOf, softSizeOf, stripsOf } from "../../protocol/film.ts";
import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { coloursOf, type Picture } from "./picture.ts";

/**
 * All of a film's rectangle, half as wide and half as high: each pixel the mean of four, or of what there are at an odd end.
 * @param room where the pixels go, at least as many as `softSizeOf(rect)` has
 */
export function softLayer(picture: Picture, rect: Rect, room: Int32Array<ArrayBuffer>): Picture {
  const colours = coloursOf(picture);
  const stride = picture.size.width;
  const size = softSizeOf(rect);
  const means = room.subarray(0, areaOf(size));
  const pairs = rect.width >> 1;
  for (let row = 0; row < size.height; row += 1) {
    let above = (rect.y + 2 * row) * stride + rect.x;
    let below = 2 * row + 1 < rect.height ? above + stride : above;
    let at = row * size.width;
    for (const end = at + pairs; at < end; at += 1) {
      means[at] = meanOf(
        colourAt(colours, above),
        colourAt(colours, above + 1),
        colourAt(colours, below),
        colourAt(colours, below + 1),
      );
      above += 2;
      below += 2;
    }
    if (pairs < size.width) {
      const [a, b] = [colourAt(colours, above), colourAt(colours, below)];
      means[at] = meanOf(a, a, b, b);
    }
  }
  return { size, bytes: new Uint8Array(means.buffer, means.byteOffset, means.byteLength) };
}

/** Blue and red are added side by side: what one carries over does not reach the other. */
function meanOf(a: number, b: number, c: number, d: number): number {
  const blueRed = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x020002;
  const green = (a & 0x00ff00) + (b & 0x00ff00) + (c & 0x00ff00) + (d & 0x00ff00) + 0x000200;
  return ((blueRed >> 2) & 0xff00ff) | ((green >> 2) & 0x00ff00);
}

/** The cells that are sharp (film-detail.ts), packed; undefined when none is. */
export function sharpLayer(picture: Picture, rect: Rect, runs: readonly CellRun[]): Picture | undefined {
  const size = sharpSizeOf(rect, runs);
  if (size === undefined) return undefined;
  const colours = coloursOf(picture);
  const stride = picture.size.width;
  const cells = new Int32Array(size.width * size.height);
  for (const { from, to, size: strip } of stripsOf(rect, runs)) {
    for (let row = 0; row < strip.height; row += 1) {
      const start = (rect.y + to.y + row) * stride + rect.x + to.x;
      cells.set(colours.subarray(start, start + strip.width), (from.y + row) * size.width + from.x);
    }
  }
  return { size, bytes: new Uint8Array(cells.buffer) };
}

const colourAt = (colours: Int32Array, at: number): number => colours[at] ?? 0;
