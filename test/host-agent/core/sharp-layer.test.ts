import { describe, expect, it } from "vitest";
import { sharpLayer } from "../../../host-agent/core/sharp-layer.ts";
import { CELL_PX } from "../../../protocol/film.ts";
import { wholeOf } from "../../../protocol/geometry.ts";
import { colourAt, picture } from "../../conformance/jpeg-encoder.ts";

const SIZE = { width: 320, height: 192 };

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
