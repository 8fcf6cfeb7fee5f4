import { describe, expect, it } from "vitest";
import { SharedHistory } from "../../../host-agent/core/shared-history.ts";

/** One pixel. */
const pixel = (red: number) => Uint8Array.of(red, 0, 0);
const plainly = (number: number, page: Uint8Array, latest: Uint8Array) => Uint8Array.of(number, latest.length, ...page);
const manyColours = (count: number, from = 0) =>
  Uint8Array.from({ length: 3 * count }, (_, at) =>
    at % 3 === 0 ? (from + at / 3) >> 8 : (from + (at - (at % 3)) / 3) & 0xff,
  );

describe("the history that all viewers share", () => {
  it("moves on whoever stands at its end, and refers to all before", () => {
    const history = new SharedHistory();
    const start = history.beginAnew();
    expect(history.isNewest(start)).toBe(true);
    const first = history.add(pixel(1), plainly);
    const second = history.add(pixel(1), plainly);
    expect([first?.data, second?.data]).toEqual([Uint8Array.of(0, 0, 0, 1, 0, 0), Uint8Array.of(1, 4, 0)]);
    expect([start, first?.after, second?.after].map((place) => place && history.isNewest(place))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("begins anew for all when one must: everybody stands at the beginning then", () => {
    const history = new SharedHistory();
    history.beginAnew();
    const before = history.add(pixel(1), plainly)?.after;
    if (before === undefined) throw new Error("one colour has room");
    expect(history.placeNow(before)).toBe(before);
    const start = history.beginAnew();
    expect(history.placeNow(before)).toEqual(start);
    expect(history.add(pixel(1), plainly)?.data[0]).toBe(0);
  });

  it("begins anew when those who have fallen out have cost enough", () => {
    const history = new SharedHistory();
    const start = history.beginAnew();
    for (let miss = 1; miss < 32; miss++) history.missed();
    expect(history.placeNow(start)).toBe(start);
    history.missed();
    expect(history.placeNow(start)).not.toEqual(start);
    history.missed();
    const next = history.beginAnew();
    for (let miss = 1; miss < 32; miss++) history.missed();
    expect(history.placeNow(next)).toBe(next);
  });

  it("begins anew when its table has no room for new colours, and takes no rectangle that an empty one could not", () => {
    const history = new SharedHistory();
    const start = history.beginAnew();
    expect(history.add(manyColours(200), plainly)?.data[0]).toBe(0);
    expect(history.add(manyColours(257, 1_000), plainly)).toBeUndefined();
    expect(history.placeNow(start)).toBe(start);
    const anew = history.add(manyColours(100, 1_000), plainly);
    expect([anew?.data[0], anew?.data[1]]).toEqual([0, 0]);
    expect(history.placeNow(start)).not.toEqual(start);
  });
});
