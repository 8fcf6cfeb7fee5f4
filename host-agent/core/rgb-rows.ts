import { areaOf, type Rect } from "../../protocol/geometry.ts";
import type { Picture } from "./picture.ts";
import { rowsOf } from "./rect.ts";

/** A copy of the rectangle's pixels as R G B triples, rows top down without padding. */
export function rgbRows(picture: Picture, rect: Rect): Uint8Array<ArrayBuffer> {
  const { size, bytes } = picture;
  const rgb = new Uint8Array(areaOf(rect) * 3);
  let to = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    const end = (y * size.width + rect.x + rect.width) * 4;
    for (let from = end - rect.width * 4; from < end; from += 4) {
      rgb[to] = bytes[from + 2] ?? 0;
      rgb[to + 1] = bytes[from + 1] ?? 0;
      rgb[to + 2] = bytes[from] ?? 0;
      to += 3;
    }
  }
  return rgb;
}

/** As `rgbRows`, but of each byte the difference to the one above it, modulo 256; the first row as it is. */
export function rgbSteps(picture: Picture, rect: Rect): Uint8Array<ArrayBuffer> {
  const { size, bytes } = picture;
  const steps = new Uint8Array(areaOf(rect) * 3);
  const stride = size.width * 4;
  steps.set(rgbRows(picture, rowsOf(rect, 0, 1)));
  let to = rect.width * 3;
  for (let y = rect.y + 1; y < rect.y + rect.height; y += 1) {
    const end = y * stride + (rect.x + rect.width) * 4;
    for (let from = end - rect.width * 4; from < end; from += 4) {
      steps[to] = (bytes[from + 2] ?? 0) - (bytes[from + 2 - stride] ?? 0);
      steps[to + 1] = (bytes[from + 1] ?? 0) - (bytes[from + 1 - stride] ?? 0);
      steps[to + 2] = (bytes[from] ?? 0) - (bytes[from - stride] ?? 0);
      to += 3;
    }
  }
  return steps;
}
