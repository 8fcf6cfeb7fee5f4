import { describe, expect, test } from "vitest";

import { readStamp, STAMP_HEIGHT, STAMP_ROWS, STAMP_WIDTH, whiteCells } from "./stamp.ts";

/** The stamp's pixels of one row, drawn from its rectangles; `dull` takes contrast away as lossy encodings do. */
function drawnRow(number: number, row: number, dull = 0): Uint8Array {
  const pixels = new Uint8Array(STAMP_WIDTH * 4).fill(dull);
  const cells = whiteCells(number, 0, 0);
  for (let at = 0; at < cells.length; at += 4) {
    const [x = 0, y = 0, width = 0, height = 0] = cells.slice(at, at + 4);
    if (row >= y && row < y + height) pixels.fill(255 - dull, x * 4, (x + width) * 4);
  }
  return pixels;
}

const upright = (number: number, dull?: number) => drawnRow(number, STAMP_ROWS.upright, dull);
const inverted = (number: number, dull?: number) => drawnRow(number, STAMP_ROWS.inverted, dull);

describe("a stamp", () => {
  test("is read as the number it was drawn for", () => {
    for (const number of [0, 1, 2, 0x1001, 0x8000, 0xaaaa, 0xffff]) {
      expect(readStamp(upright(number), inverted(number))).toBe(number);
    }
  });

  test("survives the loss of most of its contrast", () => {
    expect(readStamp(upright(0x1234, 90), inverted(0x1234, 90))).toBe(0x1234);
  });

  test("is no number while one row still shows the one before", () => {
    expect(readStamp(upright(0x1001), inverted(0x1002))).toBeUndefined();
  });

  test("is no number where there is another picture", () => {
    const grey = new Uint8Array(STAMP_WIDTH * 4).fill(200);
    expect(readStamp(grey, grey)).toBeUndefined();
  });

  test("has both its rows inside its height", () => {
    expect(Math.max(STAMP_ROWS.upright, STAMP_ROWS.inverted)).toBeLessThan(STAMP_HEIGHT);
  });
});
