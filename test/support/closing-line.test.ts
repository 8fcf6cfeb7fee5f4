import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const REPORTER = fileURLToPath(new URL("./closing-line.ts", import.meta.url));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "deskbeam-closing-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs vitest on one file that holds this text. */
function runOn(text: string, ...more: string[]) {
  writeFileSync(join(root, "one.test.js"), text);
  const args = [VITEST, "run", "--root", root, "--globals", "--reporter=default", `--reporter=${REPORTER}`, ...more];
  const done = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, CI: "true" } });
  return { code: done.status, lastLine: done.stdout.trimEnd().split("\n").at(-1) };
}

test("passed and failed tests are counted on the last line", () => {
  const text = 'test("a", () => {}); test("b", () => {}); test("c", () => { throw new Error("no"); });';
  expect(runOn(text)).toEqual({ code: 1, lastLine: "2 passed, 1 failed" });
});

test("a run where all passed ends with 0", () => {
  expect(runOn('test("a", () => {});')).toEqual({ code: 0, lastLine: "1 passed, 0 failed" });
});

test("a file that does not load is a failure", () => {
  expect(runOn('import "./none.js";')).toEqual({ code: 1, lastLine: "0 passed, 1 failed" });
});

test("a hook that fails is one, and so is every test it kept from running", () => {
  const text =
    'describe("d", () => { beforeAll(() => { throw new Error("no"); }); test("a", () => {}); }); test("b", () => {});';
  expect(runOn(text)).toEqual({ code: 1, lastLine: "1 passed, 2 failed" });
});

test("an error nobody caught is a failure", () => {
  const text =
    'test("a", async () => { Promise.reject(new Error("lost")); await new Promise((done) => setTimeout(done, 50)); });';
  expect(runOn(text)).toEqual({ code: 1, lastLine: "1 passed, 1 failed" });
});

test("a skipped test counts as failed, unless tests were picked by name", () => {
  const text = 'test("a", () => {}); test.skip("b", () => {});';
  expect(runOn(text)).toEqual({ code: 1, lastLine: "1 passed, 1 failed" });
  expect(runOn('test("a", () => {}); test("b", () => {});', "-t", "a")).toEqual({
    code: 0,
    lastLine: "1 passed, 0 failed",
  });
});
