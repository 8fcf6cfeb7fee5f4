import { areaOf, type Rect, type Size } from "../../protocol/geometry.ts";

/**
 * A copy of the rectangle's pixels as R G B triples, rows top down without padding.
 * @param picture B G R unused, rows top down without padding
 */
export function rgbRows(
  picture: { readonly size: Size; readonly bytes: Uint8Array },
  rect: Rect,
): Uint8Array<ArrayBuffer> {
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
