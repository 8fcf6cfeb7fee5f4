import type { Point, Size } from "../../protocol/geometry.ts";
import type { Pixels } from "../encode/driver.ts";

/** Straight-alpha R G B A, rows top down. */
export type PointerPicture = { readonly size: Size; readonly hotspot: Point; readonly rgba: Uint8Array };

/** Paints a pointer whose hotspot is at `at` into a picture, in place; what lies outside is cut off. */
export function blendPointer(picture: Pixels, pointer: PointerPicture, at: Point): void {
  const { width, height } = picture.size;
  const left = at.x - pointer.hotspot.x;
  const top = at.y - pointer.hotspot.y;
  for (let row = Math.max(0, -top); row < pointer.size.height && top + row < height; row++) {
    for (let column = Math.max(0, -left); column < pointer.size.width && left + column < width; column++) {
      const from = (row * pointer.size.width + column) * 4;
      const to = ((top + row) * width + left + column) * 4;
      const alpha = (pointer.rgba[from + 3] ?? 0) / 255;
      for (let channel = 0; channel < 3; channel++) {
        const over = pointer.rgba[from + 2 - channel] ?? 0; // R G B there, B G R here
        const under = picture.bytes[to + channel] ?? 0;
        picture.bytes[to + channel] = Math.round(over * alpha + under * (1 - alpha));
      }
    }
  }
}
