import { rgbRows } from "../../host-agent/core/rgb-rows.ts";
import { wholeOf } from "../../protocol/geometry.ts";
import { CELL, Glyphs, plainImage } from "../bench/painter/glyphs.ts";
import { INK, PAPER } from "../bench/painter/written-text.ts";

export const PROSE =
  "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, " +
  "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of " +
  "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing " +
  "before us, we were all going direct to Heaven, we were all going direct the other way";

/** R G B rows of what each letter changes in a terminal into which it is typed: its cell, and the cursor behind it. */
export async function typed(text: string): Promise<Uint8Array[]> {
  const glyphs = await Glyphs.draw();
  return [...text].map((letter) => {
    const image = plainImage(2 * CELL.width, CELL.height, INK);
    glyphs.write(image, letter, { x: 0, y: 0 }, { color: INK, paper: PAPER });
    return rgbRows({ size: image, bytes: image.pixels }, wholeOf(image));
  });
}

/** R G B rows of what each of these lines changes, where they are written at once. */
export async function written(lines: readonly string[]): Promise<Uint8Array[]> {
  const glyphs = await Glyphs.draw();
  return lines.map((line) => {
    const image = plainImage(line.length * CELL.width, CELL.height, PAPER);
    glyphs.write(image, line, { x: 0, y: 0 }, { color: INK, paper: PAPER });
    return rgbRows({ size: image, bytes: image.pixels }, wholeOf(image));
  });
}
