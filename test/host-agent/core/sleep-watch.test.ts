import { describe, expect, it } from "vitest";
import { SleepWatch } from "../../../host-agent/core/sleep-watch.ts";

const MINUTE_MS = 60_000;

describe("the watch for a machine that slept", () => {
  it("is calm while both clocks go on, however seldom it is asked", () => {
    const watch = new SleepWatch(0, 1_000_000);
    for (let ms = 1_000; ms < 10_000; ms += 1_000) expect(watch.look(ms, 1_000_000 + ms, true)).toBe(false);
    expect(watch.look(10 * MINUTE_MS, 1_000_000 + 10 * MINUTE_MS, false)).toBe(false);
    expect(watch.sleptMs).toBe(0);
  });

  it("sees a sleep in which the monotonic clock stood still", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.look(1_000, 1_000 + 10 * MINUTE_MS, false)).toBe(true);
    expect(watch.sleptMs).toBe(10 * MINUTE_MS);
    expect(watch.look(2_000, 2_000 + 10 * MINUTE_MS, true)).toBe(false);
  });

  it("sees a sleep in which both went on, when it should have been asked meanwhile", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.look(10 * MINUTE_MS, 10 * MINUTE_MS, true)).toBe(true);
    expect(watch.sleptMs).toBeGreaterThanOrEqual(10 * MINUTE_MS);
  });

  it("takes a late timer, and a wall clock that is set back, for neither", () => {
    const watch = new SleepWatch(0, MINUTE_MS);
    expect(watch.look(4_900, MINUTE_MS + 4_900, true)).toBe(false);
    expect(watch.look(5_900, 0, true)).toBe(false);
    expect(watch.sleptMs).toBe(0);
  });
});
