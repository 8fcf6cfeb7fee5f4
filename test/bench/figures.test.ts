import { describe, expect, test } from "vitest";

import { median, memoryFigures, percentile } from "./figures.ts";

describe("a percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test("is a value that occurred, with that share of all at or below it", () => {
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
  });

  test("of few values is the next higher one: the worst of ten is their 99th", () => {
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 0.99)).toBe(100);
    expect(percentile([7], 0.5)).toBe(7);
  });

  test("of nothing is unknown", () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

test("the median of an odd number of rounds is the middle one, of an even number the mean of two", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 9])).toBe(3);
  expect(median([])).toBeUndefined();
});

test("memory has a row for each scenario, and what a film leaves behind only where there was one", () => {
  const labels = memoryFigures(["typing", "video", "first"]).map(({ label }) => label);
  expect(labels.slice(0, 2)).toEqual(["host after typing", "host after video"]);
  expect(labels).toHaveLength(4);
  expect(memoryFigures(["typing"])).toHaveLength(1);
});

test("what a film leaves behind is the difference of before and after, also of nothing", () => {
  const held = (hostBytes: number) => ({ hostBytes, viewerBytes: 300e6 });
  const turn = {
    cost: {},
    memory: { video: { before: held(120e6), after: held(123.5e6) } },
    played: {},
    rest: {},
    clicks: undefined,
    wholeAfterMs: undefined,
  };
  expect(memoryFigures(["video", "idle"]).map(({ of }) => of(turn))).toEqual([123.5, undefined, 3.5, 0]);
});
