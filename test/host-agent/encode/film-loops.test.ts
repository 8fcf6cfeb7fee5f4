import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../host-agent/encode/driver.ts";
import { loadPiece } from "../../../host-agent/encode/film-loops.ts";
import { CELL_PX, cellAt, cellsOf } from "../../../protocol/film.ts";
import { type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { colourAt, picture } from "../../conformance/jpeg-encoder.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const ROOM = 4 * 100_000;

const soft = (pixels: Pixels, rect: Rect) => loadPiece(pixels, rect).halved(new Uint8Array(ROOM));

/** Whatever may be in a rectangle, with some more of it around. */
function noise(size: Size, seed: number): Pixels {
  const random = seededRandom(seed);
  const value = () => Math.floor(random() * 256);
  return picture(size, () => [value(), value(), value()]);
}

/** Of the pixel with these coordinates in the soft layer. What is beyond an odd end counts as what is at it. */
function meanAt(pixels: Pixels, x: number, y: number): number[] {
  const { width, height } = pixels.size;
  const columns = [2 * x, Math.min(2 * x + 1, width - 1)];
  const rows = [2 * y, Math.min(2 * y + 1, height - 1)];
  const four = columns.flatMap((column) => rows.map((row) => colourAt(pixels, column, row)));
  return [0, 1, 2].map((channel) =>
    Math.floor((four.reduce((sum, colour) => sum + (colour[channel] ?? 0), 0) + 2) / 4),
  );
}

describe("the soft layer", () => {
  it("has the mean of each four pixels, rounded", () => {
    const four = picture({ width: 16, height: 16 }, (x, y) => [x * 10 + y, 255 - x, (x + y) % 2 === 0 ? 255 : 254]);
    const layer = soft(four, wholeOf(four.size));
    for (let y = 0; y < 8; y += 1)
      for (let x = 0; x < 8; x += 1) expect(colourAt(layer, x, y)).toEqual(meanAt(four, x, y));
  });

  it("has what there is of them at an odd end", () => {
    const odd = picture({ width: 19, height: 17 }, (x, y) => [x * 10, y * 10, 7]);
    const layer = soft(odd, { x: 2, y: 0, width: 17, height: 17 });
    expect(layer.size).toEqual({ width: 9, height: 9 });
    expect(colourAt(layer, 8, 0)).toEqual([7, 5, 180]);
    expect(colourAt(layer, 0, 8)).toEqual([7, 160, 25]);
    expect(colourAt(layer, 8, 8)).toEqual([7, 160, 180]);
  });
});

/** By Haar's transform, one square after the other. */
function lossOf(pixels: Pixels, rect: Rect, cell: number): number {
  const brightness = (x: number, y: number) => {
    const [blue = 0, green = 0, red = 0] = colourAt(pixels, rect.x + x, rect.y + y);
    return blue + 2 * green + red;
  };
  const corner = cellAt(rect, cell);
  const [left, top] = [corner.x - (corner.x % 2), corner.y - (corner.y % 2)];
  let loss = 0;
  for (let y = Math.max(0, top - 2); y < top + CELL_PX; y += 2) {
    for (let x = Math.max(0, left - 2); x < left + CELL_PX; x += 2) {
      const [a, b, c, d] = [brightness(x, y), brightness(x + 1, y), brightness(x, y + 1), brightness(x + 1, y + 1)];
      const [across, down, crosswise] = [a + c - b - d, a + b - c - d, a + d - b - c];
      const toTheRight = x + 2 < rect.width ? b - brightness(x + 2, y) : 0;
      const downwards = y + 2 < rect.height ? c - brightness(x, y + 2) : 0;
      loss += 2 * (across ** 2 + down ** 2 + crosswise ** 2) + 4 * (toTheRight ** 2 + downwards ** 2);
    }
  }
  return loss;
}

describe("what a cell loses", () => {
  it("is the finer part of its squares, and half of the steps between them, whatever the rectangle's size and place", () => {
    const rects = fc.record({
      x: fc.nat(9),
      y: fc.nat(9),
      width: fc.integer({ min: CELL_PX, max: 70 }),
      height: fc.integer({ min: CELL_PX, max: 70 }),
    });
    fc.assert(
      fc.property(rects, fc.nat(), (rect, seed) => {
        const pixels = noise({ width: 80, height: 80 }, seed);
        expect([...loadPiece(pixels, rect).losses()]).toEqual(
          Array.from({ length: cellsOf(rect) }, (_, cell) => lossOf(pixels, rect, cell)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("is counted as it is where it is most", () => {
    const checked = picture({ width: 48, height: 48 }, (x, y) => ((x + y) % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
    const whole = wholeOf(checked.size);
    const losses = loadPiece(checked, whole).losses();
    expect(losses[4]).toBe(lossOf(checked, whole, 4));
    expect(losses[4]).toBeGreaterThan(2 ** 30);
  });
});

describe("a piece of a film", () => {
  it("is at least a cell", () => {
    const pixels = noise({ width: 40, height: 40 }, 1);
    for (const size of [
      { width: 15, height: 40 },
      { width: 40, height: 15 },
    ]) {
      expect(() => loadPiece(pixels, wholeOf(size))).toThrow(RangeError);
    }
  });

  it.each([
    { width: 1024, height: 1024 },
    { width: 65_536, height: 16 },
    { width: 16, height: 65_536 },
    { width: 61_680, height: 17 },
    { width: 17, height: 61_680 },
  ])("may be as large as $width x $height, and is halved to its last pixel", (size) => {
    const pixels = noise(size, 3);
    const whole = wholeOf(size);
    const piece = loadPiece(pixels, whole);
    const layer = piece.halved(new Uint8Array(4 * 600_000));
    const [x, y] = [layer.size.width - 1, layer.size.height - 1];
    expect(colourAt(layer, x, y)).toEqual(meanAt(pixels, x, y));
    expect(colourAt(layer, x, 0)).toEqual(meanAt(pixels, x, 0));
    expect(colourAt(layer, 0, y)).toEqual(meanAt(pixels, 0, y));
    const losses = piece.losses();
    expect(losses).toHaveLength(cellsOf(size));
    expect(losses.at(-1)).toBe(lossOf(pixels, whole, cellsOf(size) - 1));
  });

  it("is no larger", () => {
    const pixels = noise({ width: 1025, height: 1024 }, 1);
    expect(() => loadPiece(pixels, wholeOf(pixels.size))).toThrow(RangeError);
  });
});
