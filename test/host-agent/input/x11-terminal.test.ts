import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { x11Input } from "../../../host-agent/input/x11.ts";
import { setLayout } from "../../support/keyboard-layout.ts";
import { PRINTABLE_ASCII, press, release, typeKeys } from "../../support/strokes.ts";
import { startXServer, stopProcess, type XServer } from "../../support/x-server.ts";

const LIMIT_MS = 15_000;
const LINE = `${PRINTABLE_ASCII}€ñßéΩ漢😀`;

let server: XServer;
let terminal: ChildProcess;
let folder: string;
let file: string;

beforeEach(async () => {
  server = await startXServer({ width: 800, height: 600 });
  folder = mkdtempSync(join(tmpdir(), "deskbeam-typed-"));
  file = join(folder, "typed");
});
afterEach(async () => {
  await stopProcess(terminal);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!holds()) {
    if (performance.now() > endMs)
      throw new Error(`waited for ${what}; typed: ${existsSync(file) ? readFileSync(file, "utf8") : "nothing"}`);
    await wait(20);
  }
}

// A terminal made by others, over Xlib, is the judge here: neither our key map reader nor our recorder has a say.
test.each(["us", "de", "fr"])("a real terminal gets exactly what was typed, on the layout %s", async (layout) => {
  setLayout(server.display, layout);
  terminal = spawn("xterm", ["-geometry", "130x40+0+0", "-e", "sh", "-c", `exec cat > ${file}`], {
    env: { ...process.env, DISPLAY: server.display, LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
    stdio: "ignore",
  });
  await until("the terminal", () => existsSync(file));
  const injector = await x11Input({}).open({ display: server.display });
  try {
    // Without a window manager the window under the pointer has the keyboard.
    injector.pointer({ x: 300, y: 200 });
    const lines: string[] = [];
    const typeLine = (modifiers: readonly string[]) => {
      for (const name of modifiers) press(injector, name);
      typeKeys(injector, LINE);
      for (const name of modifiers) release(injector, name);
      press(injector, "Enter");
      release(injector, "Enter");
      lines.push(LINE);
    };
    typeLine([]);
    typeLine(["ShiftLeft"]);
    press(injector, "CapsLock");
    release(injector, "CapsLock");
    typeLine([]);
    typeLine(["ControlLeft", "AltRight"]);
    await injector.settled();
    await until("four lines", () => readFileSync(file, "utf8").split("\n").length > 4);
    expect(readFileSync(file, "utf8").split("\n")).toEqual([...lines, ""]);
  } finally {
    await injector.close();
  }
});
