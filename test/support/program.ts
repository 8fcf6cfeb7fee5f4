import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const PROGRAM_FILE = fileURLToPath(new URL("../../dist/cli/deskbeam.js", import.meta.url));

/** What lets the system run it: `#!/usr/bin/env -S node`, and what Node is told. */
export const [FIRST_LINE = ""] = readFileSync(PROGRAM_FILE, "utf8").split("\n", 1);

/** The program as shipped, run without npm: by the Node that runs the tests, which is told what the first line says. */
export const PROGRAM: readonly [string, ...string[]] = [
  process.execPath,
  ...FIRST_LINE.split(" ").filter((word) => word.startsWith("--")),
  PROGRAM_FILE,
];
