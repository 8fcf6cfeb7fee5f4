import { expect, test } from "vitest";

import { readPlan } from "./options.ts";

test("without flags: three long rounds of everything but typing beside a video", () => {
  const plan = readPlan([]);
  expect(plan.rounds).toBe(3);
  expect(plan.scenarios).toEqual(["typing", "scroll", "drag", "video", "click", "idle"]);
});

test("--quick is one short round, unless more are asked for", () => {
  expect(readPlan(["--quick"]).rounds).toBe(1);
  expect(readPlan(["--quick", "--rounds", "2"]).rounds).toBe(2);
  expect(readPlan(["--quick"]).lengths.seconds).toBeLessThan(readPlan([]).lengths.seconds);
});

test("--only picks scenarios", () => {
  expect(readPlan(["--only", "drag,scroll"]).scenarios).toEqual(["drag", "scroll"]);
});

test("what is not known is refused with the usage", () => {
  for (const args of [["--fast"], ["scroll"], ["--only", "tetris"], ["--rounds", "0"], ["--rounds", "1.5"]]) {
    expect(() => readPlan(args), args.join(" ")).toThrow(/Usage: npm run bench/);
  }
});
