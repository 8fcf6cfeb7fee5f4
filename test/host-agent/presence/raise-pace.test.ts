import { expect, test } from "vitest";
import { RaisePace } from "../../../host-agent/presence/x11-window/raise-pace.ts";

test("the first raise is at once, and so is one after a calm while", () => {
  const pace = new RaisePace();
  expect(pace.waitMs(0)).toBe(0);
  pace.raised(0);
  expect(pace.waitMs(10)).toBeGreaterThan(0);
  expect(pace.waitMs(1_000)).toBe(0);
});

test("another window that wants to be on top as much gets a raise every few seconds, not a storm", () => {
  const pace = new RaisePace();
  let raises = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs++) {
    if (pace.waitMs(nowMs) > 0) continue;
    pace.raised(nowMs);
    raises += 1;
  }
  expect(raises).toBeLessThan(30);
  expect(raises).toBeGreaterThan(15);
});

test("after such a fight it is quick again", () => {
  const pace = new RaisePace();
  for (let nowMs = 0; nowMs < 30_000; nowMs++) if (pace.waitMs(nowMs) === 0) pace.raised(nowMs);
  pace.raised(60_000);
  expect(pace.waitMs(60_000)).toBeLessThanOrEqual(100);
});
