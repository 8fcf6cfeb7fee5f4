import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SharedHistory } from "../../../host-agent/core/shared-history.ts";

/** One pixel. */
const pixel = (red: number) => Uint8Array.of(red, 0, 0);
const neverNeeded = (): Uint8Array => {
  throw new Error("nothing here is long");
};
/** The number of a text rectangle, and its page. */
function read(data: Uint8Array | undefined, dictionary = Uint8Array.of()): [number | undefined, ...number[]] {
  const page = inflateRawSync(data?.subarray(1) ?? "", dictionary.length === 0 ? {} : { dictionary });
  return [data?.[0], ...page];
}
const manyColours = (count: number, from = 0) =>
  Uint8Array.from({ length: 3 * count }, (_, at) =>
    at % 3 === 0 ? (from + at / 3) >> 8 : (from + (at - (at % 3)) / 3) & 0xff,
  );

describe("the history that all viewers share", () => {
  it("moves on whoever stands at its end, and refers to all before", () => {
    const history = new SharedHistory();
    const start = history.beginAnew();
    expect(history.isNewest(start)).toBe(true);
    const first = history.add(pixel(1), neverNeeded);
    const second = history.add(pixel(1), neverNeeded);
    expect([read(first?.data), read(second?.data)]).toEqual([
      [0, 0, 1, 0, 0],
      [1, 0],
    ]);
    expect([start, first?.after, second?.after].map((place) => place && history.isNewest(place))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("begins anew for all when one must: everybody stands at the beginning then", () => {
    const history = new SharedHistory();
    history.beginAnew();
    const before = history.add(pixel(1), neverNeeded)?.after;
    if (before === undefined) throw new Error("one colour has room");
    expect(history.placeNow(before)).toBe(before);
    const start = history.beginAnew();
    expect(history.placeNow(before)).toEqual(start);
    expect(history.add(pixel(1), neverNeeded)?.data[0]).toBe(0);
  });

  it("has what holds much that is new deflated at length, after all that is there before it", () => {
    const history = new SharedHistory();
    history.beginAnew();
    const asked: number[][] = [];
    const atLength = (page: Uint8Array, earlier: Uint8Array) => {
      asked.push([page.length, earlier.length]);
      return deflateRawSync(page, earlier.length === 0 ? {} : { dictionary: earlier });
    };
    const many = history.add(manyColours(200), atLength);
    expect(read(many?.data)).toHaveLength(1 + 800);
    const few = history.add(manyColours(100), neverNeeded);
    const dictionary = Uint8Array.from(read(many?.data).slice(1), Number);
    expect(read(few?.data, dictionary)).toEqual([1, ...Array.from({ length: 100 }, (_, place) => place)]);
    history.add(manyColours(50, 200), atLength);
    expect(asked).toEqual([
      [800, 0],
      [200, 900],
    ]);
  });

  it("begins anew when those who have fallen out have cost enough, with the next picture: some have been sent of this one", () => {
    const history = new SharedHistory();
    const missOften = (times: number) => {
      for (let miss = 0; miss < times; miss++) history.missed();
    };
    const start = history.beginAnew();
    missOften(31);
    history.displayChanged();
    expect(history.placeNow(start)).toBe(start);
    missOften(1);
    expect(history.placeNow(start)).toBe(start);
    history.displayChanged();
    const next = history.placeNow(start);
    expect(next).not.toEqual(start);
    missOften(31);
    history.displayChanged();
    expect(history.placeNow(next)).toBe(next);
  });

  it("begins anew when its table has no room for new colours, and takes no rectangle that an empty one could not", () => {
    const history = new SharedHistory();
    const start = history.beginAnew();
    expect(history.add(manyColours(200), (page) => deflateRawSync(page))?.data[0]).toBe(0);
    expect(history.add(manyColours(257, 1_000), (page) => deflateRawSync(page))).toBeUndefined();
    expect(history.placeNow(start)).toBe(start);
    const anew = history.add(manyColours(100, 1_000), (page, earlier) =>
      Uint8Array.of(page.length / 4, earlier.length),
    );
    expect(anew?.data).toEqual(Uint8Array.of(0, 100, 0));
    expect(history.placeNow(start)).not.toEqual(start);
  });
});
