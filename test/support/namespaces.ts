import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Every namespace of the tests starts with this and the number of the process that made it. */
const PREFIX = "deskbeam-";
let made = 0;

/** A name for one more, by which it can be told who made it. */
export const namespaceName = (name: string) => `${PREFIX}${process.pid}-${made++}-${name}`;

/** What `ip` is told, with its own words when it refuses. */
export async function ip(...words: readonly (string | number)[]): Promise<string> {
  const { stdout } = await run("ip", words.map(String));
  return stdout;
}

/**
 * Makes a network namespace whose loopback is up, and gives its full name. Needs root and the right to make namespaces;
 * where the system refuses, this rejects with a sentence that says so, and the test fails by name.
 */
export async function addNamespace(name: string): Promise<string> {
  const full = namespaceName(name);
  try {
    await ip("netns", "add", full);
  } catch (error) {
    const why = error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error);
    throw new Error(
      `This machine refuses network namespaces, which this test needs (be root with CAP_SYS_ADMIN): ${why}`,
    );
  }
  await ip("-n", full, "link", "set", "lo", "up");
  return full;
}

/** Ends what still runs in it, then the namespace; its devices go with it. One that is not there is fine. */
export async function removeNamespace(name: string): Promise<void> {
  const pids = await ip("netns", "pids", name).catch(() => "");
  for (const pid of pids.split("\n").filter((line) => line !== "")) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Ended by itself in the meantime.
    }
  }
  await ip("netns", "del", name).catch(() => undefined);
}

/** Removes the namespaces of test runs and benchmarks that were killed before they could, and ends what runs in them. */
export async function removeForgottenNamespaces(): Promise<void> {
  const names = await readdir("/run/netns").catch(() => []);
  for (const name of names) {
    const maker = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (maker !== undefined && !isAlive(Number(maker))) await removeNamespace(name);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process: what the question is about.
    return false;
  }
}

/** Writes a program that runs the given one after `inside`: for whoever wants a path and not a command line. */
export async function writeWrapper(folder: string, inside: readonly string[], program: string): Promise<string> {
  const path = join(await mkdtemp(join(folder, "wrapper-")), program.split("/").at(-1) ?? "program");
  const quoted = [...inside, program].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await writeFile(path, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

export type TwoMachines = {
  /** Names of two network namespaces on one cable, and their addresses. */
  readonly near: { readonly name: string; readonly address: string };
  readonly far: { readonly name: string; readonly address: string };
  /** A program that runs the given one inside a namespace: for whoever wants a path and not a command line. */
  wrapper(namespace: string, program: string): Promise<string>;
  remove(): Promise<void>;
};

/** Two machines joined by a cable, as network namespaces. */
export async function twoMachines(): Promise<TwoMachines> {
  const folder = await mkdtemp(join(tmpdir(), "deskbeam-namespaces-"));
  const names: string[] = [];
  const remove = async () => {
    for (const name of names) await removeNamespace(name);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const add = async (name: string, address: string) => {
      const full = await addNamespace(name);
      names.push(full);
      return { name: full, address };
    };
    const near = await add("near", "10.77.0.1");
    const far = await add("far", "10.77.0.2");
    // Named like a network card: werift leaves interfaces out that look virtual.
    const peer = ["peer", "name", "eth0", "netns", far.name];
    await ip("link", "add", "eth0", "netns", near.name, "type", "veth", ...peer);
    for (const { name, address } of [near, far]) {
      await ip("-n", name, "address", "add", `${address}/24`, "dev", "eth0");
      await ip("-n", name, "link", "set", "eth0", "up");
      await ip("-n", name, "route", "add", "default", "dev", "eth0");
    }
    const wrapper = (namespace: string, program: string) =>
      writeWrapper(folder, ["ip", "netns", "exec", namespace], program);
    return { near, far, wrapper, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
