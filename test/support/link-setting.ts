import { randomBytes } from "node:crypto";
import { nobleAead } from "../../viewer/aead/noble.ts";
import type { LinkSetting } from "../../viewer/connect/link.ts";
import { ConnectReport } from "../../viewer/core/connect-report.ts";

/** What a page of this server gives to its links. Without the relay, so that a test says so where it has one. */
export function linkSetting(serverUrl: string): LinkSetting {
  return {
    base: new URL(`${serverUrl}/`),
    config: Promise.resolve({ iceServers: [], mjpeg: true, relay: false }),
    label: "Firefox on Linux",
    path: "auto",
    nowMs: () => performance.now(),
    report: new ConnectReport(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    openAead: nobleAead,
  };
}
