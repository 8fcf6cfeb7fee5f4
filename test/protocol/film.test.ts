import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CELL_PX,
  type CellRun,
  cellAt,
  cellsOf,
  decodeFilm,
  encodeFilm,
  layersPixels,
  sharpSizeOf,
  softSizeOf,
  stripsOf,
} from "../../protocol/film.ts";
import { areaOf, type Size } from "../../protocol/geometry.ts";
import { attack, bytes, expectEveryPrefixRefused, verdict } from "./hostile-bytes.ts";

/** Five columns of cells, the last one 6 pixels further left than a whole number of them; three rows, 10 further up. */
const SIZE: Size = { width: 74, height: 38 };
const RUNS: readonly CellRun[] = [
  { soft: 3, sharp: 3 },
  { soft: 0, sharp: 1 },
  { soft: 7, sharp: 1 },
];
const film = { soft: bytes(0xd8, 1), runs: RUNS, sharp: bytes(0xd8, 2, 3) };
const filmBytes = bytes(
  2, // bytes of the soft layer
  ...[0xd8, 1], // soft layer
  3, // runs
  ...[3, 3], // three soft cells, three sharp ones
  ...[0, 1], // no soft cell, a sharp one
  ...[7, 1], // seven soft cells, a sharp one
  ...[0xd8, 2, 3], // sharp layer
);

/** A size with cells, and which of them are sharp. */
const filmOfAnySize = fc
  .record({ width: fc.integer({ min: CELL_PX, max: 200 }), height: fc.integer({ min: CELL_PX, max: 200 }) })
  .chain((size) =>
    fc.tuple(fc.constant(size), fc.array(fc.boolean(), { minLength: cellsOf(size), maxLength: cellsOf(size) })),
  );

function runsOf(isSharp: readonly boolean[]): CellRun[] {
  const runs: CellRun[] = [];
  let soft = 0;
  for (const [cell, one] of isSharp.entries()) {
    if (!one) soft += 1;
    else {
      const end = isSharp.indexOf(false, cell);
      if (soft > 0 || cell === 0) runs.push({ soft, sharp: (end < 0 ? isSharp.length : end) - cell });
      soft = 0;
    }
  }
  return runs;
}

describe("a rectangle of a film", () => {
  it("is a soft layer, which cells are sharp, and a sharp layer", () => {
    expect(encodeFilm(film)).toEqual(filmBytes);
    expect(decodeFilm(SIZE, filmBytes)).toEqual(film);
    expectEveryPrefixRefused((message) => decodeFilm(SIZE, message), filmBytes, filmBytes.length - 3);
  });

  it("ends with its soft layer where nothing is sharp", () => {
    const soft = { soft: bytes(0xd8), runs: [], sharp: bytes() };
    expect(encodeFilm(soft)).toEqual(bytes(1, 0xd8, 0));
    expect(decodeFilm(SIZE, bytes(1, 0xd8, 0))).toEqual(soft);
    expect(verdict(() => decodeFilm(SIZE, bytes(1, 0xd8, 0, 7)))).toBe("trailing");
  });

  it("is refused when it has no cells, or runs that are not of its own", () => {
    expect(verdict(() => decodeFilm({ width: 15, height: 99 }, bytes(0, 0)))).toBe("out-of-range");
    expect(verdict(() => decodeFilm({ width: 99, height: 15 }, bytes(0, 0)))).toBe("out-of-range");
    expect(verdict(() => decodeFilm(SIZE, bytes(0, 16)))).toBe("too-large");
    expect(verdict(() => decodeFilm(SIZE, bytes(0, 1, 0, 15)))).toBe("accepted");
    expect(verdict(() => decodeFilm(SIZE, bytes(0, 1, 1, 15)))).toBe("out-of-range");
    expect(verdict(() => decodeFilm(SIZE, bytes(0, 2, 0, 8, 0, 8)))).toBe("out-of-range");
    expect(verdict(() => decodeFilm(SIZE, bytes(0, 1, 4, 0)))).toBe("out-of-range");
    expect(verdict(() => decodeFilm(SIZE, bytes(0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1)))).toBe("out-of-range");
  });

  it("survives any bytes", () => {
    attack((message) => decodeFilm(SIZE, message), [filmBytes, bytes(1, 0xd8, 0)]);
  });
});

