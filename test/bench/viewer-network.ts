import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { compileShaper, type Link, type LinkQuality, linkUp, startLink } from "../lab/link.ts";
import { isAlive, namespaceName, removeForgottenNamespaces } from "../support/namespaces.ts";

/** Addresses set aside for benchmarks between networks (RFC 2544), so none that a real network here would use. */
const HOST_ADDRESS = "198.18.77.1";
const VIEWER_ADDRESS = "198.18.77.2";
/** The line's end on this machine starts with this and the number of the process that laid it. */
const HOST_END = "dbh";
const ETHERNET_HEADER_BYTES = 14;
/** The same packets are lost in every run. */
const SEED = 5;

/** IP bytes, headers included. */
export type Traffic = { readonly toViewerBytes: number; readonly toHostBytes: number };

export type ViewerNetwork = {
  /** Where the viewer reaches programs of this machine. */
  readonly hostAddress: string;
  /** Put before a command, runs it on the viewer's side. */
  readonly enter: readonly string[];
  /** What has passed since the start. */
  traffic(): Traffic;
  /** How long packets to the viewer waited for the line since the last call; undefined on a cable, where none does. */
  queueP95Ms(): Promise<number | undefined>;
  processIds(): number[];
  close(): Promise<void>;
};

/**
 * A network namespace for the browser, joined to this machine by one line. All that passes it is between the browser and
 * the product under test, TCP and UDP alike, so the counters of its ends are the bytes on the wire. What benchmarks that
 * were killed have left goes first.
 * @param line how it treats packets, each way; undefined: a virtual cable, as fast as the machine
 */
export async function openViewerNetwork(line: Partial<LinkQuality> | undefined): Promise<ViewerNetwork> {
  await removeForgotten();
  const name = namespaceName("bench");
  // Named like a network card: werift, in viewers without a browser, leaves interfaces out that look virtual.
  const ends = { host: `${HOST_END}${process.pid}`, viewer: "eth0" };
  ip("netns", "add", name);
  let link: Link | undefined;
  try {
    link = line === undefined ? undefined : await layLine(name, ends, line);
    if (link === undefined) layCable(name, ends);
    ip("addr", "add", `${HOST_ADDRESS}/30`, "dev", ends.host);
    ip(...linkUp(ends.host));
    ip("-n", name, "addr", "add", `${VIEWER_ADDRESS}/30`, "dev", ends.viewer);
    ip("-n", name, ...linkUp(ends.viewer));
    ip("-n", name, "link", "set", "lo", "up");
    // Browsers ask for the default route's address when they look for their own.
    ip("-n", name, "route", "add", "default", "via", HOST_ADDRESS);
    return networkOver(name, ends, link);
  } catch (error) {
    await link?.stop();
    ip("netns", "delete", name);
    throw error;
  }
}

/**
 * Of processes that have ended. Their lines are deleted before their namespaces: those take a line along only some time
 * later, and as long as it is there this machine answers the new viewer, which has the same address, on the old line.
 */
async function removeForgotten(): Promise<void> {
  for (const [, device = "", maker] of ip("-oneline", "link").matchAll(new RegExp(`: (${HOST_END}(\\d+))[:@]`, "g"))) {
    if (isAlive(Number(maker))) continue;
    try {
      ip("link", "delete", device);
    } catch {
      // Gone by itself in the meantime: a line that is slow ends with its program.
    }
  }
  await removeForgottenNamespaces();
}

type Ends = { readonly host: string; readonly viewer: string };

function layCable(namespace: string, ends: Ends): void {
  ip("link", "add", ends.host, "type", "veth", "peer", "name", ends.viewer, "netns", namespace);
  // As on a real cable: without these the kernel hands over TCP in pieces of 64 KB with one header.
  ip("link", "set", ends.host, "gso_max_segs", "1");
  ip("-n", namespace, "link", "set", ends.viewer, "gso_max_segs", "1");
}

/** Kernels without netem have no line that is slow or loses packets; the lab's small program is one. */
async function layLine(namespace: string, ends: Ends, quality: Partial<LinkQuality>): Promise<Link> {
  const folder = mkdtempSync(join(tmpdir(), "deskbeam-line-"));
  try {
    const shaper = await compileShaper(folder);
    const viewerEnd = { namespace, device: ends.viewer };
    const link = await startLink(shaper, viewerEnd, { namespace: undefined, device: ends.host }, SEED);
    await link.shape(quality);
    return link;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function networkOver(name: string, ends: Ends, link: Link | undefined): ViewerNetwork {
  const counter = (what: string) => Number(readFileSync(`/sys/class/net/${ends.host}/statistics/${what}`, "utf8"));
  // The line's devices carry IP and nothing around it.
  const headerBytes = link === undefined ? ETHERNET_HEADER_BYTES : 0;
  const ipBytes = (way: "tx" | "rx") => counter(`${way}_bytes`) - headerBytes * counter(`${way}_packets`);
  return {
    hostAddress: HOST_ADDRESS,
    enter: ["ip", "netns", "exec", name],
    traffic: () => ({ toViewerBytes: ipBytes("tx"), toHostBytes: ipBytes("rx") }),
    queueP95Ms: async () => {
      const count = await link?.count();
      await link?.forget();
      return count?.down.queueMs.p95;
    },
    processIds: () => ip("netns", "pids", name).split("\n").filter(Boolean).map(Number),
    close: async () => {
      if (link === undefined) ip("link", "delete", ends.host);
      else await link.stop();
      ip("netns", "delete", name);
    },
  };
}

function ip(...words: readonly (string | number)[]): string {
  const args = words.map(String);
  const done = spawnSync("ip", args, { encoding: "utf8" });
  if (done.error !== undefined) throw new Error(`"ip" cannot be run (${done.error.message}): install iproute2.`);
  if (done.status === 0) return done.stdout;
  const why = done.stderr.trim();
  throw new Error(
    `"ip ${args.join(" ")}" failed: ${why}. The benchmark counts bytes on a network namespace of its own, which needs root: run it with sudo.`,
  );
}
