import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joined, mergedByCost } from "../../../host-agent/core/merge-rects.ts";
import { Region } from "../../../host-agent/core/region.ts";
import { areaOf, type Rect } from "../../../protocol/geometry.ts";

const rect = fc.record({
  x: fc.nat(1200),
  y: fc.nat(650),
  width: fc.integer({ min: 1, max: 300 }),
  height: fc.integer({ min: 1, max: 200 }),
});
/** Disjoint ones. */
const rects = fc.array(rect, { minLength: 1, maxLength: 16 }).map((some) => Region.of(some).rects);
const sumOf = (some: readonly Rect[]) => some.reduce((sum, one) => sum + areaOf(one), 0);

describe("rectangles that are joined", () => {
  it("cover what they did and are disjoint, whatever a rectangle costs", () => {
    fc.assert(
      fc.property(rects, fc.constantFrom(1, 600, 4096, 32_768), (some, costPx) => {
        const fewer = joined(some, costPx);
        expect(Region.of(some).subtract(Region.of(fewer)).isEmpty).toBe(true);
        expect(sumOf(fewer)).toBe(Region.of(fewer).area);
        expect(fewer.length).toBeLessThanOrEqual(some.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("are one where that is cheaper: neighbours are, the corners of a display are not", () => {
    const [left, right]: Rect[] = [0, 30].map((x) => ({ x, y: 0, width: 20, height: 20 }));
    if (left === undefined || right === undefined) throw new Error("there are two");
    expect(joined([left, right], 201)).toEqual([{ x: 0, y: 0, width: 50, height: 20 }]);
    expect(joined([left, right], 200)).toEqual([left, right]);
  });

  it("are no box that may not be", () => {
    fc.assert(
      fc.property(rects, (some) => {
        const mayJoin = (box: Rect) => Region.of(some).within(box).area * 2 >= areaOf(box);
        for (const box of joined(some, 32_768, mayJoin)) expect(mayJoin(box)).toBe(true);
      }),
    );
  });

  it("are at most so many in the end, however far apart", () => {
    fc.assert(
      fc.property(rects, fc.integer({ min: 1, max: 4 }), (some, maxRects) => {
        expect(mergedByCost(some, maxRects).length).toBeLessThanOrEqual(maxRects);
      }),
    );
    expect(() => mergedByCost([], 0)).toThrow(RangeError);
  });
});
