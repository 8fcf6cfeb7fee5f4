import { execFile } from "node:child_process";
import { promisify } from "node:util";
import sharp from "sharp";

/** R G B, rows top down. */
export type Picture = { readonly width: number; readonly height: number; readonly rgb: Buffer };

/** What is really on an X display, read by a program that has nothing to do with ours; with its pointer, if asked. */
export async function displayPicture(
  display: string,
  width: number,
  height: number,
  pointer: "with pointer" | "without pointer" = "without pointer",
): Promise<Picture> {
  const args = [
    "-v",
    "error",
    "-f",
    "x11grab",
    "-draw_mouse",
    pointer === "with pointer" ? "1" : "0",
    "-video_size",
    `${width}x${height}`,
    "-i",
    display,
  ];
  const { stdout } = await promisify(execFile)(
    "ffmpeg",
    [...args, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    {
      encoding: "buffer",
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  return { width, height, rgb: stdout };
}

export async function decodePicture(encoded: Buffer): Promise<Picture> {
  const { data, info } = await sharp(encoded).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}

/** Peak signal-to-noise ratio in dB; 99 when every pixel is the same, 0 when the sizes differ. */
export function psnr(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 0;
  let squares = 0;
  for (let index = 0; index < a.rgb.length; index++) squares += ((a.rgb[index] ?? 0) - (b.rgb[index] ?? 0)) ** 2;
  return squares === 0 ? 99 : 10 * Math.log10((255 * 255 * a.rgb.length) / squares);
}
