import sharp from "sharp";
import type { Point, Rect } from "../../../protocol/geometry.ts";
import type { Image } from "./painted-display.ts";

const FIRST_CODE = 32;
const LAST_CODE = 126;
const BYTES_PER_PIXEL = 4;
/** DejaVu Sans Mono at 15 pixels, as terminals and editors show it. */
export const CELL = { width: 9, height: 18 } as const;
const BASELINE = 14;

/** 0xRRGGBB */
export type Ink = { readonly color: number; readonly paper: number };

/** Printable ASCII, antialiased: how much ink each pixel of each character holds. */
export class Glyphs {
  private readonly coverage: Uint8Array;
  private readonly rowLength: number;

  private constructor(coverage: Uint8Array, rowLength: number) {
    this.coverage = coverage;
    this.rowLength = rowLength;
  }

  static async draw(): Promise<Glyphs> {
    const codes = Array.from({ length: LAST_CODE - FIRST_CODE + 1 }, (_, index) => FIRST_CODE + index);
    const width = codes.length * CELL.width;
    const letters = codes.map((code, index) => `<text x="${index * CELL.width}" y="${BASELINE}">&#${code};</text>`);
    const look = `font-family="DejaVu Sans Mono" font-size="15" fill="white"`;
    const paper = `<rect width="100%" height="100%"/>`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CELL.height}">${paper}<g ${look}>${letters.join("")}</g></svg>`;
    const coverage = await sharp(Buffer.from(svg)).extractChannel(0).raw().toBuffer();
    return new Glyphs(coverage, width);
  }

  /** One line of text, cell beside cell; a space paints its paper. */
  write(onto: Image, text: string, at: Point, { color, paper }: Ink): void {
    for (const [place, letter] of [...text].entries()) {
      const index = (letter.codePointAt(0) ?? FIRST_CODE) - FIRST_CODE;
      const from = index * CELL.width;
      for (let y = 0; y < CELL.height; y += 1) {
        let to = ((at.y + y) * onto.width + at.x + place * CELL.width) * BYTES_PER_PIXEL;
        for (let x = 0; x < CELL.width; x += 1) {
          const ink = (this.coverage[y * this.rowLength + from + x] ?? 0) / 255;
          for (const shift of [0, 8, 16]) {
            const [full, none] = [(color >> shift) & 255, (paper >> shift) & 255];
            onto.pixels[to + shift / 8] = Math.round(none + (full - none) * ink);
          }
          to += BYTES_PER_PIXEL;
        }
      }
    }
  }
}

/** A picture of one colour. */
export function plainImage(width: number, height: number, color: number): Image {
  const pixels = Buffer.alloc(width * height * BYTES_PER_PIXEL);
  for (let at = 0; at < pixels.length; at += BYTES_PER_PIXEL) pixels.writeUInt32LE(color, at);
  return { width, height, pixels };
}

/** Some pixels of an image, rows one after the other. */
export function cutOut(image: Image, { x, y, width, height }: Rect): Buffer {
  const rows = Array.from({ length: height }, (_, row) => {
    const from = ((y + row) * image.width + x) * BYTES_PER_PIXEL;
    return image.pixels.subarray(from, from + width * BYTES_PER_PIXEL);
  });
  return Buffer.concat(rows);
}
