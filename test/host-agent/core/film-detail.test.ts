import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharpRuns } from "../../../host-agent/core/film-detail.ts";
import type { Pixels } from "../../../host-agent/encode/driver.ts";
import { loadPiece } from "../../../host-agent/encode/film-loops.ts";
import { CELL_PX, type CellRun, cellAt, cellsOf } from "../../../protocol/film.ts";
import { type Point, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";
import { pasted, photograph, textPicture } from "../../support/page-picture.ts";

const SIZE: Size = { width: 320, height: 192 };
const film = photograph(SIZE, 6);

const runsOf = (pixels: Pixels, rect: Rect = wholeOf(pixels.size)): CellRun[] | undefined =>
  sharpRuns(loadPiece(pixels, rect).losses());

/** The corners of the cells that stay sharp, of the rectangle; all of them where two layers are not worth it. */
function sharpCells(pixels: Pixels, rect: Rect = wholeOf(pixels.size)): Point[] {
  const runs = runsOf(pixels, rect) ?? [{ soft: 0, sharp: cellsOf(rect) }];
  const isSharp = runs.flatMap(({ soft, sharp }) => [...Array(soft).fill(false), ...Array(sharp).fill(true)]);
  return isSharp.flatMap((one, cell) => (one ? [cellAt(rect, cell)] : []));
}

const grey = (value: number): [number, number, number] => [value, value, value];

describe("a film", () => {
  it("is soft all over where it has shading and grain only", () => {
    expect(runsOf(film)).toEqual([]);
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
    const checked = picture(SIZE, (x, y) => grey(x < 64 && (x + y) % 2 === 0 ? 160 : 100));
    expect(new Set(sharpCells(checked).map(({ x }) => x))).toContain(32);
    expect(Math.max(...sharpCells(checked).map(({ x }) => x))).toBeLessThanOrEqual(64);
  });

  it.each([
    ["red on black", [255, 0, 0], [0, 0, 0]],
    ["blue on black", [0, 0, 255], [0, 0, 0]],
    ["yellow on white", [255, 255, 0], [255, 255, 255]],
  ] as const)("is sharp at an edge of %s", (_, ink, paper) => {
    const edged = picture(SIZE, (x) => (x < 71 ? ink : paper));
    expect(new Set(sharpCells(edged).map(({ x }) => x))).toEqual(new Set([64]));
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

  it.each([
    { width: 331, height: 203 },
    { width: 330, height: 202 },
  ])("is seen at the ends of $width x $height as anywhere else", (size) => {
    const [right, bottom] = [size.width - CELL_PX, size.height - CELL_PX];
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const upright = picture(size, (x) => grey(x === size.width - 1 - at ? 200 : 100));
      const columns = new Set(sharpCells(upright).map(({ x }) => x));
      expect(columns, `a line ${at} from the right end`).toContain(right);
      const lying = picture(size, (_, y) => grey(y === size.height - 1 - at ? 200 : 100));
      const rows = new Set(sharpCells(lying).map(({ y }) => y));
      expect(rows, `a line ${at} from the lower end`).toContain(bottom);
    }
  });

  it("is not worth two layers where it is sharp all over, wherever that begins", async () => {
    const look = { font: "DejaVu Sans", fontPx: 13, inks: [0x000000], paper: 0xffffff, isSubpixel: false } as const;
    const page = await textPicture(SIZE, look);
    expect(runsOf(page)).toBeUndefined();
    expect(runsOf(photograph(SIZE, 60))).toBeUndefined();
    const headed = picture(SIZE, (x, y) => grey(y < 32 ? 20 : (page.bytes[(y * SIZE.width + x) * 4] ?? 0)));
    expect(runsOf(headed)).toBeUndefined();
  });

  it("may be a single cell", () => {
    expect(runsOf(film, { x: 304, y: 176, width: 16, height: 16 })).toEqual([]);
  });
});
