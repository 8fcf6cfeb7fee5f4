import { expect, test } from "vitest";

import { APPS } from "./apps/names.ts";
import { readPlan } from "./options.ts";

const FULL_HD = { width: 1920, height: 1080 };

test("without flags: three long rounds of everything but typing beside a video", () => {
  const plan = readPlan([]);
  expect(plan.rounds).toBe(3);
  expect(plan.scenarios).toEqual(["typing", "scroll", "drag", "video", "click", "idle", "first"]);
});

test("--quick is one short round, unless more are asked for", () => {
  expect(readPlan(["--quick"]).rounds).toBe(1);
  expect(readPlan(["--quick", "--rounds", "2"]).rounds).toBe(2);
  expect(readPlan(["--quick"]).lengths.seconds).toBeLessThan(readPlan([]).lengths.seconds);
});

test("--seconds is how long each scene goes on, quick or not", () => {
  expect(readPlan(["--seconds", "40"]).lengths).toEqual({ ...readPlan([]).lengths, seconds: 40 });
  expect(readPlan(["--quick", "--seconds", "40"]).lengths).toEqual({ ...readPlan(["--quick"]).lengths, seconds: 40 });
});

test("lines have scenarios of their own, and a screen may be large on each of them", () => {
  expect(readPlan([]).setting).toEqual({ display: FULL_HD, line: undefined, browser: "Chromium" });
  const slow = readPlan(["--slow", "--4k"]);
  expect(slow.setting).toEqual({
    display: { width: 3840, height: 2160 },
    line: { delayMs: 40, rateBps: 5_000_000, queueMs: 1000 },
    browser: "Chromium",
  });
  expect(slow.scenarios).toContain("busy");
  expect(readPlan(["--bad"]).setting.line).toEqual({ delayMs: 40, lossPercent: 1 });
});

test("--viewers is about how many watch, and alone there is one", () => {
  expect(readPlan([]).viewers).toBe(1);
  expect(readPlan(["--viewers", "10"]).viewers).toBe(10);
});

test("--firefox shows the page in Firefox, which is started with it: how soon it is there is not measured", () => {
  const plan = readPlan(["--firefox"]);
  expect(plan.setting).toEqual({ display: FULL_HD, line: undefined, browser: "Firefox" });
  expect(plan.scenarios).toEqual(readPlan([]).scenarios.filter((scenario) => scenario !== "first"));
});

test("--soak says for how many minutes", () => {
  expect(readPlan([]).soakMinutes).toBeUndefined();
  expect(readPlan(["--soak", "30"]).soakMinutes).toBe(30);
});

test("--apps is a real browser on the shared display; --only picks what it does", () => {
  expect(readPlan([]).apps).toBeUndefined();
  expect(readPlan(["--apps"]).apps).toEqual(APPS);
  expect(readPlan(["--apps", "--slow", "--only", "film,form"])).toMatchObject({
    apps: ["form", "film"],
    setting: { line: { rateBps: 5_000_000 } },
  });
});

test("--only picks scenarios, in the order of the table", () => {
  expect(readPlan(["--only", "drag,scroll"]).scenarios).toEqual(["scroll", "drag"]);
});

test("what is not known is refused with the usage", () => {
  for (const args of [
    ["--fast"],
    ["scroll"],
    ["--only", "tetris"],
    ["--rounds", "0"],
    ["--rounds", "1.5"],
    ["--seconds", "0"],
    ["--soak"],
    ["--soak", "0.5"],
    ["--slow", "--bad"],
    ["--firefox", "--soak", "30"],
    ["--firefox", "--only", "first"],
    ["--apps", "--only", "scroll"],
    ["--only", "glide"],
    ["--apps", "--soak", "30"],
    ["--apps", "--viewers", "10"],
  ]) {
    expect(() => readPlan(args), args.join(" ")).toThrow(/Usage: npm run bench/);
  }
});
