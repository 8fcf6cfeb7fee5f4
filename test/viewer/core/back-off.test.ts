import { describe, expect, it } from "vitest";
import { backOffMs } from "../../../viewer/core/back-off.ts";

describe("the back-off", () => {
  it("tries the first time at once", () => {
    expect(backOffMs(0, "failed", 0.9)).toBe(0);
  });

  it("waits longer each time, but never more than five seconds", () => {
    const longest = [1, 2, 3, 4, 5, 50].map((tries) => backOffMs(tries, "failed", 1));
    expect(longest).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  it("leaves half of every wait to chance, so that viewers do not return in step", () => {
    expect(backOffMs(4, "failed", 0)).toBe(2_500);
    expect(backOffMs(4, "failed", 0.5)).toBe(3_750);
  });

  it("asks for an absent host fewer than five times a minute", () => {
    expect(60_000 / backOffMs(7, "host-absent", 0)).toBeLessThan(5);
  });
});
