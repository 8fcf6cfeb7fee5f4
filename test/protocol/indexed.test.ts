import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../protocol/errors.ts";
import { indexedParts, indexedPixels, MAX_INDEXED_COLOURS, mostIndexedBytes } from "../../protocol/indexed.ts";
import { HOSTILE_RUNS } from "./hostile-bytes.ts";

const RED = [200, 10, 20, 255];
const GREY = [90, 90, 90, 255];
const WHITE = [255, 255, 255, 255];
const GOLDEN = [
  ...[0, 3], // three colours
  ...[2, 2, 0, 1], // of four pixels
  ...[200, 90, 255], // the reds
  ...[10, 90, 255], // the greens
  ...[20, 90, 255], // the blues
];

describe("the pixels of few colours", () => {
  it("have these bytes", () => {
    expect([...indexedPixels(Uint8Array.from(GOLDEN), 4)]).toEqual([...WHITE, ...WHITE, ...RED, ...GREY]);
  });

  it("have upper bytes, too, from the 257th colour on", () => {
    const reds = Array.from({ length: 257 }, (_, nth) => nth % 256);
    const others = Array.from({ length: 257 }, (_, nth) => nth >> 8);
    const bytes = [...[1, 1], ...[0, 255, 0], ...[1, 0, 0], ...reds, ...others, ...others];
    expect([...indexedPixels(Uint8Array.from(bytes), 3)]).toEqual([0, 1, 1, 255, 255, 0, 0, 255, 0, 0, 0, 255]);
  });

  it.each<[string, readonly number[]]>([
    ["nothing", []],
    ["no colour", [0, 0, 0, 0, 0, 0]],
    ["a colour too many", [...GOLDEN.slice(0, 2), 2, 2, 0, 3, ...GOLDEN.slice(6)]],
    ["a byte too few", GOLDEN.slice(0, -1)],
    ["a byte too many", [...GOLDEN, 0]],
    ["more colours than there may be", [(MAX_INDEXED_COLOURS + 1) >> 8, (MAX_INDEXED_COLOURS + 1) & 255, 0, 0, 0, 0]],
  ])("are refused: %s", (_which, bytes) => {
    expect(() => indexedPixels(Uint8Array.from(bytes), 4)).toThrow(ProtocolError);
  });

  it("let nothing but a ProtocolError out, and else as many pixels as there are, of colours that were sent", () => {
    const numbers = fc.array(fc.nat(4), { minLength: 7, maxLength: 7 });
    const bytes = fc.tuple(fc.nat(5), numbers, fc.nat(4)).map(([colours, ofPixels, length]) => {
      const palette = Array(Math.max(0, 3 * colours + length - 2)).fill(99);
      return [0, colours, ...ofPixels, ...palette];
    });
    let accepted = 0;
    fc.assert(
      fc.property(bytes, (sent) => {
        try {
          const rgba = indexedPixels(Uint8Array.from(sent), 7);
          expect(rgba).toHaveLength(28);
          expect(rgba.filter((value, at) => at % 4 === 3 && value !== 255)).toHaveLength(0);
          accepted += 1;
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: HOSTILE_RUNS },
    );
    expect(accepted).toBeGreaterThan(HOSTILE_RUNS / 100);
  });

  it("fill at most what is made ready for them", () => {
    expect(indexedParts(MAX_INDEXED_COLOURS, 77).bytes).toBe(mostIndexedBytes(77));
  });
});
