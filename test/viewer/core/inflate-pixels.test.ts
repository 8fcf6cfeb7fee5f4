import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SharedHistory } from "../../../host-agent/core/shared-history.ts";
import { deflateText } from "../../../host-agent/encode/text.ts";
import { TextHistory } from "../../../protocol/text-history.ts";
import { inflateRows, inflateText, opaque } from "../../../viewer/core/inflate-pixels.ts";
import { HOSTILE_RUNS } from "../../protocol/hostile-bytes.ts";

const SIZE = { width: 6, height: 4 };

/** Letters of a few shades, a different one for each seed. */
const letter = (seed: number) =>
  Uint8Array.from({ length: 72 }, (_, at) => (Math.imul((at - (at % 3)) * 31 + seed * 17, 2654435761) >>> 29) * 32);

/** What a host sends of these letters, one rectangle each. */
function sent(seeds: readonly number[], host = new SharedHistory()): Uint8Array[] {
  return seeds.map((seed) => {
    const text = host.add(letter(seed), deflateText);
    if (text === undefined) throw new Error("no room");
    return text.data;
  });
}

const outcome = (data: Uint8Array, history: TextHistory): string => {
  try {
    return Buffer.from(inflateText(SIZE, data, history)).toString("hex");
  } catch (error) {
    if (error instanceof Error && !(error instanceof TypeError || error instanceof RangeError)) return "refused";
    throw error;
  }
};
const shown = (seed: number) => Buffer.from(letter(seed)).toString("hex");

describe("text rectangles", () => {
  it("have these bytes: the number, and a page that refers to what was before", () => {
    const [first, again] = sent([1, 1]);
    if (first === undefined || again === undefined) throw new Error("two were sent");
    expect([first[0], again[0]]).toEqual([0, 1]);
    const page = inflateRawSync(first.subarray(1));
    expect(page.subarray(24)).toHaveLength(3 * new Set(page.subarray(0, 24)).size);
    expect(inflateRawSync(again.subarray(1), { dictionary: page })).toEqual(page.subarray(0, 24));
    expect(again.length).toBeLessThan(9);
  });

  it("come out as they went in, one after the other, beyond what can be remembered", () => {
    const viewer = new TextHistory();
    const seeds = Array.from({ length: 3_000 }, (_, nth) => (nth * nth) % 61);
    for (const [nth, data] of sent(seeds).entries()) expect(outcome(data, viewer)).toBe(shown(seeds[nth] ?? -1));
  });

  it("are refused after a loss, all of them until one begins anew", () => {
    const host = new SharedHistory();
    const viewer = new TextHistory();
    const [first, lost, third, fourth] = sent([1, 2, 3, 4], host);
    host.beginAnew();
    const [anew, next] = sent([5, 6], host);
    const results = [first, third, fourth, lost, anew, next].map((data) => outcome(data ?? new Uint8Array(), viewer));
    expect(results).toEqual([shown(1), "refused", "refused", "refused", shown(5), shown(6)]);
  });

  it("may begin anew at any time", () => {
    const viewer = new TextHistory();
    for (const data of sent([1, 2, 3])) outcome(data, viewer);
    expect(sent([7, 8]).map((data) => outcome(data, viewer))).toEqual([shown(7), shown(8)]);
  });

  it("of 20,000 broken ones none brings anything out but pixels or a refusal, and what begins anew always comes out", () => {
    const host = new SharedHistory();
    const viewer = new TextHistory();
    const harm = fc.record({ at: fc.nat(), byte: fc.nat(255), seed: fc.nat(40), cut: fc.nat(30), whole: fc.boolean() });
    let refused = 0;
    fc.assert(
      fc.property(harm, ({ at, byte, seed, cut, whole }) => {
        const [data = new Uint8Array()] = sent([seed], host);
        const broken = whole ? data.slice() : data.slice(0, cut);
        if (broken.length > 0) broken[at % broken.length] = byte;
        const found = outcome(broken, viewer);
        if (found === "refused") refused += 1;
        else expect(found).toHaveLength(144);
        host.beginAnew();
        const [anew = new Uint8Array()] = sent([seed], host);
        expect(outcome(anew, viewer)).toBe(shown(seed));
      }),
      { numRuns: HOSTILE_RUNS },
    );
    expect(refused).toBeGreaterThan(HOSTILE_RUNS / 10);
  });
});

describe("an exact rectangle", () => {
  it("comes out whole, or is refused: too short, too long, much too long, nothing", () => {
    const rows = letter(9);
    expect(inflateRows("exact", SIZE, deflateRawSync(rows))).toEqual(opaque(rows));
    for (const length of [0, 69, 73, 1_000_000]) {
      expect(() => inflateRows("exact", SIZE, deflateRawSync(new Uint8Array(length)))).toThrow();
    }
    expect(() => inflateRows("exact", SIZE, new Uint8Array())).toThrow();
  });
});

describe("an indexed rectangle", () => {
  it("comes out whole, or is refused: another colour than there are, too long, much too long, nothing", () => {
    const bytes = (colour: number) => [0, 1, ...Array(23).fill(0), colour, 5, 6, 7];
    const inflated = (data: readonly number[]) => inflateRows("indexed", SIZE, deflateRawSync(Uint8Array.from(data)));
    expect(inflated(bytes(0))).toEqual(opaque(Uint8Array.from(Array(24).fill([5, 6, 7]).flat())));
    expect(() => inflated(bytes(1))).toThrow();
    expect(() => inflated([...bytes(0), 0])).toThrow();
    expect(() => inflated([...bytes(0), ...Array(1_000_000).fill(0)])).toThrow();
    expect(() => inflateRows("indexed", SIZE, new Uint8Array())).toThrow();
  });
});
