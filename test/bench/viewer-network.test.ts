import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { addNamespace, ip, removeForgottenNamespaces, removeNamespace } from "../support/namespaces.ts";
import { stopProcess } from "../support/x-server.ts";

const MAIN = fileURLToPath(new URL("main.mjs", import.meta.url));
const GREET = `require("node:net").connect(...process.argv.slice(1)).on("data", (word) => process.stdout.write(word));`;
const heldSchema = z.object({
  namespace: z.string(),
  hostAddress: z.string(),
  port: z.number(),
  viewerPid: z.number(),
});
type Holder = z.infer<typeof heldSchema> & { readonly process: ChildProcess };

/** The benchmarks' machine: they would be in the way of one that somebody runs on this. */
let machine: string;
const running: ChildProcess[] = [];
beforeEach(async () => {
  machine = await addNamespace("bench-machine");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(stopProcess));
  await removeNamespace(machine);
  await removeForgottenNamespaces();
});

/** With this machine's files: `ip netns exec` would hide the namespaces that are made from others. */
const within = (namespace: string) => [`--net=/run/netns/${namespace}`];

async function begin(line: string): Promise<Holder> {
  const args = [...within(machine), process.execPath, MAIN, "network-holder.ts", line];
  const child = spawn("nsenter", args, { stdio: ["ignore", "pipe", "inherit"] });
  running.push(child);
  const [said] = await once(child.stdout, "data", { signal: AbortSignal.timeout(15_000) });
  return { ...heldSchema.parse(JSON.parse(String(said))), process: child };
}

async function kill({ process: child }: Holder): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** What the machine still has of it. */
async function left({ namespace, process: child }: Holder) {
  const devices = await ip("-n", machine, "-oneline", "link");
  return {
    namespace: (await readdir("/run/netns")).includes(namespace),
    line: devices.includes(`: dbh${child.pid}@`),
  };
}

/** What its viewer is told by its machine. */
async function greeting({ namespace, hostAddress, port }: Holder): Promise<string> {
  const args = [...within(namespace), process.execPath, "-e", GREET, String(port), hostAddress];
  return (await promisify(execFile)("nsenter", args, { timeout: 3000 })).stdout;
}

describe("what a benchmark leaves that is killed", () => {
  it("is taken away by the next one, whose viewer reaches the machine", async () => {
    const killed = await begin("cable");
    await kill(killed);
    expect(await left(killed)).toEqual({ namespace: true, line: true });
    const next = await begin("cable");
    expect(await left(killed)).toEqual({ namespace: false, line: false });
    expect(await left(next)).toEqual({ namespace: true, line: true });
    expect(await greeting(next)).toBe("welcome");
    // An ended process has no command line, whether somebody has asked for its exit code or not.
    const command = () => readFile(`/proc/${killed.viewerPid}/cmdline`, "utf8").catch(() => "");
    await vi.waitFor(async () => expect(await command()).toBe(""), { timeout: 2000 });
  });

  it("is taken away also where the line is a slow one", async () => {
    const killed = await begin("slow");
    await kill(killed);
    const next = await begin("slow");
    expect((await left(killed)).namespace).toBe(false);
    expect(await greeting(next)).toBe("welcome");
  });

  it("is taken away from beside one that lives, which keeps what it has", async () => {
    const living = await begin("cable");
    const killed = await begin("cable");
    await kill(killed);
    await begin("cable");
    expect(await left(killed)).toEqual({ namespace: false, line: false });
    expect(await left(living)).toEqual({ namespace: true, line: true });
    expect(await greeting(living)).toBe("welcome");
  });
});
