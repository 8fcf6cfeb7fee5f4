import sharp from "sharp";
import type { Pixels } from "../../host-agent/encode/driver.ts";
import type { Point, Size } from "../../protocol/geometry.ts";
import { picture } from "../conformance/jpeg-encoder.ts";
import { seededRandom } from "./seeded-random.ts";

/** The colour of a pixel. */
type Gradient = (x: number, y: number) => number;

/** Colours are 0xRRGGBB. */
export type TextLook = {
  readonly font: "DejaVu Sans" | "DejaVu Sans Mono";
  readonly fontPx: number;
  readonly inks: readonly number[];
  readonly paper: number | Gradient;
  /** As flat screens show it: the three parts of a pixel, which stand side by side, are covered each for itself. */
  readonly isSubpixel: boolean;
};

const LINE_HEIGHT = 1.35;
/** As FreeType blurs what it renders for the parts of pixels, of 256. */
const LCD_FILTER = [8, 77, 86, 77, 8] as const;

/** Lines of words in several inks, drawn with a real font and antialiased. */
export async function textPicture(size: Size, look: TextLook): Promise<Pixels> {
  const coverages = await Promise.all(look.inks.map((_, ink) => coverageOf(size, look, ink)));
  return picture(size, (x, y) => {
    const under = typeof look.paper === "number" ? look.paper : look.paper(x, y);
    const [red, green, blue] = [16, 8, 0].map((shift, part) => {
      const paper = (under >> shift) & 0xff;
      return look.inks.reduce((under, ink, nth) => {
        const covered = coverages[nth]?.(x, y, part) ?? 0;
        return under + Math.round((((ink >> shift) & 0xff) - under) * covered);
      }, paper);
    });
    return [red ?? 0, green ?? 0, blue ?? 0];
  });
}

/** From one colour to another within so many pixels: along rows ("x") every row is the same, down columns ("y") every column. */
export function gradient(from: number, to: number, lengthPx: number, along: "x" | "y"): Gradient {
  const mixed = (share: number) =>
    [16, 8, 0].reduce((colour, shift) => {
      const [first, last] = [(from >> shift) & 0xff, (to >> shift) & 0xff];
      return colour | (Math.round(first + (last - first) * share) << shift);
    }, 0);
  return (x, y) => mixed(Math.min(1, (along === "x" ? x : y) / (lengthPx - 1)));
}

type Coverage = (x: number, y: number, part: number) => number;

/** How much of each pixel, or of each of its parts, the words in this ink cover: 0 to 1. */
async function coverageOf({ width, height }: Size, look: TextLook, ink: number): Promise<Coverage> {
  const { font, fontPx, isSubpixel } = look;
  const parts = isSubpixel ? 3 : 1;
  const words = wordsOf({ width, height }, look)
    .filter((one) => one.ink === ink)
    .map(({ x, y, word }) => `<text x="${x}" y="${y}">${word}</text>`);
  const letters = `<g transform="scale(${parts},1)" font-family="${font}" font-size="${fontPx}" fill="#fff">${words.join("")}</g>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width * parts}" height="${height}"><rect width="100%" height="100%"/>${letters}</svg>`;
  const drawn = await sharp(Buffer.from(svg)).extractChannel(0).raw().toBuffer();
  if (!isSubpixel) return (x, y) => (drawn[y * width + x] ?? 0) / 255;
  return (x, y, part) => {
    const middle = y * width * parts + x * parts + part;
    return LCD_FILTER.reduce((sum, weight, nth) => sum + weight * (drawn[middle + nth - 2] ?? 0), 0) / 256 / 255;
  };
}

/** The same ones for the same size and look, whatever ink is asked for. */
function wordsOf({ width, height }: Size, { fontPx, inks }: TextLook) {
  const random = seededRandom(7);
  const below = (limit: number) => Math.floor(random() * limit);
  const words: { x: number; y: number; ink: number; word: string }[] = [];
  for (let y = fontPx; y < height; y += Math.round(fontPx * LINE_HEIGHT)) {
    const end = width * (0.4 + random() * 0.6);
    for (let x = below(6) * fontPx; x < end; ) {
      const word = Array.from({ length: 2 + below(9) }, () => String.fromCharCode(97 + below(26))).join("");
      words.push({ x, y, ink: below(inks.length), word });
      x += (word.length + 1) * fontPx * 0.6;
    }
  }
  return words;
}

/** Soft shades that differ everywhere, and so much grain, of 255. */
export function photograph(size: Size, grain: number): Pixels {
  const random = seededRandom(3);
  return picture(size, (x, y) => {
    const shade = (cycles: number) => 127 + 60 * Math.sin(x / cycles) + 55 * Math.cos(y / (cycles + 9) + x / 200);
    const grained = (cycles: number) => Math.round(shade(cycles) + (random() - random()) * grain) & 0xff;
    return [grained(37), grained(53), grained(71)];
  });
}

/** The one over the other. */
export function pasted(onto: Pixels, over: Pixels, at: Point): Pixels {
  const bytes = new Uint8Array(onto.bytes);
  const rowBytes = over.size.width * 4;
  for (let row = 0; row < over.size.height; row += 1) {
    const pixels = over.bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
    bytes.set(pixels, ((at.y + row) * onto.size.width + at.x) * 4);
  }
  return { size: onto.size, bytes };
}
