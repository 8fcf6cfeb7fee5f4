import { type ChildProcess, spawn } from "node:child_process";
import { stopProcess } from "../../support/x-server.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import type { X11Connection } from "./painted-display.ts";
import { seededRandom } from "./random.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";

const TERMINAL = { x: 300, y: 150 } as const;
const LINE_LENGTH = 60;
const RETURN_KEYSYM = 0xff0d;
const OPEN_LIMIT_MS = 10_000;
const BACKGROUND = "#101418";
/** Blue, green, red. The display behind the terminal is black. */
const BACKGROUND_PIXEL = Buffer.from([0x18, 0x14, 0x10]);

/** Where the terminal's text is, on its 100 x 40 cells at least. */
const TEXT = { x: TERMINAL.x + 10, y: TERMINAL.y + 10, width: 500, height: 400 } as const;

/** A terminal that shows what is typed into it. */
export class TerminalScene {
  private readonly x: X11Connection;
  private readonly shared: FrameBuffer;
  private readonly terminal: ChildProcess;
  private readonly keys: Keys;

  private constructor(x: X11Connection, shared: FrameBuffer, terminal: ChildProcess, keys: Keys) {
    this.x = x;
    this.shared = shared;
    this.terminal = terminal;
    this.keys = keys;
  }

  static async open(x: X11Connection, shared: FrameBuffer): Promise<TerminalScene> {
    const place = `100x40+${TERMINAL.x}+${TERMINAL.y}`;
    const look = ["-fa", "DejaVu Sans Mono", "-fs", "11", "-bg", BACKGROUND, "-fg", "#e0e0e0"];
    const terminal = spawn("xterm", ["-geometry", place, ...look, "-e", "cat"], {
      env: { ...process.env, DISPLAY: x.displayName },
      stdio: "ignore",
    });
    let failure: Error | undefined;
    terminal.once("error", (error) => {
      failure = error;
    });
    const scene = new TerminalScene(x, shared, terminal, await openKeys(x));
    // Without a window manager the keyboard is where the pointer is.
    x.client.WarpPointer(0, x.root, 0, 0, 0, 0, TERMINAL.x + 700, TERMINAL.y + 500);
    await x.settled();
    const endMs = monotonicMs() + OPEN_LIMIT_MS;
    while (!shared.read(TEXT).includes(BACKGROUND_PIXEL)) {
      if (failure !== undefined) throw new Error(`xterm cannot be run: ${failure.message}`);
      if (monotonicMs() > endMs || terminal.exitCode !== null) throw new Error("xterm did not open within 10 s.");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return scene;
  }

  async type(wish: {
    readonly count: number;
    readonly periodMs: number;
    readonly seed: number;
  }): Promise<{ readonly characters: number }> {
    const letters = words(wish.count, wish.seed);
    const before = this.shared.read(TEXT);
    let dueMs = monotonicMs();
    for (const [index, letter] of letters.entries()) {
      watchUntil(dueMs, () => false);
      this.keys.press(letter);
      if (index % LINE_LENGTH === LINE_LENGTH - 1) this.keys.press("\n");
      await this.x.settled();
      dueMs += wish.periodMs;
    }
    watchUntil(dueMs, () => false);
    const { exitCode, signalCode } = this.terminal;
    if (exitCode !== null || signalCode !== null) throw new Error(`xterm ended meanwhile (${exitCode ?? signalCode}).`);
    if (this.shared.read(TEXT).equals(before)) throw new Error("Nothing that was typed appeared in xterm.");
    return { characters: letters.length };
  }

  async close(): Promise<void> {
    await stopProcess(this.terminal);
  }
}

function words(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    random() < 0.17 ? " " : String.fromCharCode(97 + Math.floor(random() * 26)),
  );
}

type Keys = { press(letter: string): void };

async function openKeys(x: X11Connection): Promise<Keys> {
  const { min_keycode: first, max_keycode: last } = x.display;
  const rows = await x.ask<readonly (readonly number[])[]>((reply) =>
    x.client.GetKeyboardMapping(first, last - first + 1, reply),
  );
  const xtest = await x.extension("xtest");
  return {
    press: (letter) => {
      // A letter's keysym is its code point; the first column is the one without Shift.
      const keysym = letter === "\n" ? RETURN_KEYSYM : letter.codePointAt(0);
      const row = rows.findIndex((keysyms) => keysyms[0] === keysym);
      if (row < 0) throw new Error(`The keyboard of the shared display has no key for ${JSON.stringify(letter)}.`);
      xtest.FakeInput(xtest.KeyPress, first + row, 0, 0, 0, 0);
      xtest.FakeInput(xtest.KeyRelease, first + row, 0, 0, 0, 0);
    },
  };
}
