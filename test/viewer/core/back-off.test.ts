import { describe, expect, it } from "vitest";
import { BackOff, backOffMs, type LastTry } from "../../../viewer/core/back-off.ts";

const SLOW_MS = 14_000;

/** What is waited after each of these, with nothing left to chance. */
function waits(...tries: readonly (readonly [last: LastTry, nowMs: number])[]): number[] {
  const backOff = new BackOff();
  return tries.map(([last, nowMs]) => backOff.after(last, nowMs, 0));
}

describe("the back-off", () => {
  it("tries the first time at once", () => {
    expect(backOffMs(0, 0.9)).toBe(0);
    for (const last of ["failed", "host-absent", "too-many"] as const) expect(waits([last, 0])).toEqual([0]);
  });

  it("waits longer each time, but never more than five seconds", () => {
    const longest = [1, 2, 3, 4, 5, 50].map((tries) => backOffMs(tries, 1));
    expect(longest).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    expect(waits(["failed", 0], ["failed", 1], ["failed", 2], ["failed", 3])).toEqual([0, 500, 1_000, 2_000]);
  });

  it("leaves half of every wait to chance, so that viewers do not return in step", () => {
    expect(backOffMs(4, 0)).toBe(2_500);
    expect(backOffMs(4, 0.5)).toBe(3_750);
  });

  it("waits for a host that has just gone as for a server that has: both may be starting again", () => {
    const absent = waits(["host-absent", 0], ["host-absent", 1_000], ["host-absent", 59_999]);
    expect(absent).toEqual(waits(["failed", 0], ["failed", 1_000], ["failed", 59_999]));
  });

  it("leaves others their share of what the server gives one address, once the host stays away or it is told to", () => {
    expect(waits(["host-absent", 0], ["host-absent", 60_000]).at(-1)).toBe(SLOW_MS);
    expect(waits(["failed", 0], ["too-many", 1]).at(-1)).toBe(SLOW_MS);
    expect(60_000 / SLOW_MS).toBeLessThan(5);
  });

  it("counts a host's absence from the first try that found none, and anew once another try failed otherwise", () => {
    const until = [
      ["host-absent", 1_000],
      ["failed", 50_000],
    ] as const;
    expect(waits(...until, ["host-absent", 60_000], ["host-absent", 119_999]).at(-1)).toBeLessThan(SLOW_MS);
    expect(waits(...until, ["host-absent", 60_000], ["host-absent", 120_000]).at(-1)).toBe(SLOW_MS);
  });

  it("goes on counting for somebody who is sent away for trying too often", () => {
    expect(waits(["host-absent", 0], ["too-many", 50_000], ["host-absent", 64_000]).at(-1)).toBe(SLOW_MS);
  });
});
