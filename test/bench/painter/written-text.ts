import type { Rect } from "../../../protocol/geometry.ts";
import type { Random } from "../../support/seeded-random.ts";
import { CELL, type Glyphs } from "./glyphs.ts";
import type { Image } from "./painted-display.ts";

export const PAPER = 0x101418;
export const INK = 0xe0e0e0;
/** As editors colour source text. */
const INKS = [INK, INK, 0x7fb4ff, 0xd7a65f, 0x8fd08a, 0xc792ea] as const;

/** A word as people write them, of lower case letters. */
export function word(random: Random): string {
  const length = 2 + Math.floor(random() * 9);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join("");
}

/** Fills a part of an image with lines that look like source text: indented, coloured, of many lengths. */
export function writeText(glyphs: Glyphs, onto: Image, part: Rect, random: Random): void {
  const columns = Math.floor(part.width / CELL.width);
  for (let y = part.y; y + CELL.height <= part.y + part.height; y += CELL.height) {
    const end = Math.floor(columns * (0.2 + random() * 0.75));
    for (let column = 2 * Math.floor(random() * 6); column < end; ) {
      const text = word(random).slice(0, columns - column);
      const color = INKS[Math.floor(random() * INKS.length)] ?? INK;
      glyphs.write(onto, text, { x: part.x + column * CELL.width, y }, { color, paper: PAPER });
      column += text.length + 1;
    }
  }
}
