import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BriefDeflate } from "../../../host-agent/core/brief-deflate.ts";
import { TextHistory } from "../../../protocol/text-history.ts";
import { bytes } from "../../protocol/hostile-bytes.ts";
import { PROSE, typed, written } from "../../support/typed-text.ts";

const MAX_BRIEF_BYTES = 96;
const WINDOW_BYTES = 32 * 1024;

/** Deflates pages as they come, and inflates each again after those before it. */
class Line {
  readonly brief = new BriefDeflate();
  window = Buffer.alloc(0);

  send(page: Uint8Array): Uint8Array | undefined {
    this.window = Buffer.concat([this.window, page]).subarray(-WINDOW_BYTES);
    const deflated = this.brief.deflate(this.window, page.length);
    if (deflated === undefined) return undefined;
    expect(deflated.length).toBeLessThanOrEqual(MAX_BRIEF_BYTES);
    const earlier = this.window.subarray(0, this.window.length - page.length);
    const inflated = inflateRawSync(deflated, earlier.length === 0 ? {} : { dictionary: earlier });
    expect(inflated.equals(page)).toBe(true);
    return deflated;
  }
}

/** How many bytes these rectangles take as `zlib` deflates them, and as they are with ours beside it. */
function sizesOf(rects: readonly Uint8Array[]): { zlib: number[]; ours: number[]; briefly: number } {
  const history = new TextHistory();
  const line = new Line();
  const [zlib, ours]: [number[], number[]] = [[], []];
  let briefly = 0;
  for (const rows of rects) {
    const page = history.pageOf(rows);
    if (page === undefined) throw new Error("too many colours");
    const { latest } = history;
    const full = deflateRawSync(page, latest.length === 0 ? { level: 9 } : { level: 9, dictionary: latest }).length;
    const brief = line.send(page)?.length;
    zlib.push(full);
    ours.push(brief ?? full);
    if (brief !== undefined) briefly += 1;
    history.append(page, rows.length / 3);
  }
  return { zlib, ours, briefly };
}
function noiseOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => {
    const mixed = Math.imul((seed * 5_000 + at) ^ 0x5bd1e995, 0x85ebca6b);
    return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 24;
  });
}
const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);

describe("a brief deflate", () => {
  it("has these bytes: what is new as it is, what was there as a reference", () => {
    const line = new Line();
    // 110 | 'a' 10010001 | 'b' 10010010 | 'c' 10010011 | end
    expect(line.send(Buffer.from("abc"))).toEqual(bytes(0b01001_01_1, 0b01001_100, 0b01001_010, 0b00000_110, 0));
    // 110 | length 3: 257, 0000001 | distance 3: 00010 | end
    expect(line.send(Buffer.from("abc"))).toEqual(bytes(0b00000_01_1, 0b01000_10, 0));
    expect(line.send(Buffer.alloc(0))).toEqual(bytes(0b011, 0));
  });

  it("takes the longer match where there is one a byte later", () => {
    const line = new Line();
    line.send(Buffer.from("abc bcdefgh"));
    // 'a', and seven letters from eight back: not three, and five.
    const [first, second, third] = [Buffer.from("abcdefgh"), Buffer.from("xbcdefgh"), Buffer.from("abcxdefg")].map(
      (page) => line.send(page)?.length ?? 0,
    );
    expect(first).toBe(second);
    expect(third).toBeGreaterThan(first ?? 0);
  });

  it("takes no more for typed letters than zlib's best does, and most of them", async () => {
    const { zlib, ours, briefly } = sizesOf(await typed(PROSE));
    expect(sum(ours)).toBeLessThanOrEqual(sum(zlib));
    expect(briefly).toBeGreaterThan(0.95 * PROSE.length);
    // Letters that were there before.
    const known = ours.slice(200).sort((a, b) => a - b);
    expect(known.at(known.length / 2)).toBeLessThanOrEqual(8);
  });

  it("takes no more for whole lines, and leaves to zlib what is new in them", async () => {
    const lines = Array.from({ length: 40 }, (_, nth) => PROSE.slice(nth * 8, nth * 8 + 3 + ((nth * 7) % 23)));
    const { zlib, ours, briefly } = sizesOf(await written(lines));
    expect(sum(ours)).toBeLessThanOrEqual(sum(zlib));
    expect(briefly).toBeGreaterThan(0);
    expect(briefly).toBeLessThan(lines.length / 2);
  });

  it("gives everything back that it takes, whatever comes", () => {
    const repeating = fc
      .array(fc.constantFrom("aaaa", "abab", "bcd", "c", "\xff\xff\xff", "\0".repeat(300)), { maxLength: 40 })
      .map((words) => Buffer.from(words.join(""), "latin1"));
    const page = fc.oneof(repeating, fc.uint8Array({ maxLength: 120 }));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(page, { maxLength: 8 }), (pages) => {
        const line = new Line();
        for (const one of pages) if (line.send(one) !== undefined) taken += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(10_000);
  });

  it("goes on for megabytes, past pages that it leaves to zlib, and after the history began anew", () => {
    const line = new Line();
    const known = Buffer.from("what was there before");
    for (let nth = 0; nth < 2_000; nth += 1) {
      const noise = noiseOf(1 + ((nth * 37) % 4_864), nth);
      if (noise.length > 200) expect(line.send(noise)).toBeUndefined();
      line.send(known);
      expect(line.send(known)?.length).toBeLessThan(8);
      if (nth % 300 === 299) line.window = Buffer.alloc(0);
    }
  });
});
