import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutOut, earlyPart } from "../../../host-agent/capture/x11/early-read.ts";

const PART = { x: 100, y: 50, width: 640, height: 480 };

describe("what is read before anybody asks", () => {
  test("is what changed first and 32 pixels around it", () => {
    expect(earlyPart({ x: 300, y: 200, width: 9, height: 18 }, PART)).toEqual({
      x: 268,
      y: 168,
      width: 73,
      height: 82,
    });
  });

  test("ends where the shared part ends", () => {
    expect(earlyPart({ x: 90, y: 40, width: 20, height: 20 }, PART)).toEqual({
      x: 100,
      y: 50,
      width: 42,
      height: 42,
    });
    expect(earlyPart({ x: 735, y: 525, width: 20, height: 20 }, PART)).toEqual({
      x: 703,
      y: 493,
      width: 37,
      height: 37,
    });
  });

  test("is nothing for a change elsewhere, or a large one", () => {
    expect(earlyPart({ x: 0, y: 0, width: 9, height: 18 }, PART)).toBeUndefined();
    expect(earlyPart({ x: 200, y: 100, width: 400, height: 300 }, PART)).toBeUndefined();
  });
});

describe("the pixels of a rectangle inside a larger one", () => {
  test("are its rows", () => {
    const from = { x: 10, y: 20, width: 3, height: 2 };
    const pixels = Uint8Array.from({ length: 24 }, (_, index) => index);
    expect([...(cutOut(pixels, from, { x: 11, y: 20, width: 2, height: 2 }) ?? [])]).toEqual([
      4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23,
    ]);
  });

  test("are each pixel where it was, for any rectangle, and none for one that is not wholly inside", () => {
    const from = { x: 5, y: 7, width: 12, height: 9 };
    const pixels = new Uint8Array(from.width * from.height * 4);
    for (let at = 0; at < pixels.length; at += 4) pixels[at] = at / 4;
    const side = fc.integer({ min: 1, max: 14 });
    const place = fc.integer({ min: 0, max: 18 });
    fc.assert(
      fc.property(place, place, side, side, (x, y, width, height) => {
        const cut = cutOut(pixels, from, { x, y, width, height });
        const isInside = x >= 5 && y >= 7 && x + width <= 17 && y + height <= 16;
        expect(cut !== undefined).toBe(isInside);
        if (cut === undefined) return;
        expect(cut.length).toBe(width * height * 4);
        for (let at = 0; at < width * height; at += 1) {
          const [column, row] = [x - 5 + (at % width), y - 7 + Math.floor(at / width)];
          expect(cut[at * 4]).toBe(row * 12 + column);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
