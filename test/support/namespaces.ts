import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type TwoMachines = {
  /** Names of two network namespaces on one cable, and their addresses. */
  readonly near: { readonly name: string; readonly address: string };
  readonly far: { readonly name: string; readonly address: string };
  /** A program that runs the given one inside a namespace: for whoever wants a path and not a command line. */
  wrapper(namespace: string, program: string): Promise<string>;
  remove(): Promise<void>;
};

/**
 * Two machines joined by a cable, as network namespaces. Needs root and the right to make namespaces; where the system
 * refuses, this rejects with its words and the test fails by name.
 */
export async function twoMachines(): Promise<TwoMachines> {
  const id = `db${process.pid}`;
  const near = { name: `${id}a`, address: "10.77.0.1" };
  const far = { name: `${id}b`, address: "10.77.0.2" };
  const folder = await mkdtemp(join(tmpdir(), "deskbeam-namespaces-"));
  const remove = async () => {
    // The cable goes with the namespaces; one that was never made has nothing to remove.
    for (const { name } of [near, far]) await run("ip", ["netns", "del", name]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const { name } of [near, far]) {
      await run("ip", ["netns", "add", name]);
      await run("ip", ["-n", name, "link", "set", "lo", "up"]);
    }
    // Named like a network card: werift leaves interfaces out that look virtual.
    const peer = ["peer", "name", "eth0", "netns", far.name];
    await run("ip", ["link", "add", "eth0", "netns", near.name, "type", "veth", ...peer]);
    for (const { name, address } of [near, far]) {
      await run("ip", ["-n", name, "address", "add", `${address}/24`, "dev", "eth0"]);
      await run("ip", ["-n", name, "link", "set", "eth0", "up"]);
      await run("ip", ["-n", name, "route", "add", "default", "dev", "eth0"]);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    near,
    far,
    wrapper: async (namespace, program) => {
      const path = join(folder, `${namespace}-${program.replaceAll("/", "-")}`);
      await writeFile(path, `#!/bin/sh\nexec ip netns exec ${namespace} ${program} "$@"\n`);
      await chmod(path, 0o755);
      return path;
    },
    remove,
  };
}
