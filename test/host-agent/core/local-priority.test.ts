import { describe, expect, it } from "vitest";
import { LocalPriority } from "../../../host-agent/core/local-priority.ts";

describe("the hand at the desktop", () => {
  it("is not there until it moves", () => {
    const priority = new LocalPriority();
    expect(priority.allows(0)).toBe(true);
    expect(priority.untilMs(0)).toBeUndefined();
  });

  it("keeps remote input out for two seconds after its last motion, to the millisecond", () => {
    const priority = new LocalPriority();
    priority.localMoved(10_000);
    expect(priority.allows(10_000)).toBe(false);
    expect(priority.untilMs(11_000)).toBe(12_000);
    expect(priority.allows(11_999)).toBe(false);
    expect(priority.allows(12_000)).toBe(true);
    expect(priority.untilMs(12_000)).toBeUndefined();
  });

  it("keeps it out for as long as it goes on moving", () => {
    const priority = new LocalPriority();
    for (let nowMs = 0; nowMs <= 30_000; nowMs += 1_500) priority.localMoved(nowMs);
    expect(priority.allows(31_999)).toBe(false);
    expect(priority.allows(32_000)).toBe(true);
  });

  it("says once for each interruption that held keys must be let go", () => {
    const priority = new LocalPriority();
    expect(priority.localMoved(0)).toBe(true);
    expect(priority.localMoved(500)).toBe(false);
    expect(priority.localMoved(2_499)).toBe(false);
    expect(priority.localMoved(4_499)).toBe(true);
  });
});
