import { describe, expect, it } from "vitest";
import { sharpLayer, softLayer } from "../../../host-agent/core/film-layers.ts";
import type { Pixels } from "../../../host-agent/encode/driver.ts";
import { CELL_PX } from "../../../protocol/film.ts";
import { type Rect, wholeOf } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";

const SIZE = { width: 320, height: 192 };
const ROOM = 100_000;

const soft = (pixels: Pixels, rect: Rect) => softLayer(pixels, rect, new Int32Array(ROOM));

const colourAt = ({ size, bytes }: Pixels, x: number, y: number) => [
  ...bytes.subarray((y * size.width + x) * 4, (y * size.width + x) * 4 + 3),
];

describe("the soft layer", () => {
  it("has the mean of each four pixels, rounded", () => {
    const four = picture({ width: 16, height: 16 }, (x, y) => [x * 10 + y, 255 - x, (x + y) % 2 === 0 ? 255 : 254]);
    const layer = soft(four, wholeOf(four.size));
    const wanted = (x: number, y: number) =>
      [0, 1, 2].map((channel) => {
        const values = [0, 1].flatMap((dx) => [0, 1].map((dy) => colourAt(four, 2 * x + dx, 2 * y + dy)[channel] ?? 0));
        return Math.floor((values.reduce((sum, value) => sum + value, 0) + 2) / 4);
      });
    for (let y = 0; y < 8; y += 1) for (let x = 0; x < 8; x += 1) expect(colourAt(layer, x, y)).toEqual(wanted(x, y));
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

describe("the sharp layer", () => {
  it("is not there where nothing is sharp", () => {
    expect(
      sharpLayer(
        picture(SIZE, () => [1, 2, 3]),
        wholeOf(SIZE),
        [],
      ),
    ).toBeUndefined();
  });

  it("has the sharp cells as they are, packed in the order of reading", () => {
    const spots = [
      { x: 32, y: 16 },
      { x: 304, y: 16 },
      { x: 0, y: 176 },
    ];
    const spotted = picture(SIZE, (x, y) => [(x * 37 + y * 11) & 0xff, 200, y & 0xff]);
    // Twenty columns: cell 22, the last of the same row, and the first of the last row.
    const runs = [
      { soft: 22, sharp: 1 },
      { soft: 16, sharp: 1 },
      { soft: 180, sharp: 1 },
    ];
    const sharp = sharpLayer(spotted, wholeOf(SIZE), runs);
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
