import sharp from "sharp";
import type { Point, Rect } from "../../../protocol/geometry.ts";
import { blendMask, type Color, type Mask, type Raster } from "../../raster/raster.ts";
import { advancePx, cellOf, FONT_CHARACTERS, svgText, type TextStyle } from "../../raster/stroke-font.ts";

/** Every glyph drawn once, side by side; afterwards text is copied from there without waiting for anybody. */
export type Lettering = { readonly style: TextStyle; readonly mask: Mask; readonly cells: ReadonlyMap<string, Rect> };

/** Stands for a character the font lacks: any that it lacks draws the same box. */
const LACKING = "\u0000";

export async function makeLettering(style: TextStyle): Promise<Lettering> {
  const characters = [...FONT_CHARACTERS, LACKING];
  const cell = cellOf(style);
  const size = { width: cell.width * characters.length, height: cell.height };
  const white = { ...style, color: "white" };
  const glyphs = characters.map((character, index) => svgText(character, index * cell.width + cell.x, cell.y, white));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${glyphs.join("")}</svg>`;
  const coverage = await sharp(Buffer.from(svg)).ensureAlpha().extractChannel("alpha").raw().toBuffer();
  const cells = characters.map((character, index): [string, Rect] => [
    character,
    { x: index * cell.width, y: 0, width: cell.width, height: cell.height },
  ]);
  return { style, mask: { size, coverage }, cells: new Map(cells) };
}

/** Draws one line with the tops of its capitals at `at.y`, as far as it lies in `clip`. */
export function drawText(
  target: Raster,
  lettering: Lettering,
  text: string,
  at: Point,
  color: Color,
  clip: Rect,
): void {
  const { style, mask, cells } = lettering;
  const cell = cellOf(style);
  let x = at.x;
  for (const character of text) {
    const part = cells.get(character) ?? cells.get(LACKING);
    if (part !== undefined) {
      const corner = { x: Math.round(x - cell.x), y: Math.round(at.y - cell.y) };
      blendMask(target, mask, part, corner, color, clip);
    }
    x += advancePx(character, style);
  }
}
