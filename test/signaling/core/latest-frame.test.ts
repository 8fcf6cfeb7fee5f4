import { describe, expect, it } from "vitest";
import { nextStep, REPEAT_MS, SHOW_MS, STALLED_MS } from "../../../signaling/core/latest-frame.ts";

const frame = (sequence: number) => ({ sequence, jpeg: new Uint8Array([sequence]) });

describe("a watcher of pictures", () => {
  it("waits for the first picture without a timer, and gets a known one at once", () => {
    expect(nextStep({ state: "fresh" }, undefined, 0)).toEqual({ do: "idle" });
    expect(nextStep({ state: "fresh" }, frame(7), 0)).toEqual({ do: "send", frame: frame(7) });
  });

  it("is sent nothing while it is still taking a picture, however many come", () => {
    const writing = { state: "writing", sequence: 1, sinceMs: 0 } as const;
    expect(nextStep(writing, frame(99), 10)).toEqual({ do: "wait", untilMs: STALLED_MS });
  });

  it("gets the newest picture when it has drained, not the ones between", () => {
    const drained = { state: "drained", sequence: 1, sentMs: 0, shown: true } as const;
    expect(nextStep(drained, frame(99), 10)).toEqual({ do: "send", frame: frame(99) });
  });

  it("gets a picture that no newer one follows a second time at once, because Chromium paints one part late", () => {
    const drained = { state: "drained", sequence: 1, sentMs: 500, shown: false } as const;
    expect(nextStep(drained, frame(1), 510)).toEqual({ do: "wait", untilMs: 500 + SHOW_MS });
    expect(nextStep(drained, frame(1), 500 + SHOW_MS)).toEqual({ do: "send", frame: frame(1) });
    expect(nextStep(drained, frame(2), 510)).toEqual({ do: "send", frame: frame(2) });
  });

  it("gets the same picture again once a second when nothing changes", () => {
    const drained = { state: "drained", sequence: 1, sentMs: 500, shown: true } as const;
    expect(nextStep(drained, frame(1), 600)).toEqual({ do: "wait", untilMs: 500 + REPEAT_MS });
    expect(nextStep(drained, frame(1), 500 + REPEAT_MS)).toEqual({ do: "send", frame: frame(1) });
  });

  it("is let go when it has taken nothing for long", () => {
    expect(nextStep({ state: "writing", sequence: 1, sinceMs: 0 }, frame(2), STALLED_MS)).toEqual({ do: "end" });
  });
});
