import { describe, expect, it } from "vitest";
import { Heartbeat, REPLACE_AFTER_MS, SILENT_AFTER_MS } from "../../../viewer/core/heartbeat.ts";

/** Beats once a second from `fromMs`; the pulse at every beat up to `toMs`. */
const beats = (heartbeat: Heartbeat, fromMs: number, toMs: number) => {
  const pulses: string[] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 1_000) pulses.push(heartbeat.beat(nowMs));
  return pulses;
};

describe("the heartbeat", () => {
  it("finds the host silent after three seconds and gone after four", () => {
    expect(beats(new Heartbeat(0), 1_000, 5_000)).toEqual(["well", "well", "silent", "gone", "gone"]);
  });

  it("is well as long as anything is heard", () => {
    const heartbeat = new Heartbeat(0);
    heartbeat.heard(2_500);
    expect(beats(heartbeat, 3_000, 5_000)).toEqual(["well", "well", "well"]);
    expect(heartbeat.beat(2_500 + SILENT_AFTER_MS)).toBe("silent");
    expect(heartbeat.beat(2_500 + REPLACE_AFTER_MS)).toBe("gone");
    heartbeat.heard(6_600);
    expect(heartbeat.beat(7_000)).toBe("well");
  });

  it("does not blame the host for a page that did not run, and finds out one beat later", () => {
    const asleep = new Heartbeat(0);
    asleep.beat(1_000);
    expect(asleep.beat(60_000)).toBe("well");
    expect(asleep.beat(61_000)).toBe("gone");

    expect(asleep.beat(120_000)).toBe("gone");

    const onlyThrottled = new Heartbeat(0);
    onlyThrottled.beat(1_000);
    expect(onlyThrottled.beat(60_000)).toBe("well");
    onlyThrottled.heard(60_001);
    expect(onlyThrottled.beat(61_000)).toBe("well");
  });

  it("asks every 1.5 s while nothing else is heard, however late the answer comes, and else every three", () => {
    const asked = (tookMs: number, everyMs: number) => {
      const heartbeat = new Heartbeat(0);
      const asked: number[] = [];
      let answerMs = Number.POSITIVE_INFINITY;
      for (let nowMs = 0; nowMs < 9_000; nowMs += 10) {
        if (nowMs === answerMs || nowMs % everyMs === 0) heartbeat.heard(nowMs);
        if (nowMs % 500 !== 0 || heartbeat.ping(nowMs) === undefined) continue;
        asked.push(nowMs);
        answerMs = nowMs + tookMs;
      }
      return asked;
    };
    expect(asked(30, 1e9)).toEqual([0, 1_500, 3_000, 4_500, 6_000, 7_500]);
    expect(asked(800, 1e9)).toEqual([0, 1_500, 3_000, 4_500, 6_000, 7_500]);
    expect(asked(30, 250)).toEqual([0, 3_000, 6_000]);
  });

  it("measures the round trip, also where the clock wraps", () => {
    const heartbeat = new Heartbeat(0);
    expect(heartbeat.pong(heartbeat.clock(1_000.7), 1_040.9)).toBe(40);
    const wrapMs = 2 ** 32;
    expect(new Heartbeat(0).pong(heartbeat.clock(wrapMs - 10), wrapMs + 20)).toBe(30);
  });

  it("shows a usual round trip, not a single late one, and follows a lasting change", () => {
    const heartbeat = new Heartbeat(0);
    const shown = [200, 2, 3, 2, 90, 80, 85, 90].map((tookMs, second) =>
      heartbeat.pong(heartbeat.clock(second * 1_000), second * 1_000 + tookMs),
    );
    expect(shown).toEqual([200, 2, 3, 2, 3, 3, 80, 85]);
  });

  it("ignores an answer to a ping that was never sent", () => {
    expect(new Heartbeat(0).pong(5_000, 1_000)).toBeUndefined();
  });
});
