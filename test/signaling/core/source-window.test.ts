import { describe, expect, it } from "vitest";
import { SourceWindow } from "../../../signaling/core/source-window.ts";

const limits = { windowMs: 1_000, perSource: 3, inAll: 10 };

describe("answers to datagrams", () => {
  it("are three for each source within a second, and three more in the next", () => {
    const window = new SourceWindow(limits);
    const taken = (source: string, nowMs: number) => [1, 2, 3, 4].map(() => window.take(source, nowMs));
    expect(taken("anna", 0)).toEqual([true, true, true, false]);
    expect(taken("ben", 999)).toEqual([true, true, true, false]);
    expect(window.take("anna", 999)).toBe(false);
    expect(taken("anna", 1_000)).toEqual([true, true, true, false]);
  });

  it("are ten for all together, however many sources somebody invents, and no more are remembered", () => {
    const window = new SourceWindow(limits);
    const answered = Array.from({ length: 10_000 }, (_, source) => window.take(String(source), 5)).filter(Boolean);
    expect(answered.length).toBe(10);
    expect(window.sources).toBe(10);
    expect(window.take("late", 1_005)).toBe(true);
    expect(window.sources).toBe(1);
  });
});
