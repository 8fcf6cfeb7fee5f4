import { expect, test } from "vitest";

import { CELL, Glyphs, plainImage } from "./glyphs.ts";
import { meanDifference } from "./likeness.ts";

test("the difference of two pictures is that of their colours, and the fourth byte means nothing", () => {
  const picture = Uint8Array.from([10, 20, 30, 0, 40, 50, 60, 0]);
  expect(meanDifference(picture, picture)).toBe(0);
  expect(meanDifference(picture, Uint8Array.from([13, 17, 33, 255, 43, 53, 63, 9]))).toBe(3);
});

test("a character differs from the cursor before it, from blank paper and from another character", async () => {
  const glyphs = await Glyphs.draw();
  const cell = (letter: string) => {
    const image = plainImage(CELL.width, CELL.height, 0x101418);
    glyphs.write(image, letter, { x: 0, y: 0 }, { color: 0xe0e0e0, paper: 0x101418 });
    return image.pixels;
  };
  const cursor = plainImage(CELL.width, CELL.height, 0xe0e0e0).pixels;
  for (const letter of "abcdefghijklmnopqrstuvwxyz") {
    expect(meanDifference(cell(letter), cursor), letter).toBeGreaterThan(100);
    expect(meanDifference(cell(letter), cell(" ")), letter).toBeGreaterThan(12);
  }
  expect(meanDifference(cell("a"), cell("m"))).toBeGreaterThan(12);
  expect(meanDifference(cell(" "), plainImage(CELL.width, CELL.height, 0x101418).pixels)).toBe(0);
});
