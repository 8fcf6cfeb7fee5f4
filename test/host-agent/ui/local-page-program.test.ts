import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { launchChromium, untilState } from "../../support/browser.ts";
import { PROGRAM } from "../../support/program.ts";

/* The program as shipped, the person at it in a browser tab, the viewer in another. */
const SHARE = ["share", "--capture", "test-card", "--input", "none", "--port", "0", "--bind", "127.0.0.1"];
const ADDRESS = /Or in a browser on this computer: (http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/)/;
const LIMIT = { timeout: 10_000, interval: 50 };

let browser: Browser;
let home: string;
let child: ChildProcess;
let printed: string;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "deskbeam-page-"));
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(home, { recursive: true, force: true });
});

/** Starts the program on a terminal of its own (`script` makes one), or on pipes. */
function start(on: "terminal" | "pipes", ...args: readonly string[]): void {
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: home, TERM: "xterm", SHELL: "/bin/sh" };
  const command = [...PROGRAM, ...SHARE, ...args];
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const [program = "", ...rest] =
    on === "pipes" ? command : ["script", "-qefc", `stty cols 200 rows 60; exec ${quoted}`, "/dev/null"];
  const started = spawn(program, rest, { env });
  child = started;
  printed = "";
  started.stdout.on("data", (text) => (printed += text));
  started.stderr.on("data", (text) => (printed += text));
}

async function found(pattern: RegExp): Promise<string> {
  await expect.poll(() => pattern.test(printed), LIMIT).toBe(true);
  return pattern.exec(printed)?.[1] ?? "";
}

describe("the approval page of the built program", () => {
  test("lets a viewer in with View only, shows it, and stops the sharing", { timeout: 60_000 }, async () => {
    start("terminal");
    const address = await found(ADDRESS);
    const link = await found(/Link\s+\S*?(http:\/\/127\.0\.0\.1:\d+\/#\d+\.[\w-]{22})/);
    const page = await browser.newPage();
    await page.goto(address);
    const viewer = await (await browser.newContext()).newPage();
    await viewer.goto(link);
    await untilState(viewer, "approving");
    await page.getByRole("heading", { name: /has the code and wants to see this screen/ }).waitFor();
    await page.locator(".answers .button:not([aria-disabled])").first().waitFor();
    await page.getByRole("button", { name: "View only" }).click();
    await untilState(viewer, "live");
    expect(await viewer.locator("html").getAttribute("data-role")).toBe("view");
    await page.getByRole("heading", { name: "One viewer, nobody controls" }).waitFor();
    // The terminal has asked too, and knows that it need not any more.
    await found(/\? .*has the code/);
    await found(/(needs no answer any more)/);
    await page.getByRole("button", { name: /^Give control: / }).click();
    await viewer.locator('html[data-role="control"]').waitFor({ state: "attached" });
    await page.getByRole("button", { name: /^Take control back: / }).click();
    await viewer.locator('html[data-role="view"]').waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Pause" }).click();
    await untilState(viewer, "paused");
    await page.getByRole("button", { name: "Go on" }).click();
    await untilState(viewer, "live");
    const gone = once(child, "exit");
    await page.getByRole("button", { name: "Stop sharing" }).click();
    await page.getByText("Why: stopped here.").waitFor();
    await untilState(viewer, "ended");
    expect(await gone).toEqual([0, null]);
  });

  test("a key in the terminal answers the page's question too", { timeout: 60_000 }, async () => {
    start("terminal");
    const address = await found(ADDRESS);
    const link = await found(/Link\s+\S*?(http:\/\/127\.0\.0\.1:\d+\/#\d+\.[\w-]{22})/);
    const page = await browser.newPage();
    await page.goto(address);
    const viewer = await (await browser.newContext()).newPage();
    await viewer.goto(link);
    await page.getByRole("button", { name: "Deny" }).waitFor();
    child.stdin?.write("d");
    await page.getByRole("button", { name: "Deny" }).waitFor({ state: "detached" });
    await viewer.locator('html[data-reason="denied"]').waitFor({ state: "attached" });
    child.stdin?.write("p");
    await page.getByRole("button", { name: "Go on" }).waitFor();
  });

  test.each([
    ["with --json", "pipes", ["--json"], /"ready"/],
    ["with --quiet", "terminal", ["--quiet"], /Link.*Code/s],
    ["where the output is no terminal", "pipes", [], /Stop {4}Ctrl\+C/],
  ] as const)("is not there %s", async (_, on, args, shown) => {
    start(on, ...args);
    await found(shown);
    const gone = once(child, "close");
    if (on === "terminal") child.stdin?.write("q");
    else child.kill("SIGTERM");
    await gone;
    expect(printed).not.toContain("in a browser on this computer");
  });
});
