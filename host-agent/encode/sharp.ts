import type { Rect } from "../../protocol/geometry.ts";
import { rgbRows } from "../core/rgb-rows.ts";
import type { JpegEncoder, JpegEncoderDriver, JpegSettings, Pixels } from "./driver.ts";

type Library = typeof import("sharp").default;

/** sharp (libvips): where libjpeg-turbo does not load. Each call costs about half a millisecond beside the encoding. */
export const sharpDriver: JpegEncoderDriver = {
  name: "sharp",

  async probe() {
    try {
      const { default: sharp } = await import("sharp");
      const black = { create: { width: 16, height: 16, channels: 3, background: "black" } } as const;
      const jpeg = await sharp(black).jpeg().toBuffer();
      return { available: true, note: `sharp encodes (${jpeg.length} bytes for a black square)` };
    } catch (error) {
      // Expected: no binary for this platform, or one that does not load here.
      return {
        available: false,
        why: `sharp does not load: ${error instanceof Error ? error.message : String(error)}`,
        hint: "Install it for this platform: npm install sharp",
      };
    }
  },

  async open() {
    const { default: sharp } = await import("sharp");
    // Both for the whole process: one encoding is too small for several threads, and no two inputs are ever the same.
    sharp.concurrency(1);
    sharp.cache(false);
    return new SharpEncoder(sharp);
  },
};

class SharpEncoder implements JpegEncoder {
  readonly name = "sharp";
  private readonly sharp: Library;

  constructor(sharp: Library) {
    this.sharp = sharp;
  }

  async encode(pixels: Pixels, rect: Rect, { quality, chroma }: JpegSettings): Promise<Uint8Array> {
    const raw = { width: rect.width, height: rect.height, channels: 3 } as const;
    return await this.sharp(rgbRows(pixels, rect), { raw })
      .jpeg({
        quality,
        chromaSubsampling: chroma === "444" ? "4:4:4" : "4:2:0",
        // A second pass over every block for 6 to 9 % fewer bytes; mozjpeg takes ten times as long.
        optimiseCoding: false,
        mozjpeg: false,
      })
      .toBuffer();
  }
}
