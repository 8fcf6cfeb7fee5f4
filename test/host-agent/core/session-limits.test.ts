import { describe, expect, it } from "vitest";
import { type LimitEffect, SessionLimits } from "../../../host-agent/core/session-limits.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Runs the clock as the shell does: wakes when told, notes what was to be done and when. */
class Story {
  readonly said: [minute: number, effect: LimitEffect["do"] | `end: ${string}`][] = [];
  readonly limits: SessionLimits;
  nowMs = 0;

  constructor(attended: boolean) {
    this.limits = new SessionLimits({ attended, nowMs: 0 });
  }

  /** @param signEveryMs how often the viewer moves the mouse or receives a picture; undefined: never */
  until(endMs: number, signEveryMs?: number): void {
    let signAtMs = signEveryMs === undefined ? Number.POSITIVE_INFINITY : this.nowMs + signEveryMs;
    for (;;) {
      const nextMs = Math.min(this.limits.wakeAtMs ?? Number.POSITIVE_INFINITY, signAtMs);
      if (nextMs > endMs) break;
      this.nowMs = nextMs;
      if (signEveryMs !== undefined && nextMs === signAtMs) {
        this.limits.signOfLife(nextMs);
        signAtMs += signEveryMs;
      }
      for (const effect of this.limits.tick(nextMs)) {
        this.said.push([nextMs / MINUTE, effect.do === "end" ? `end: ${effect.why}` : effect.do]);
      }
    }
    this.nowMs = endMs;
  }
}

describe("with somebody at the desktop", () => {
  it("they are asked after half an hour, and their silence ends the session five minutes later", () => {
    const story = new Story(true);
    story.until(2 * HOUR, MINUTE);
    expect(story.said).toEqual([
      [30, "ask-continue"],
      [35, "end: not-renewed"],
    ]);
    expect(story.limits.wakeAtMs).toBeUndefined();
  });

  it("remote input is blocked while the question stands, and passes again after the yes", () => {
    const story = new Story(true);
    story.until(30 * MINUTE - 1, MINUTE);
    expect(story.limits.allowsInput).toBe(true);
    story.until(31 * MINUTE, MINUTE);
    expect(story.limits.allowsInput).toBe(false);
    expect(story.limits.renew(story.nowMs)).toBe(true);
    expect(story.limits.allowsInput).toBe(true);
    story.until(60 * MINUTE, MINUTE);
    expect(story.said).toEqual([[30, "ask-continue"]]);
    story.until(61 * MINUTE, MINUTE);
    expect(story.said.at(-1)).toEqual([61, "ask-continue"]);
  });

  it("a yes nobody asked for counts too: the half hour begins anew", () => {
    const story = new Story(true);
    story.until(20 * MINUTE, MINUTE);
    expect(story.limits.renew(story.nowMs)).toBe(false);
    story.until(50 * MINUTE, MINUTE);
    expect(story.said).toEqual([[50, "ask-continue"]]);
  });

  it("a session may last for days, as long as they say yes", () => {
    const story = new Story(true);
    for (let endMs = 30 * MINUTE; endMs <= 48 * HOUR; endMs += 30 * MINUTE) {
      story.until(endMs, MINUTE);
      story.limits.renew(endMs);
    }
    expect(story.said.filter(([, effect]) => effect !== "ask-continue")).toEqual([]);
    expect(story.said).toHaveLength(96);
  });

  it("a host that slept gives them the whole five minutes after waking", () => {
    const story = new Story(true);
    story.until(20 * MINUTE, MINUTE);
    const wokeMs = 50 * MINUTE;
    story.limits.signOfLife(wokeMs);
    expect(story.limits.tick(wokeMs)).toEqual([{ do: "ask-continue", endsAtMs: wokeMs + 5 * MINUTE }]);
  });
});

describe("with nobody at the desktop", () => {
  it("a session that is used ends after eight hours, with a question five minutes before", () => {
    const story = new Story(false);
    story.until(10 * HOUR, MINUTE);
    expect(story.said).toEqual([
      [475, "ask-continue"],
      [480, "end: not-renewed"],
    ]);
  });

  it("that question blocks nothing: nobody is there to be spoken for", () => {
    const story = new Story(false);
    story.until(476 * MINUTE, MINUTE);
    expect(story.limits.allowsInput).toBe(true);
  });

  it("somebody who comes by can renew it for eight hours more", () => {
    const story = new Story(false);
    story.until(4 * HOUR, MINUTE);
    story.limits.renew(story.nowMs);
    story.until(11 * HOUR, MINUTE);
    expect(story.said).toEqual([]);
    story.until(12 * HOUR, MINUTE);
    expect(story.said.at(-1)).toEqual([720, "end: not-renewed"]);
  });
});

describe("a viewer from whom nothing comes", () => {
  it("loses control after a quarter of an hour and the seat after an hour", () => {
    const story = new Story(false);
    story.until(2 * HOUR);
    expect(story.said).toEqual([
      [15, "view-only"],
      [60, "end: idle"],
    ]);
  });

  it("keeps both with a sign every fourteen minutes", () => {
    const story = new Story(false);
    story.until(7 * HOUR, 14 * MINUTE);
    expect(story.said).toEqual([]);
  });

  it("who comes back after a while starts again", () => {
    const story = new Story(false);
    story.until(50 * MINUTE);
    story.limits.signOfLife(story.nowMs);
    story.until(100 * MINUTE);
    expect(story.said).toEqual([
      [15, "view-only"],
      [65, "view-only"],
    ]);
    story.until(110 * MINUTE);
    expect(story.said.at(-1)).toEqual([110, "end: idle"]);
  });

  it("ends at once, and only once, when the host slept through its hour", () => {
    const limits = new SessionLimits({ attended: true, nowMs: 0 });
    expect(limits.tick(9 * HOUR)).toEqual([{ do: "end", why: "idle" }]);
    expect(limits.tick(10 * HOUR)).toEqual([]);
    expect(limits.renew(10 * HOUR)).toBe(false);
    expect(limits.allowsInput).toBe(false);
  });
});
