import { areaOf, type Rect } from "../../protocol/geometry.ts";
import type { Picture } from "./picture.ts";

/** A picture of its own, with the pixels that the rectangle has now. */
export function copiedRect(picture: Picture, rect: Rect): Picture {
  const bytes = new Uint8Array(areaOf(rect) * 4);
  copyRect(picture, rect, bytes);
  return { size: { width: rect.width, height: rect.height }, bytes };
}

/** @param to as many bytes as the rectangle's pixels have, which go there row by row */
export function copyRect({ size, bytes }: Picture, rect: Rect, to: Uint8Array): void {
  const rowBytes = rect.width * 4;
  for (let row = 0; row < rect.height; row += 1) {
    const from = ((rect.y + row) * size.width + rect.x) * 4;
    to.set(bytes.subarray(from, from + rowBytes), row * rowBytes);
  }
}
