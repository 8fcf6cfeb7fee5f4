import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filmLayers, isMostlySoft } from "../../../host-agent/core/film-layers.ts";
import type { Pixels } from "../../../host-agent/encode/driver.ts";
import { CELL_PX, cellAt, cellsOf } from "../../../protocol/film.ts";
import { type Point, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";
import { pasted, photograph, textPicture } from "../../support/page-picture.ts";

const SIZE: Size = { width: 320, height: 192 };
const film = photograph(SIZE, 6);

/** The corners of the cells that are sharp, of the rectangle. */
function sharpCells(pixels: Pixels, rect: Rect = wholeOf(pixels.size)): Point[] {
  const { runs } = filmLayers(pixels, rect);
  const isSharp = runs.flatMap(({ soft, sharp }) => [...Array(soft).fill(false), ...Array(sharp).fill(true)]);
  return isSharp.flatMap((one, cell) => (one ? [cellAt(rect, cell)] : []));
}

const grey = (value: number): [number, number, number] => [value, value, value];
const colourAt = ({ size, bytes }: Pixels, x: number, y: number) => [
  ...bytes.subarray((y * size.width + x) * 4, (y * size.width + x) * 4 + 3),
];

describe("a film", () => {
  it("is soft all over where it has shading and grain only", () => {
    const { soft, runs, sharp } = filmLayers(film, wholeOf(SIZE));
    expect(soft.size).toEqual({ width: 160, height: 96 });
    expect(runs).toEqual([]);
    expect(sharp).toBeUndefined();
    expect(isMostlySoft(film, wholeOf(SIZE))).toBe(true);
  });

  it("is sharp where it has letters, and there only", async () => {
    const words = await textPicture(
      { width: 64, height: 32 },
      { font: "DejaVu Sans", fontPx: 16, inks: [0xffffff], paper: 0x202020, isSubpixel: false },
    );
    const at = { x: 128, y: 96 };
    const found = sharpCells(pasted(film, words, at));
    expect(found.length).toBeGreaterThan(4);
    // The squares that are looked at reach over a cell's edges by a pixel or two.
    for (const { x, y } of found) {
      expect(x).toBeGreaterThanOrEqual(at.x - CELL_PX);
      expect(x).toBeLessThanOrEqual(at.x + 64);
      expect(y).toBeGreaterThanOrEqual(at.y - CELL_PX);
      expect(y).toBeLessThanOrEqual(at.y + 32);
    }
  });

  it("is sharp along every edge and thin line, wherever it lies and whichever way it runs", () => {
    const line = fc.record({
      angle: fc.double({ min: 0, max: Math.PI, noNaN: true }),
      offset: fc.double({ min: -4, max: 4, noNaN: true }),
      kind: fc.constantFrom("edge" as const, "line" as const),
    });
    fc.assert(
      fc.property(line, ({ angle, offset, kind }) => {
        const distance = (x: number, y: number) => (x - 95.5) * Math.cos(angle) + (y - 95.5) * Math.sin(angle) - offset;
        const isOn = (x: number, y: number) =>
          kind === "edge" ? distance(x, y) > 0 : Math.abs(distance(x, y)) <= 0.75;
        const drawn = picture({ width: 192, height: 192 }, (x, y) => (isOn(x, y) ? [210, 210, 210] : [90, 90, 90]));
        const found = new Set(sharpCells(drawn).map(({ x, y }) => `${x},${y}`));
        for (let cell = 0; cell < cellsOf(drawn.size); cell += 1) {
          const { x, y } = cellAt(drawn.size, cell);
          // Through the middle of the cell, so that it is no corner of it that is crossed.
          if (Math.abs(distance(x + 7.5, y + 7.5)) < 4) expect(found).toContain(`${x},${y}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is sharp on both sides of an edge between two cells: it would be blurred into both", () => {
    const halves = picture(SIZE, (x) => (x < 160 ? [60, 60, 60] : [190, 190, 190]));
    expect(new Set(sharpCells(halves).map(({ x }) => x))).toEqual(new Set([144, 160]));
    const stacked = picture(SIZE, (_, y) => (y < 96 ? [60, 60, 60] : [190, 190, 190]));
    expect(new Set(sharpCells(stacked).map(({ y }) => y))).toEqual(new Set([80, 96]));
  });

  it("is sharp where the finest pattern would average out", () => {
    const checked = picture(SIZE, (x, y) => (x < 160 && (x + y) % 2 === 0 ? [160, 160, 160] : [100, 100, 100]));
    expect(new Set(sharpCells(checked).map(({ x }) => x))).toContain(32);
    expect(Math.max(...sharpCells(checked).map(({ x }) => x))).toBeLessThanOrEqual(160);
  });

  it("is judged by what is in its rectangle, not by what is beside it", () => {
    const framed = picture(SIZE, (x, y) => (x < 33 || y < 21 || x >= 290 || y >= 170 ? [0, 0, 0] : [180, 180, 180]));
    expect(sharpCells(framed, { x: 33, y: 21, width: 257, height: 149 })).toEqual([]);
    // One pixel of the frame more on each side.
    expect(sharpCells(framed, { x: 32, y: 20, width: 259, height: 151 })).not.toEqual([]);
  });

  it("stays soft where an edge is so faint that nobody misses it", () => {
    const stripes = (step: number) => picture(SIZE, (x) => grey(x % 32 < 8 ? 100 : 100 + step));
    expect(sharpCells(stripes(12))).toEqual([]);
    expect(sharpCells(stripes(60)).length).toBeGreaterThan(0);
  });

  it("is not worth two layers where it is sharp all over", async () => {
    const page = await textPicture(SIZE, {
      font: "DejaVu Sans",
      fontPx: 13,
      inks: [0x000000],
      paper: 0xffffff,
      isSubpixel: false,
    });
    expect(isMostlySoft(page, wholeOf(SIZE))).toBe(false);
    expect(isMostlySoft(photograph(SIZE, 60), wholeOf(SIZE))).toBe(false);
  });
});

describe("the soft layer", () => {
  it("has the mean of each four pixels, rounded", () => {
    const four = picture({ width: 16, height: 16 }, (x, y) => [x * 10 + y, 255 - x, (x + y) % 2 === 0 ? 255 : 254]);
    const { soft } = filmLayers(four, wholeOf(four.size));
    const wanted = (x: number, y: number) =>
      [0, 1, 2].map((channel) => {
        const values = [0, 1].flatMap((dx) => [0, 1].map((dy) => colourAt(four, 2 * x + dx, 2 * y + dy)[channel] ?? 0));
        return Math.floor((values.reduce((sum, value) => sum + value, 0) + 2) / 4);
      });
    for (let y = 0; y < 8; y += 1) for (let x = 0; x < 8; x += 1) expect(colourAt(soft, x, y)).toEqual(wanted(x, y));
  });

  it("has what there is of them at an odd end", () => {
    const odd = picture({ width: 19, height: 17 }, (x, y) => [x * 10, y * 10, 7]);
    const { soft } = filmLayers(odd, { x: 2, y: 0, width: 17, height: 17 });
    expect(soft.size).toEqual({ width: 9, height: 9 });
    expect(colourAt(soft, 8, 0)).toEqual([7, 5, 180]);
    expect(colourAt(soft, 0, 8)).toEqual([7, 160, 25]);
    expect(colourAt(soft, 8, 8)).toEqual([7, 160, 180]);
  });
});

describe("the sharp layer", () => {
  it("has the sharp cells as they are, packed in the order of reading", () => {
    const spots = [
      { x: 32, y: 16 },
      { x: 304, y: 16 },
      { x: 0, y: 176 },
    ];
    const isSpot = (x: number, y: number) =>
      spots.some((at) => x >= at.x + 4 && x < at.x + 12 && y >= at.y + 4 && y < at.y + 12);
    const spotted = picture(SIZE, (x, y) => (isSpot(x, y) ? [(x * 37 + y * 11) & 0xff, 200, 30] : [90, 90, 90]));
    const { sharp } = filmLayers(spotted, wholeOf(SIZE));
    expect(sharpCells(spotted)).toEqual(spots);
    expect(sharp?.size).toEqual({ width: 48, height: 16 });
    for (const [nth, at] of spots.entries()) {
      for (let y = 0; y < CELL_PX; y += 1) {
        for (let x = 0; x < CELL_PX; x += 1) {
          expect(sharp && colourAt(sharp, nth * CELL_PX + x, y)).toEqual(colourAt(spotted, at.x + x, at.y + y));
        }
      }
    }
  });
});
