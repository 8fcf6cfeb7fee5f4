import { type CellRun, sharpSizeOf, stripsOf } from "../../protocol/film.ts";
import type { Rect } from "../../protocol/geometry.ts";
import { coloursOf, type Picture } from "./picture.ts";

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
