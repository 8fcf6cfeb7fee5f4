import { describe, expect, it } from "vitest";
import { chooseJpegWay, isPageShare, type JpegWay, takesLongWhenCold } from "../../../viewer/core/decoder-choice.ts";

const race = (laps: Partial<Record<JpegWay, number[]>>) =>
  chooseJpegWay(new Map(Object.entries(laps) as [JpegWay, number[]][])); // entries forget that the names are the keys

describe("the way to decode JPEGs", () => {
  it("is the quickest", () => {
    expect(race({ page: [3.7], worker: [2.3] })).toBe("worker");
    expect(race({ page: [2.2], worker: [2.3] })).toBe("page");
  });

  it("is decided by what is usual: neither a slow first lap nor a lucky one counts", () => {
    expect(race({ page: [4, 4, 4, 4, 4], worker: [90, 3, 3, 60, 3] })).toBe("worker");
    expect(race({ page: [2, 2, 2, 2, 2], worker: [0.1, 9, 9, 0.1, 9] })).toBe("page");
  });

  it("is never one that did not work; if none did, it is the page's own", () => {
    expect(race({ page: [50] })).toBe("page");
    expect(race({ page: [50], worker: [] })).toBe("page");
    expect(race({ worker: [50] })).toBe("worker");
    expect(race({ worker: [] })).toBe("page");
    expect(race({})).toBe("page");
  });
});

it("a letter and what scrolls into sight are inflated on the page, the rest of a large update in the worker", () => {
  expect([9 * 18, 1200 * 54, 65_536, 65_537].map(isPageShare)).toEqual([true, true, true, false]);
});

it("without a worker, what is more than a few lines is inflated by the browser itself", () => {
  expect([9 * 18, 16_384, 16_385, 65_536].map(takesLongWhenCold)).toEqual([false, false, true, true]);
});
