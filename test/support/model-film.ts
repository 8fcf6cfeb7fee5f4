import sharp from "sharp";
import type { Size } from "../../protocol/geometry.ts";

const CELL = 16;

/** R G B of a rectangle of a film (protocol/film.ts), by another library and without a thought of speed: cell by cell. */
export async function decodedFilm(size: Size, data: Uint8Array): Promise<Uint8Array> {
  let at = 0;
  const varint = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = data[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const softBytes = varint();
  const rgb = await enlarged(size, data.subarray(at, at + softBytes));
  at += softBytes;
  const isSharp: boolean[] = [];
  for (let runs = varint(); runs > 0; runs -= 1) {
    for (let soft = varint(); soft > 0; soft -= 1) isSharp.push(false);
    for (let sharp = varint(); sharp > 0; sharp -= 1) isSharp.push(true);
  }
  if (!isSharp.includes(true)) return rgb;
  const { data: packed, info } = await sharp(data.subarray(at))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const columns = Math.ceil(size.width / CELL);
  let taken = 0;
  for (const [cell, one] of isSharp.entries()) {
    if (!one) continue;
    const from = { x: (taken % columns) * CELL, y: Math.floor(taken / columns) * CELL };
    const x = Math.min((cell % columns) * CELL, size.width - CELL);
    const y = Math.min(Math.floor(cell / columns) * CELL, size.height - CELL);
    for (let row = 0; row < CELL; row += 1) {
      const start = ((from.y + row) * info.width + from.x) * 3;
      rgb.set(packed.subarray(start, start + CELL * 3), ((y + row) * size.width + x) * 3);
    }
    taken += 1;
  }
  return rgb;
}

/** Twice as large, smoothly; of an odd length without the last half of a pixel. */
async function enlarged({ width, height }: Size, jpeg: Uint8Array): Promise<Uint8Array> {
  const size = { width: 2 * Math.ceil(width / 2), height: 2 * Math.ceil(height / 2) };
  const whole = await sharp(jpeg)
    .removeAlpha()
    .resize({ ...size, fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
  return await sharp(whole, { raw: { ...size, channels: 3 } })
    .extract({ left: 0, top: 0, width, height })
    .raw()
    .toBuffer();
}
