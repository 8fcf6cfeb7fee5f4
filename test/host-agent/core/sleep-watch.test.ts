import { describe, expect, it } from "vitest";
import { LOOK_EVERY_MS, SleepWatch } from "../../../host-agent/core/sleep-watch.ts";

const MINUTE_MS = 60_000;
const UP_MS = 1_000_000;

/** A watch, and its machine: it is awake for a while, or asleep, and says how often it was asked for its uptime. */
function stage() {
  const at = { nowMs: 0, timeOfDayMs: 0, uptimeMs: UP_MS };
  const watch = new SleepWatch(at.nowMs, at.timeOfDayMs, at.uptimeMs);
  let asked = 0;
  return {
    at,
    watch,
    asked: () => asked,
    awake(ms: number) {
      at.nowMs += ms;
      at.timeOfDayMs += ms;
      at.uptimeMs += ms;
    },
    asleep(ms: number) {
      at.timeOfDayMs += ms;
      at.uptimeMs += ms;
    },
    look: () =>
      watch.look(at.nowMs, at.timeOfDayMs, () => {
        asked += 1;
        return at.uptimeMs;
      }),
  };
}

describe("the watch for a machine that slept", () => {
  it("is calm while all clocks go on", () => {
    const { watch, awake, look } = stage();
    for (let ms = 0; ms < MINUTE_MS; ms += LOOK_EVERY_MS) {
      awake(LOOK_EVERY_MS);
      expect(look()).toBe(false);
    }
    expect(watch.sleptMs).toBe(0);
  });

  it("sees a sleep in which the monotonic clock stood still, at the first look, however soon after another", () => {
    const { watch, awake, asleep, look } = stage();
    awake(1_000);
    expect(look()).toBe(false);
    awake(3);
    asleep(10 * MINUTE_MS);
    awake(2);
    expect(look()).toBe(true);
    expect(watch.sleptMs).toBe(10 * MINUTE_MS + 5);
    awake(1_000);
    expect(look()).toBe(false);
  });

  it("sees a sleep in which both went on", () => {
    const { watch, awake, look } = stage();
    awake(10 * MINUTE_MS);
    expect(look()).toBe(true);
    expect(watch.sleptMs).toBe(10 * MINUTE_MS);
  });

  it("sees a sleep at the next look of the timer where the time of day did not go on with it", () => {
    const { at, awake, look } = stage();
    at.uptimeMs += 10 * MINUTE_MS;
    expect(look()).toBe(false);
    awake(LOOK_EVERY_MS);
    expect(look()).toBe(true);
  });

  it("takes it for no sleep when somebody sets the time of day", () => {
    const { at, watch, awake, look } = stage();
    for (const setMs of [60 * MINUTE_MS, -60 * MINUTE_MS, 700, -700]) {
      at.timeOfDayMs += setMs;
      expect(look()).toBe(false);
      awake(10);
      expect(look()).toBe(false);
    }
    expect(watch.sleptMs).toBe(0);
  });

  it("asks for the uptime twice a second at most while the others agree, and once when the time of day was set", () => {
    const { at, asked, awake, look } = stage();
    for (let ms = 0; ms < 10_000; ms += 5) {
      awake(5);
      look();
    }
    expect(asked()).toBe(20);
    at.timeOfDayMs += 60 * MINUTE_MS;
    for (let times = 0; times < 10; times += 1) look();
    expect(asked()).toBe(21);
  });

  it("takes a late timer, and an uptime in whole seconds, for no sleep", () => {
    const watch = new SleepWatch(0, 0, 0);
    expect(watch.look(4_900, 4_900, () => 4_000)).toBe(false);
    expect(watch.look(5_900, 5_900, () => 5_000)).toBe(false);
    expect(watch.look(7_000, 7_000, () => 7_000)).toBe(false);
    expect(watch.sleptMs).toBe(0);
  });
});
