import { randomBytes } from "node:crypto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { nodeAead } from "../../host-agent/aead/node.ts";
import { Host } from "../../host-agent/host.ts";
import { noneDriver } from "../../host-agent/input/none.ts";
import { shareOptions, shareSchema } from "../../host-agent/options.ts";
import { openNoPresence } from "../../host-agent/presence/open.ts";
import type { HostCommand, HostEvent, HostUi } from "../../host-agent/ui/host-ui.ts";
import { uptimeMs } from "../../host-agent/uptime.ts";
import { encodeControl } from "../../protocol/control.ts";
import { parseRoomCode, proofSecret } from "../../protocol/room-code.ts";
import { nobleAead } from "../../viewer/aead/noble.ts";
import { Link, type OpenLink } from "../../viewer/connect/link.ts";
import { ConnectReport } from "../../viewer/core/connect-report.ts";
import { startTestServer } from "../signaling/running.ts";
import { PaintableCapture } from "../support/paintable-capture.ts";

const LIMIT = { timeout: 5_000 };

/** A whole host over a display in memory; viewers of it have no WebRTC, as Node has none. */
async function hostOver(serverUrl: string, flags: Parameters<typeof shareSchema.parse>[0]) {
  const events: HostEvent[] = [];
  let command: (command: HostCommand) => void = () => {};
  const ui: HostUi = {
    event: (event) => events.push(event),
    notice: () => {},
    ask: () => {},
    withdraw: () => {},
    paused: () => {},
    listen: (take) => {
      command = take;
    },
    close: () => {},
  };
  const host = new Host({
    options: shareOptions(shareSchema.parse(flags)),
    capture: new PaintableCapture({ width: 64, height: 48 }),
    injector: await noneDriver.open({ display: undefined }),
    jpeg: { name: "none", encode: async () => new Uint8Array(8) },
    peers: {
      name: "none",
      open: () => {
        throw new Error("no viewer of these tests has WebRTC");
      },
    },
    ice: { probe: async () => ({ stunUrl: undefined, turn: undefined }), addresses: async () => [] },
    openAead: nodeAead,
    openPresence: openNoPresence,
    ui,
    serverUrl,
    publicUrl: serverUrl,
    nowMs: () => performance.now(),
    timeOfDayMs: () => Date.now(),
    uptimeMs,
  });
  const ended = host.run();
  onTestFinished(async () => {
    host.stop("host-stopped");
    await host.close();
  });
  const told = (name: HostEvent["event"]) => events.filter(({ event }) => event === name);
  const until = (name: HostEvent["event"], count = 1) =>
    vi.waitFor(() => expect(told(name)).toHaveLength(count), LIMIT);
  return { host, ended, events, told, until, command: (one: HostCommand) => command(one) };
}

/** A viewer that opens the newest link there is. */
function visit(serverUrl: string, events: readonly HostEvent[]) {
  const newest = events.findLast((event) => event.event === "code" || event.event === "ready");
  if (newest === undefined) throw new Error("the host is not ready");
  const entry = parseRoomCode(newest.link);
  if (entry.kind === "problem") throw new Error(`a link with a problem: ${entry.problem}`);
  let open: OpenLink | undefined;
  const link = new Link(
    {
      base: new URL(`${serverUrl}/`),
      config: Promise.resolve({ iceServers: [], relay: false, mjpeg: true }),
      room: entry.room,
      proof: { mode: entry.kind, secret: proofSecret(entry) },
      label: "Firefox on Linux",
      path: "auto",
      hurry: false,
      nowMs: () => performance.now(),
      report: new ConnectReport(),
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
      openAead: nobleAead,
    },
    {
      asking: () => {},
      progress: () => {},
      admitted: () => {},
      open: (opened) => {
        open = opened;
        opened.listen({ message: () => {}, closed: () => {} });
        opened.pipe.send(encodeControl({ kind: "use-pipe", page: 1, move: 1 }));
      },
      failed: () => {},
      hostPresent: () => {},
    },
  );
  onTestFinished(() => link.close());
  void link.start();
  return { link, opened: () => open };
}

describe("the host", () => {
  it("waits for no server once it is told to stop", async () => {
    const { host, ended, events } = await hostOver("http://127.0.0.1:1", {});
    const startMs = performance.now();
    setTimeout(() => host.stop("host-stopped"), 50);
    expect(await ended).toBe("host-stopped");
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(events).toEqual([{ event: "ended", reason: "host-stopped" }]);
  });

  it("with --once ends when the first viewer has left, though another is there", async () => {
    const { url } = await startTestServer();
    const host = await hostOver(url, { once: true, approve: "view", mjpeg: "allow" });
    await host.until("ready");
    visit(url, host.events);
    await host.until("joined");
    await host.until("code");
    visit(url, host.events);
    await host.until("joined", 2);
    host.command({ command: "kick", viewer: "v1" });
    expect(await host.ended).toBe("host-stopped");
  });

  it("gives a viewer the role that goes with a yes to an unsealed picture", async () => {
    vi.stubGlobal("RTCPeerConnection", DeafConnection);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { url } = await startTestServer();
    const host = await hostOver(url, {});
    await host.until("ready");
    visit(url, host.events);
    await host.until("knock");
    host.command({ command: "approve", viewer: "v1", role: "control" });
    await host.until("knock", 2);
    host.command({ command: "approve", viewer: "v1", role: "view", mjpeg: true });
    await host.until("joined");
    expect(host.told("joined")).toMatchObject([{ viewer: "v1", role: "view", path: "mjpeg" }]);
  });
});

/** WebRTC that is there and comes to nothing. */
class DeafConnection {
  createDataChannel() {
    return { readyState: "connecting", close: () => {} };
  }

  async createOffer(): Promise<never> {
    throw new DOMException("no offer today");
  }

  close(): void {}
}
