import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import type { Rect } from "../../../protocol/geometry.ts";

/** The model: a picture of one bit a pixel, in which every operation is obvious. */
const SIDE = 24;

function painted(rects: readonly Rect[]): boolean[] {
  const bits = new Array<boolean>(SIDE * SIDE).fill(false);
  for (const rect of rects) {
    for (let y = rect.y; y < rect.y + rect.height; y += 1) {
      for (let x = rect.x; x < rect.x + rect.width; x += 1) bits[y * SIDE + x] = true;
    }
  }
  return bits;
}

function overlapArea(rects: readonly Rect[]): number {
  const sum = rects.reduce((total, { width, height }) => total + width * height, 0);
  return sum - painted(rects).filter(Boolean).length;
}

const rect = fc.record({ x: fc.nat(SIDE), y: fc.nat(SIDE), width: fc.nat(12), height: fc.nat(12) }).map((one) => ({
  ...one,
  width: Math.min(one.width, SIDE - one.x),
  height: Math.min(one.height, SIDE - one.y),
}));
const rects = fc.array(rect, { maxLength: 12 });

describe("a region", () => {
  it("holds the pixels of its rectangles, each once", () => {
    fc.assert(
      fc.property(rects, (list) => {
        const region = Region.of(list);
        const bits = painted(list);
        expect(painted(region.rects)).toEqual(bits);
        expect(region.area).toBe(bits.filter(Boolean).length);
        expect(overlapArea(region.rects)).toBe(0);
        expect(region.isEmpty).toBe(!bits.includes(true));
      }),
      { numRuns: 500 },
    );
  });

  it("unites, subtracts and intersects as sets of pixels do", () => {
    fc.assert(
      fc.property(rects, rects, (listA, listB) => {
        const [a, b] = [Region.of(listA), Region.of(listB)];
        const [bitsA, bitsB] = [painted(listA), painted(listB)];
        expect(painted(a.union(b).rects)).toEqual(bitsA.map((bit, at) => bit || bitsB[at] === true));
        expect(painted(a.subtract(b).rects)).toEqual(bitsA.map((bit, at) => bit && bitsB[at] !== true));
        expect(painted(a.intersect(b).rects)).toEqual(bitsA.map((bit, at) => bit && bitsB[at] === true));
      }),
      { numRuns: 500 },
    );
  });

  it("has one form, whatever way it came about, so that two viewers are handed the same rectangles", () => {
    fc.assert(
      fc.property(rects, rects, (listA, listB) => {
        const inOneGo = Region.of([...listA, ...listB]);
        const backwards = Region.of([...listB].reverse()).union(Region.of([...listA].reverse()));
        const byDetour = inOneGo.union(Region.of(listB)).subtract(Region.of(listB)).union(Region.of(listB));
        expect(backwards.rects).toEqual(inOneGo.rects);
        expect(byDetour.rects).toEqual(inOneGo.rects);
      }),
    );
  });
});

describe("a simplified region", () => {
  it("covers everything with at most so many rectangles that do not overlap", () => {
    fc.assert(
      fc.property(rects, fc.integer({ min: 1, max: 5 }), (list, maxRects) => {
        const few = Region.of(list).simplified(maxRects);
        expect(few.length).toBeLessThanOrEqual(maxRects);
        expect(overlapArea(few)).toBe(0);
        expect(Region.of(list).subtract(Region.of(few)).isEmpty).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("joins two words of a line, and leaves two corners of the screen apart", () => {
    const word = { x: 100, y: 40, width: 60, height: 18 };
    const nextWord = { x: 166, y: 40, width: 44, height: 18 };
    const corner = { x: 1800, y: 1000, width: 60, height: 18 };
    expect(Region.of([word, nextWord, corner]).simplified(64)).toEqual([
      { x: 100, y: 40, width: 110, height: 18 },
      corner,
    ]);
  });

  it("leaves rectangles whole that lie beside each other", () => {
    const tall = { x: 0, y: 0, width: 40, height: 400 };
    const beside = { x: 1000, y: 100, width: 40, height: 40 };
    expect(Region.of([tall, beside]).rects).toEqual([tall, beside]);
    expect(Region.of([tall, beside]).simplified(64)).toEqual([tall, beside]);
  });

  it("stays quick for a display strewn with changes", () => {
    const strewn: Rect[] = [];
    for (let at = 0; at < 2000; at += 1) {
      strewn.push({
        x: ((at * 7919) % 60) * 64,
        y: ((at * 104729) % 34) * 64,
        width: 3 + (at % 40),
        height: 2 + (at % 9),
      });
    }
    const startMs = performance.now();
    const few = Region.of(strewn).simplified(64);
    console.info(
      `simplified ${strewn.length} rectangles to ${few.length} in ${(performance.now() - startMs).toFixed(1)} ms`,
    );
    expect(few.length).toBeLessThanOrEqual(64);
  });
});
