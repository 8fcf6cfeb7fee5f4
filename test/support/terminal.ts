import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { untilWindowActive } from "./focus.ts";
import type { Desktop } from "./x-server.ts";

const LIMIT = { timeout: 20_000, interval: 50 };

/** A terminal with the keyboard, and what is printed in it. It ends with its desktop; its transcript with `close`. */
export type Terminal = {
  /** Waits until this is printed. */
  readonly says: (text: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** @param geometry as xterm's: columns x rows + left + top */
export async function openTerminal(desktop: Desktop, geometry: string): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), "deskbeam-terminal-"));
  const transcript = join(folder, "transcript");
  desktop.run("xterm", ["-geometry", geometry, "-e", "script", "-q", "-f", transcript]);
  await untilWindowActive(desktop.display);
  return {
    says: (text) => vi.waitFor(async () => expect(await readFile(transcript, "utf8")).toContain(text), LIMIT),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
