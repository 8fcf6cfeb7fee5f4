import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

import { stopProcess } from "../support/x-server.ts";
import { treeCpuSeconds, treeProportionalBytes, treeResidentBytes } from "./process-tree.ts";

const HELD_BYTES = 64e6;
/** Holds memory that is really written to, and has a child of its own that holds as much. */
const HOLDER = `
const held = Buffer.alloc(${HELD_BYTES}, 1);
if (process.argv[1] === "parent") {
  const child = require("node:child_process").spawn(process.execPath, ["-e", process.env.HOLDER], { stdio: "inherit" });
  process.on("SIGTERM", () => { child.kill(); process.exit(); });
} else process.stdout.write("held");
setInterval(() => held, 1000);`;

test("a tree is a process and all below it; a process that has ended holds nothing", async () => {
  const parent = spawn(process.execPath, ["-e", HOLDER, "parent"], {
    env: { ...process.env, HOLDER },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = parent.pid ?? 0;
  try {
    await once(parent.stdout, "data");
    const [tree, shared] = [treeResidentBytes([pid]), treeProportionalBytes([pid])];
    expect(tree).toBeGreaterThan(2 * HELD_BYTES);
    expect(tree).toBeLessThan(6 * HELD_BYTES);
    expect(shared).toBeGreaterThan(2 * HELD_BYTES);
    expect(shared, "the program itself is shared by both").toBeLessThan(tree);
    expect(treeCpuSeconds([pid])).toBeGreaterThan(0);
  } finally {
    await stopProcess(parent);
  }
  expect([treeResidentBytes([pid]), treeProportionalBytes([pid])]).toEqual([0, 0]);
});
