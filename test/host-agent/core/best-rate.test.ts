import { expect, it } from "vitest";
import { BestRate } from "../../../host-agent/core/best-rate.ts";

it("knows nothing until it is told something", () => {
  expect(new BestRate().bytesPerMs).toBe(0);
});

it("is the best of the last ten rounds", () => {
  const best = new BestRate();
  for (const [round, bytesPerMs] of [500, 900, 700, 300].entries()) best.add(bytesPerMs, round, round * 1_000);
  expect(best.bytesPerMs).toBe(900);
  best.add(100, 11, 11_000);
  expect(best.bytesPerMs).toBe(700);
  best.add(100, 13, 13_000);
  expect(best.bytesPerMs).toBe(100);
});

it("is the best of half a second, where rounds are short", () => {
  const best = new BestRate();
  best.add(900, 0, 0);
  best.add(100, 400, 400);
  expect(best.bytesPerMs).toBe(900);
  best.add(100, 500, 500);
  expect(best.bytesPerMs).toBe(100);
});

it("forgets what the path carried before, all of it or all but the latest", () => {
  const best = new BestRate();
  best.add(900, 0, 0);
  best.add(100, 1, 1);
  best.forgetAllButLatest();
  expect(best.bytesPerMs).toBe(100);
  best.forget();
  expect(best.bytesPerMs).toBe(0);
  best.forgetAllButLatest();
  expect(best.bytesPerMs).toBe(0);
});
