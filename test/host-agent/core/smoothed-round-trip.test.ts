import { describe, expect, it } from "vitest";
import { SmoothedRoundTrip } from "../../../host-agent/core/smoothed-round-trip.ts";

describe("the smoothed round trip of a path", () => {
  it("is a guess until one is measured", () => {
    const path = new SmoothedRoundTrip(500);
    expect(path.usualMs).toBe(500);
    expect(path.longestMs).toBe(1_500);
    expect(path.shortestMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("is the first one measured, whatever was guessed", () => {
    const path = new SmoothedRoundTrip(500);
    path.measured(80);
    expect(path.usualMs).toBe(80);
    expect(path.longestMs).toBe(240);
    expect(path.shortestMs).toBe(80);
  });

  it("follows by an eighth of the difference, and counts a longer last one at once", () => {
    const path = new SmoothedRoundTrip(500);
    for (const ms of [80, 160]) path.measured(ms);
    expect(path.usualMs).toBe(160);
    path.measured(10);
    expect(path.usualMs).toBe(80);
    expect(path.shortestMs).toBe(10);
  });

  it("expects an answer within two where nothing strays, and later where it does", () => {
    const [steady, straying] = [new SmoothedRoundTrip(500), new SmoothedRoundTrip(500)];
    for (let turn = 0; turn < 60; turn += 1) {
      steady.measured(50);
      straying.measured(turn % 2 === 0 ? 20 : 80);
    }
    expect(steady.longestMs).toBe(100);
    expect(straying.longestMs).toBeGreaterThan(150);
  });
});
