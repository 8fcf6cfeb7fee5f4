#!/usr/bin/env -S node --max-semi-space-size=4 --v8-pool-size=1 --no-memory-reducer
// Young objects get 3 x 4 MiB instead of 3 x 16, and one thread beside this one compiles and collects instead of four, each
// of which keeps memory of its own: 40 MB less in all, and nothing measured got slower. And whoever pauses is not followed, ten
// seconds later, by a tenth of a second of collecting what is collected anyway when there is more.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { z } from "zod";

import { HostError } from "../host-agent/errors.ts";
import { UsageError } from "../host-agent/options.ts";
import { ServerError } from "../signaling/errors.ts";
import { readCommandLine } from "./command-line.ts";

/** Everything is closed when a command returns; a library that still holds the process open is not waited for longer. */
const LINGER_LIMIT_MS = 500;

process.exitCode = await run(process.argv.slice(2)).catch(exitCodeOf);
setTimeout(() => process.exit(), LINGER_LIMIT_MS).unref();

async function run(argv: readonly string[]): Promise<number> {
  const invocation = readCommandLine(argv, { environment: process.env, homeFolder: homedir(), version: ownVersion() });
  // Each is loaded only when it runs: neither waits for the libraries of the other, and wrong usage for none of them.
  switch (invocation.command) {
    case "share":
      return (await import("./run-share.ts")).runShare(invocation.options);
    case "serve":
      return (await import("./run-serve.ts")).runServe(invocation.options);
    case "doctor":
      throw new UsageError("doctor: not yet in this version", "Run deskbeam: it says what it found and what it lacks.");
    case "print":
      process.stdout.write(invocation.text);
      return 0;
  }
}

/** 2 for wrong usage, 1 for what the world refused; a bug ends the program with its stack, which is 1 too. */
function exitCodeOf(error: unknown): number {
  const isExpected = error instanceof UsageError || error instanceof HostError || error instanceof ServerError;
  if (!isExpected) throw error;
  process.stderr.write(`deskbeam: ${error.message}\n  ${error.hint}\n`);
  return error instanceof UsageError ? 2 : 1;
}

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
