import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import sharp from "sharp";

import { FrameBuffer } from "./frame-buffer.ts";

const CHANNELS = 4;

/** Writes what the X server of this folder (frame-buffer.ts) shows now, as a PNG. */
export async function savePicture(folder: string, path: string): Promise<void> {
  const buffer = new FrameBuffer(folder);
  try {
    const { width, height } = buffer;
    const pixels = buffer.read({ x: 0, y: 0, width, height });
    // sharp takes red first.
    for (let at = 0; at < pixels.length; at += CHANNELS) pixels.subarray(at, at + 3).reverse();
    mkdirSync(dirname(path), { recursive: true });
    await sharp(pixels, { raw: { width, height, channels: CHANNELS } })
      .removeAlpha()
      .toFile(path);
  } finally {
    buffer.close();
  }
}
