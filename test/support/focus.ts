import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, vi } from "vitest";

/** Waits until the window manager has given some window the keyboard, as a person sees before typing. */
export async function untilWindowActive(display: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { stdout } = await promisify(execFile)("xprop", ["-display", display, "-root", "_NET_ACTIVE_WINDOW"]);
      expect(stdout).toMatch(/window id # 0x[1-9a-f]/);
    },
    { timeout: 15_000, interval: 100 },
  );
}
