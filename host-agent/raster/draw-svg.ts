import sharp from "sharp";
import type { Raster } from "./raster.ts";

/** Draws an SVG picture, as large as it says it is. What it leaves transparent comes out black. */
export async function drawSvg(svg: string): Promise<Raster> {
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let at = 0; at + 3 < data.length; at += 4) {
    const red = data[at] ?? 0;
    data[at] = data[at + 2] ?? 0;
    data[at + 2] = red;
  }
  return { size: { width: info.width, height: info.height }, pixels: data };
}
