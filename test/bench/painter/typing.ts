import { spawn } from "node:child_process";
import { once } from "node:events";
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

export type TypingResult = { readonly characters: number };

/** A terminal that shows what is typed into it. */
export async function openTerminal(x: X11Connection, displayName: string, shared: FrameBuffer): Promise<Terminal> {
  const place = `100x40+${TERMINAL.x}+${TERMINAL.y}`;
  const look = ["-fa", "DejaVu Sans Mono", "-fs", "11", "-bg", BACKGROUND, "-fg", "#e0e0e0"];
  const child = spawn("xterm", ["-geometry", place, ...look, "-e", "cat"], {
    env: { ...process.env, DISPLAY: displayName },
    stdio: "ignore",
  });
  // Without a window manager the keyboard is where the pointer is.
  x.client.WarpPointer(0, x.root, 0, 0, 0, 0, TERMINAL.x + 700, TERMINAL.y + 500);
  const keys = await openKeys(x);
  const endMs = monotonicMs() + OPEN_LIMIT_MS;
  while (!shared.read(TEXT).includes(BACKGROUND_PIXEL)) {
    if (monotonicMs() > endMs || child.exitCode !== null) throw new Error("xterm did not open within 10 s.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    type: async ({ count, periodMs, seed }) => {
      const letters = words(count, seed);
      const empty = shared.read(TEXT);
      let dueMs = monotonicMs();
      for (const [index, letter] of letters.entries()) {
        watchUntil(dueMs, () => false);
        keys.press(letter);
        if (index % LINE_LENGTH === LINE_LENGTH - 1) keys.press("\n");
        await x.settled();
        dueMs += periodMs;
      }
      watchUntil(dueMs, () => false);
      if (shared.read(TEXT).equals(empty)) throw new Error("Nothing that was typed appeared in xterm.");
      return { characters: letters.length };
    },
    close: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill();
      await gone;
    },
  };
}

export type Terminal = {
  type(wish: { readonly count: number; readonly periodMs: number; readonly seed: number }): Promise<TypingResult>;
  close(): Promise<void>;
};

function words(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    random() < 0.17 ? " " : String.fromCharCode(97 + Math.floor(random() * 26)),
  );
}

async function openKeys(x: X11Connection): Promise<{ press(letter: string): void }> {
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
