import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRACTION_MAX, fractionOf, pixelAt } from "../../protocol/geometry.ts";

describe("a fraction of the display", () => {
  it("reaches the first and the last pixel", () => {
    const size = { width: 1920, height: 1080 };
    expect(pixelAt({ x: 0, y: 0 }, size)).toEqual({ x: 0, y: 0 });
    expect(pixelAt({ x: FRACTION_MAX, y: FRACTION_MAX }, size)).toEqual({ x: 1919, y: 1079 });
  });

  it("comes back to the same pixel on every display", () => {
    const sides = fc.integer({ min: 1, max: 16_384 });
    fc.assert(
      fc.property(sides, sides, fc.nat(), fc.nat(), (width, height, a, b) => {
        const pixel = { x: a % width, y: b % height };
        expect(pixelAt(fractionOf(pixel, { width, height }), { width, height })).toEqual(pixel);
      }),
      { numRuns: 2000 },
    );
  });

  it("draws points outside to the nearest edge", () => {
    const size = { width: 100, height: 50 };
    expect(fractionOf({ x: -7, y: 50 }, size)).toEqual({ x: 0, y: FRACTION_MAX });
    expect(fractionOf({ x: 1e9, y: -1e9 }, size)).toEqual({ x: FRACTION_MAX, y: 0 });
    expect(fractionOf({ x: 5, y: 5 }, { width: 1, height: 0 })).toEqual({ x: 0, y: 0 });
  });
});
