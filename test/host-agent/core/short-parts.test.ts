import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { shortParts } from "../../../host-agent/core/short-parts.ts";
import type { Rect } from "../../../protocol/geometry.ts";

const FILM: Rect = { x: 0, y: 0, width: 1280, height: 720 };
const LETTER: Rect = { x: 1500, y: 400, width: 9, height: 18 };
const STILL = Region.empty;
const CLOCK: Rect = { x: 1800, y: 1050, width: 60, height: 20 };

describe("what is short and stands apart", () => {
  it("is a letter beside a film, and a clock elsewhere, and not the film", () => {
    expect(shortParts([FILM, LETTER, CLOCK], STILL)).toEqual([LETTER, CLOCK]);
    expect(shortParts([LETTER], STILL)).toEqual([LETTER]);
    expect(shortParts([FILM], STILL)).toEqual([]);
    expect(shortParts([], STILL)).toEqual([]);
  });

  it("is not the title of the film's own window: it would be seen to change before the rest", () => {
    expect(shortParts([FILM, { x: 600, y: 740, width: 100, height: 20 }], STILL)).toEqual([]);
    expect(shortParts([{ x: 1343, y: 700, width: 9, height: 18 }, FILM], STILL)).toEqual([]);
    expect(shortParts([{ x: 1344, y: 700, width: 9, height: 18 }, FILM], STILL)).toHaveLength(1);
  });

  it("is a letter at the very edge of a film that runs, and no part of that film", () => {
    const caption: Rect = { x: 600, y: 720, width: 9, height: 18 };
    const corner: Rect = { x: 0, y: 0, width: 40, height: 10 };
    expect(shortParts([FILM, caption], STILL)).toEqual([]);
    expect(shortParts([FILM, caption], Region.of([FILM]))).toEqual([caption]);
    expect(shortParts([corner, caption], Region.of([FILM]))).toEqual([caption]);
  });

  it("is not one of many small changes side by side: they are something large together", () => {
    const page = Array.from({ length: 60 }, (_, line) => ({ x: 100, y: line * 18, width: 200, height: 12 }));
    expect(shortParts(page, STILL)).toEqual([]);
    // The one that joins two halves may come last.
    const [left, right, bridge] = [0, 120, 60].map((x) => ({ x, y: 0, width: 60, height: 90 }));
    if (left === undefined || right === undefined || bridge === undefined) throw new Error("there are three");
    expect(shortParts([left, right], STILL)).toEqual([]);
    expect(shortParts([left, { ...right, x: 180 }], STILL)).toHaveLength(2);
    expect(shortParts([left, { ...right, x: 180 }, { ...bridge, x: 110, width: 20 }], STILL)).toEqual([]);
  });

  it("is never near what is left, and is the same in any order", () => {
    const rect = fc.record({
      x: fc.nat(1800),
      y: fc.nat(1000),
      width: fc.integer({ min: 1, max: 120 }),
      height: fc.integer({ min: 1, max: 120 }),
    });
    fc.assert(
      fc.property(fc.array(rect, { maxLength: 30 }), (rects) => {
        const short = shortParts(rects, STILL);
        const rest = rects.filter((one) => !short.includes(one));
        for (const one of short) {
          for (const other of rest) {
            const gapX = Math.max(one.x - other.x - other.width, other.x - one.x - one.width);
            const gapY = Math.max(one.y - other.y - other.height, other.y - one.y - one.height);
            expect(Math.max(gapX, gapY)).toBeGreaterThanOrEqual(64);
          }
        }
        expect(new Set(shortParts(rects.toReversed(), STILL))).toEqual(new Set(short));
      }),
    );
  });
});
