import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Addresses set aside for benchmarks between networks (RFC 2544), so none that a real network here would use. */
const HOST_ADDRESS = "198.18.77.1";
const VIEWER_ADDRESS = "198.18.77.2";
const ETHERNET_HEADER_BYTES = 14;

/** IP bytes, headers included. */
export type Traffic = { readonly toViewerBytes: number; readonly toHostBytes: number };

export type ViewerNetwork = {
  /** Where the viewer reaches programs of this machine. */
  readonly hostAddress: string;
  /** Put before a command, runs it on the viewer's side. */
  readonly enter: readonly string[];
  /** What has passed since the start. */
  traffic(): Traffic;
  processIds(): number[];
  close(): void;
};

/**
 * A network namespace for the browser, joined to this machine by one virtual cable. All that passes the cable is between
 * the browser and the product under test, TCP and UDP alike, so the counters of its ends are the bytes on the wire.
 */
export function openViewerNetwork(): ViewerNetwork {
  const name = `deskbeam-bench-${process.pid}`;
  const hostEnd = `dbh${process.pid}`;
  const viewerEnd = `dbv${process.pid}`;
  ip("netns", "add", name);
  try {
    ip("link", "add", hostEnd, "type", "veth", "peer", "name", viewerEnd, "netns", name);
    // As on a real cable: without these the kernel hands over TCP in pieces of 64 KB with one header.
    ip("link", "set", hostEnd, "gso_max_segs", "1");
    ip("-n", name, "link", "set", viewerEnd, "gso_max_segs", "1");
    ip("addr", "add", `${HOST_ADDRESS}/30`, "dev", hostEnd);
    ip("link", "set", hostEnd, "up");
    ip("-n", name, "addr", "add", `${VIEWER_ADDRESS}/30`, "dev", viewerEnd);
    ip("-n", name, "link", "set", viewerEnd, "up");
    ip("-n", name, "link", "set", "lo", "up");
    // Browsers ask for the default route's address when they look for their own.
    ip("-n", name, "route", "add", "default", "via", HOST_ADDRESS);
  } catch (error) {
    ip("netns", "delete", name);
    throw error;
  }
  const counter = (what: string) => Number(readFileSync(`/sys/class/net/${hostEnd}/statistics/${what}`, "utf8"));
  const ipBytes = (way: "tx" | "rx") => counter(`${way}_bytes`) - ETHERNET_HEADER_BYTES * counter(`${way}_packets`);
  return {
    hostAddress: HOST_ADDRESS,
    enter: ["ip", "netns", "exec", name],
    traffic: () => ({ toViewerBytes: ipBytes("tx"), toHostBytes: ipBytes("rx") }),
    processIds: () => ip("netns", "pids", name).split("\n").filter(Boolean).map(Number),
    close: () => {
      ip("link", "delete", hostEnd);
      ip("netns", "delete", name);
    },
  };
}

function ip(...args: string[]): string {
  const done = spawnSync("ip", args, { encoding: "utf8" });
  if (done.error !== undefined) throw new Error(`"ip" cannot be run (${done.error.message}): install iproute2.`);
  if (done.status === 0) return done.stdout;
  const why = done.stderr.trim();
  throw new Error(
    `"ip ${args.join(" ")}" failed: ${why}. The benchmark counts bytes on a network namespace of its own, which needs root: run it with sudo.`,
  );
}