describe("the layers of a film", () => {
  it("are half as large, rounded up, and as many cells as are sharp, in rows as long as the rectangle's", () => {
    expect(softSizeOf(SIZE)).toEqual({ width: 37, height: 19 });
    expect(softSizeOf({ width: 75, height: 39 })).toEqual({ width: 38, height: 20 });
    expect(sharpSizeOf(SIZE, [])).toBeUndefined();
    expect(sharpSizeOf(SIZE, [{ soft: 2, sharp: 3 }])).toEqual({ width: 48, height: 16 });
    expect(sharpSizeOf(SIZE, [{ soft: 2, sharp: 6 }])).toEqual({ width: 80, height: 32 });
  });

  it("have cells that lie inside the rectangle, the last column and row too", () => {
    expect(cellsOf(SIZE)).toBe(15);
    expect(cellAt(SIZE, 0)).toEqual({ x: 0, y: 0 });
    expect(cellAt(SIZE, 3)).toEqual({ x: 48, y: 0 });
    expect(cellAt(SIZE, 4)).toEqual({ x: 58, y: 0 });
    expect(cellAt(SIZE, 14)).toEqual({ x: 58, y: 22 });
  });

  it("are joined strip by strip: sharp cells that lie side by side in both", () => {
    expect(stripsOf(SIZE, RUNS)).toEqual([
      { from: { x: 0, y: 0 }, to: { x: 48, y: 0 }, size: { width: 16, height: 16 } },
      { from: { x: 16, y: 0 }, to: { x: 58, y: 0 }, size: { width: 16, height: 16 } },
      { from: { x: 32, y: 0 }, to: { x: 0, y: 16 }, size: { width: 16, height: 16 } },
      { from: { x: 48, y: 0 }, to: { x: 16, y: 16 }, size: { width: 16, height: 16 } },
      { from: { x: 64, y: 0 }, to: { x: 58, y: 22 }, size: { width: 16, height: 16 } },
    ]);
    expect(stripsOf({ width: 80, height: 32 }, [{ soft: 1, sharp: 9 }])).toEqual([
      { from: { x: 0, y: 0 }, to: { x: 16, y: 0 }, size: { width: 64, height: 16 } },
      { from: { x: 64, y: 0 }, to: { x: 0, y: 16 }, size: { width: 16, height: 16 } },
      { from: { x: 0, y: 16 }, to: { x: 16, y: 16 }, size: { width: 64, height: 16 } },
    ]);
  });

  it("have every sharp cell in one strip, inside the rectangle and inside the sharp layer", () => {
    fc.assert(
      fc.property(filmOfAnySize, ([size, isSharp]) => {
        const runs = runsOf(isSharp);
        const layer = sharpSizeOf(size, runs) ?? { width: 0, height: 0 };
        expect(areaOf(layer) + areaOf(softSizeOf(size))).toBeLessThanOrEqual(layersPixels(size));
        const found: string[] = [];
        const packed = new Set<string>();
        for (const { from, to, size: strip } of stripsOf(size, runs)) {
          expect(strip.height).toBe(CELL_PX);
          expect(to.x + strip.width).toBeLessThanOrEqual(size.width);
          expect(to.y + strip.height).toBeLessThanOrEqual(size.height);
          expect(from.x + strip.width).toBeLessThanOrEqual(layer.width);
          expect(from.y + strip.height).toBeLessThanOrEqual(layer.height);
          for (let x = 0; x < strip.width; x += CELL_PX) {
            found.push(`${to.x + x},${to.y}`);
            packed.add(`${from.x + x},${from.y}`);
          }
        }
        const wanted = [...isSharp.keys()].filter((cell) => isSharp[cell]).map((cell) => cellAt(size, cell));
        expect(found).toEqual(wanted.map(({ x, y }) => `${x},${y}`));
        expect(packed.size).toBe(wanted.length);
        const sharp = runs.length === 0 ? bytes() : film.sharp;
        expect(decodeFilm(size, encodeFilm({ ...film, runs, sharp })).runs).toEqual(runs);
      }),
      { numRuns: 300 },
    );
  });
});
