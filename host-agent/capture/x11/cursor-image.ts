import sharp from "sharp";
import { type CursorShape, MAX_CURSOR_SIDE } from "../../../protocol/cursor.ts";
import type { X11CursorImage } from "../../x11/extensions.ts";

const HIDDEN: CursorShape = { kind: "cursor-shape", visible: false };

/**
 * The picture of a cursor as XFIXES gives it (premultiplied ARGB words, little-endian) as the wire carries it (PNG with
 * straight alpha, at most MAX_CURSOR_SIDE). Wholly transparent: hidden, which is how programs hide the pointer.
 */
export async function cursorShapeOf(image: X11CursorImage): Promise<CursorShape> {
  const { width, height } = image;
  const rgba = straightAlpha(image.cursorImage);
  if (width === 0 || height === 0 || !anyVisible(rgba)) return HIDDEN;
  const scale = Math.min(1, MAX_CURSOR_SIDE / Math.max(width, height));
  const size = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } });
  if (scale < 1) picture.resize({ ...size, fit: "fill" });
  return {
    kind: "cursor-shape",
    visible: true,
    size,
    hotspot: {
      x: Math.min(Math.floor(image.xhot * scale), size.width - 1),
      y: Math.min(Math.floor(image.yhot * scale), size.height - 1),
    },
    png: await picture.png().toBuffer(),
  };
}

/** BGRA with colours multiplied by alpha, to RGBA without. */
export function straightAlpha(premultiplied: Uint8Array): Uint8Array {
  const straight = new Uint8Array(premultiplied.length);
  const at = (index: number) => premultiplied[index] ?? 0;
  for (let i = 0; i < premultiplied.length; i += 4) {
    const alpha = at(i + 3);
    if (alpha === 0) continue;
    const restored = (value: number) => Math.min(255, Math.round((value * 255) / alpha));
    straight[i] = restored(at(i + 2));
    straight[i + 1] = restored(at(i + 1));
    straight[i + 2] = restored(at(i));
    straight[i + 3] = alpha;
  }
  return straight;
}

function anyVisible(rgba: Uint8Array): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 0) return true;
  return false;
}
