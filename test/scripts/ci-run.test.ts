import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "deskbeam-ci-"));
  mkdirSync(join(root, ".ci"));
  mkdirSync(join(root, "bin"));
  cpSync(new URL("../../.ci/run", import.meta.url), join(root, ".ci/run"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs `.ci/run` with an npm that does what these lines of shell say. */
function ciRun(check: string, tests: string) {
  const npm = join(root, "bin/npm");
  writeFileSync(npm, `#!/bin/sh\nif [ "$1" = run ]; then ${check}; else ${tests}; fi\n`);
  chmodSync(npm, 0o755);
  const environment = { PATH: `${join(root, "bin")}:${process.env.PATH ?? ""}` };
  const done = spawnSync(join(root, ".ci/run"), { cwd: tmpdir(), env: environment, encoding: "utf8" });
  return { code: done.status, lastLine: done.stdout.trimEnd().split("\n").at(-1) };
}

test("all is well: the runner's closing line, and 0", () => {
  expect(ciRun("true", 'echo "12 passed, 0 failed"')).toEqual({ code: 0, lastLine: "12 passed, 0 failed" });
});

test("a failed test is counted", () => {
  const tests = 'echo "12 passed, 2 failed"; exit 1';
  expect(ciRun("true", tests)).toEqual({ code: 1, lastLine: "12 passed, 2 failed" });
});

test("what npm writes after the closing line does not hide it", () => {
  const tests = 'echo "12 passed, 2 failed"; echo "npm error code 1" >&2; exit 1';
  expect(ciRun("true", tests)).toEqual({ code: 1, lastLine: "12 passed, 2 failed" });
});

test("a failed check counts as one failure, and the tests run all the same", () => {
  expect(ciRun("exit 1", 'echo "12 passed, 0 failed"')).toEqual({ code: 1, lastLine: "12 passed, 1 failed" });
});

test("tests that never ran are a failure", () => {
  expect(ciRun("true", "exit 1")).toEqual({ code: 1, lastLine: "0 passed, 1 failed" });
  expect(ciRun("true", "true").code).toBe(1);
  expect(ciRun("true", 'echo "0 passed, 0 failed"').code).toBe(1);
});

test("nothing waits for input", () => {
  expect(ciRun("cat", 'cat; echo "1 passed, 0 failed"').code).toBe(0);
});
