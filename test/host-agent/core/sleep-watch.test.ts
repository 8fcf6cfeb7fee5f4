import { describe, expect, it } from "vitest";
import { LOOK_EVERY_MS, SleepWatch } from "../../../host-agent/core/sleep-watch.ts";

const MINUTE_MS = 60_000;
const UP_MS = 1_000_000;

describe("the watch for a machine that slept", () => {
  it("is calm while both clocks go on", () => {
    const watch = new SleepWatch(0, UP_MS);
    for (let ms = 0; ms < MINUTE_MS; ms += LOOK_EVERY_MS) expect(watch.look(ms, UP_MS + ms)).toBe(false);
    expect(watch.sleptMs).toBe(0);
  });

  it("sees a sleep in which the monotonic clock stood still", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.look(1_000, 1_000 + 10 * MINUTE_MS)).toBe(true);
    expect(watch.sleptMs).toBe(1_000 + 10 * MINUTE_MS);
    expect(watch.look(2_000, 2_000 + 10 * MINUTE_MS)).toBe(false);
  });

  it("sees a sleep in which both went on", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.look(10 * MINUTE_MS, 10 * MINUTE_MS)).toBe(true);
    expect(watch.sleptMs).toBe(10 * MINUTE_MS);
  });

  it("takes a late timer, and an uptime in whole seconds, for no sleep", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.look(4_900, 4_000)).toBe(false);
    expect(watch.look(5_900, 5_000)).toBe(false);
    expect(watch.look(7_000, 7_000)).toBe(false);
    expect(watch.sleptMs).toBe(0);
  });
});
