import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import type { Rect } from "../../protocol/geometry.ts";
import type { Pixels } from "./driver.ts";

/** The colour of the rectangle's first pixel, for a rectangle that has no other. */
export function encodeSolid({ size, bytes }: Pixels, rect: Rect): EncodedRect {
  const at = (rect.y * size.width + rect.x) * 4;
  const [blue = 0, green = 0, red = 0] = bytes.subarray(at, at + 3);
  return { rect, encoding: "solid", data: Uint8Array.of(red, green, blue) };
}
