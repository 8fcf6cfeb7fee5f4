import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { isBuildStale, isInstallStale } from "../../scripts/staleness.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "deskbeam-prepare-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: unknown, changedAtS = 1000): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  utimesSync(join(root, path), changedAtS, changedAtS);
}

describe("installed packages", () => {
  const wanted = {
    "": { version: "0.1.0" },
    "node_modules/zod": { version: "4.0.0", resolved: "zod-4.0.0.tgz" },
    "node_modules/sharp-darwin": { version: "1.0.0", resolved: "sharp-darwin.tgz", optional: true },
  };
  const installed = { "node_modules/zod": { version: "4.0.0", resolved: "zod-4.0.0.tgz" } };

  test("are stale without node_modules", () => {
    write("package-lock.json", { packages: wanted });
    expect(isInstallStale(root)).toBe(true);
  });

  test("are fresh when all that this platform needs is there, whichever file is newer", () => {
    write("package-lock.json", { packages: wanted }, 2000);
    write("node_modules/.package-lock.json", { packages: installed }, 1000);
    expect(isInstallStale(root)).toBe(false);
  });

  test("are stale when the lockfile has another version", () => {
    write("package-lock.json", { packages: { ...wanted, "node_modules/zod": { version: "4.0.1", resolved: "x" } } });
    write("node_modules/.package-lock.json", { packages: installed });
    expect(isInstallStale(root)).toBe(true);
  });

  test("are stale when the lockfile has a package more", () => {
    write("package-lock.json", {
      packages: { ...wanted, "node_modules/ws": { version: "8.0.0", resolved: "ws.tgz" } },
    });
    write("node_modules/.package-lock.json", { packages: installed });
    expect(isInstallStale(root)).toBe(true);
  });

  test("are stale when the record of the installation is torn", () => {
    write("package-lock.json", { packages: wanted });
    write("node_modules/.package-lock.json", '{"packages": {');
    expect(isInstallStale(root)).toBe(true);
  });
});

describe("the build", () => {
  function agedFolder(path: string): void {
    utimesSync(join(root, path), 1000, 1000);
  }

  beforeEach(() => {
    write("host-agent/core/rate.ts", "", 1000);
    write("package.json", "{}", 1000);
    agedFolder("host-agent/core");
    agedFolder("host-agent");
  });

  test("is stale before the first one", () => {
    expect(isBuildStale(root)).toBe(true);
  });

  test("is fresh when nothing changed since", () => {
    write("dist/.built", "", 1500);
    expect(isBuildStale(root)).toBe(false);
  });

  test("is stale when a source deep down is newer", () => {
    write("dist/.built", "", 1500);
    write("host-agent/core/rate.ts", "", 1501);
    expect(isBuildStale(root)).toBe(true);
  });

  test("is stale when what compiles WebAssembly is newer, and no other script", () => {
    write("dist/.built", "", 1500);
    write("scripts/debian.mjs", "", 1501);
    expect(isBuildStale(root)).toBe(false);
    write("scripts/assembly-script.mjs", "", 1501);
    expect(isBuildStale(root)).toBe(true);
  });

  test("is stale when a source was deleted", () => {
    write("dist/.built", "", 1500);
    rmSync(join(root, "host-agent/core/rate.ts"));
    expect(isBuildStale(root)).toBe(true);
  });

  test("does not mind changed tests and documents", () => {
    write("dist/.built", "", 1500);
    write("test/core/rate.test.ts", "", 2000);
    write("README.md", "", 2000);
    expect(isBuildStale(root)).toBe(false);
  });
});

describe("prepare", () => {
  const scripts = new URL("../../scripts", import.meta.url);

  function prepare(...args: string[]) {
    cpSync(scripts, join(root, "scripts"), { recursive: true });
    return spawnSync(process.execPath, [join(root, "scripts/prepare.mjs"), ...args], { encoding: "utf8" });
  }

  test("has nothing to do and nothing to say when all is fresh", () => {
    write("package-lock.json", { packages: { "": {} } });
    write("node_modules/.package-lock.json", { packages: {} });
    // What is copied now is a source, too.
    write("dist/.built", "", Date.now() / 1000 + 60);
    const done = prepare("start");
    expect(done).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  test("says how it is used when called with something else", () => {
    const done = prepare("dance");
    expect(done.status).toBe(1);
    expect(done.stdout).toBe("");
    expect(done.stderr).toContain("start|build|test|check|bench");
  });

  test("ends with the reason when a step fails, and leaves no stamp", () => {
    write("package-lock.json", { packages: { "": {} } });
    write("node_modules/.package-lock.json", { packages: {} });
    write("package.json", "{}", 2000);
    const done = prepare("start");
    expect(done.status).toBe(1);
    expect(done.stdout).toBe("");
    expect(done.stderr).toMatch(/building the program failed/);
    expect(isBuildStale(root)).toBe(true);
  });
});
