import { areaOf, type Rect } from "../../protocol/geometry.ts";
import type { Pixels } from "./driver.ts";

/** A picture of its own, with the pixels that the rectangle has now. */
export function copiedRect({ size, bytes }: Pixels, rect: Rect): Pixels {
  const copy = new Uint8Array(areaOf(rect) * 4);
  const rowBytes = rect.width * 4;
  for (let row = 0; row < rect.height; row += 1) {
    const from = ((rect.y + row) * size.width + rect.x) * 4;
    copy.set(bytes.subarray(from, from + rowBytes), row * rowBytes);
  }
  return { size: { width: rect.width, height: rect.height }, bytes: copy };
}
