import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { HostEvent } from "../../host-agent/ui/host-ui.ts";
import { startTestServer } from "../signaling/running.ts";
import { type SharedHost, shareHost, unopenedHost } from "../support/shared-host.ts";
import { linkProof, visit } from "../support/visitor.ts";

const LIMIT = { timeout: 5_000 };

/** A host, and viewers that open its newest link and get the unsealed picture: Node has no WebRTC. */
async function share(flags: Record<string, unknown>) {
  const { url } = await startTestServer();
  const host = await shareHost(url, flags);
  onTestFinished(() => host.stop());
  const come = () => {
    const visitor = visit(url, host.room, linkProof(host.link()), { path: "auto" });
    onTestFinished(() => visitor.close());
  };
  return { ...host, come };
}

const until = (host: Pick<SharedHost, "eventsOf">, name: HostEvent["event"], count = 1) =>
  vi.waitFor(() => expect(host.eventsOf(name)).toHaveLength(count), LIMIT);

describe("the host", () => {
  it("waits for no server once it is told to stop", async () => {
    const { host, ui } = await unopenedHost("http://127.0.0.1:1");
    const ended = host.run();
    onTestFinished(() => host.close());
    const startMs = performance.now();
    setTimeout(() => host.stop("host-stopped"), 50);
    expect(await ended).toBe("host-stopped");
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(ui.events).toEqual([{ event: "ended", reason: "host-stopped" }]);
  });

  it("with --once ends when the first viewer has left, though another is there", async () => {
    const host = await share({ once: true, approve: "view", mjpeg: "allow" });
    host.come();
    await until(host, "joined");
    await until(host, "code");
    host.come();
    await until(host, "joined", 2);
    expect(host.eventsOf("ended")).toEqual([]);
    host.ui.command({ command: "kick", viewer: "v1" });
    await vi.waitFor(() => expect(host.eventsOf("ended")).toMatchObject([{ reason: "host-stopped" }]), LIMIT);
  });

  it("gives a viewer the role that goes with a yes to an unsealed picture", async () => {
    vi.stubGlobal("RTCPeerConnection", DeafConnection);
    onTestFinished(() => void vi.unstubAllGlobals());
    const host = await share({});
    host.come();
    await until(host, "knock");
    host.ui.command({ command: "approve", viewer: "v1", role: "control" });
    await until(host, "knock", 2);
    host.ui.command({ command: "approve", viewer: "v1", role: "view", mjpeg: true });
    await until(host, "joined");
    expect(host.eventsOf("joined")).toMatchObject([{ viewer: "v1", role: "view", path: "mjpeg" }]);
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
