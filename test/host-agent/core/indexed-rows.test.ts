import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexedRows } from "../../../host-agent/core/indexed-rows.ts";
import { areaOf, wholeOf } from "../../../protocol/geometry.ts";
import { indexedPixels, MAX_INDEXED_COLOURS } from "../../../protocol/indexed.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";

const SIZE = { width: 120, height: 90 };
const WHOLE = wholeOf(SIZE);

/** Of so many colours, each next to others. */
const inColours = (count: number) =>
  picture(SIZE, (x, y) => {
    const number = (y * SIZE.width + x) % count;
    return [number % 7, number >> 3, (number & 7) * 30];
  });

describe("the numbers of colours", () => {
  it("have these bytes: how many colours, of each pixel which, and the colours", () => {
    const stripes = picture(SIZE, (x) => (x % 3 === 0 ? [200, 10, 20] : [90, 91, 92]));
    const rows = indexedRows(stripes, { x: 1, y: 5, width: 3, height: 2 });
    expect([...(rows ?? [])]).toEqual([...[0, 2], ...[0, 0, 1], ...[0, 0, 1], ...[90, 200], ...[91, 10], ...[92, 20]]);
  });

  it("become the same pixels again, whatever the number of colours and wherever the rectangle", () => {
    const cases = fc.record({
      colours: fc.integer({ min: 1, max: MAX_INDEXED_COLOURS }),
      x: fc.nat(40),
      y: fc.nat(40),
    });
    fc.assert(
      fc.property(cases, ({ colours, x, y }) => {
        const pixels = inColours(colours);
        const rect = { x, y, width: 70, height: 49 };
        const rgba = indexedPixels(indexedRows(pixels, rect) ?? new Uint8Array(), areaOf(rect));
        for (let at = 0; at < areaOf(rect); at += 1) {
          const from = ((y + Math.floor(at / 70)) * SIZE.width + x + (at % 70)) * 4;
          const [blue, green, red] = pixels.bytes.subarray(from, from + 3);
          expect([...rgba.subarray(at * 4, at * 4 + 4)]).toEqual([red, green, blue, 255]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("do not look at the fourth byte, which means nothing", () => {
    const pixels = inColours(20);
    const before = indexedRows(pixels, WHOLE);
    for (let at = 3; at < pixels.bytes.length; at += 4) pixels.bytes[at] = at % 251;
    expect(indexedRows(pixels, WHOLE)).toEqual(before);
  });

  it("are not used for more colours than are worth it, nor where they are more bytes than the colours themselves", () => {
    expect(indexedRows(inColours(MAX_INDEXED_COLOURS), WHOLE)).toBeDefined();
    expect(indexedRows(inColours(MAX_INDEXED_COLOURS + 1), WHOLE)).toBeUndefined();
    expect(indexedRows(inColours(50), { x: 0, y: 0, width: 10, height: 5 })).toBeUndefined();
    expect(indexedRows(inColours(2), { x: 0, y: 0, width: 10, height: 5 })).toBeDefined();
  });
});
