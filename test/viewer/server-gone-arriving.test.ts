import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { startTestServer } from "../signaling/running.ts";
import { installNodeBrowser, type NodeBrowser } from "../support/node-browser.ts";
import { openNodeViewer } from "../support/node-viewer.ts";
import { shareHost } from "../support/shared-host.ts";

/** Seconds for a connection that may still open, and three more tries with their waits. */
const LIMIT = { timeout: 15_000, interval: 20 };

describe("a server that goes away between the admission and the first way", () => {
  let browser: NodeBrowser;
  let connect: () => void;
  beforeEach(() => {
    browser = installNodeBrowser();
    connect = browser.holdConnections();
  });
  afterEach(() => browser.restore());

  /** Let in, and looking for a way that WebRTC does not find yet. */
  async function arrive() {
    const server = await startTestServer();
    const host = await shareHost(server.url, { approve: "control" });
    onTestFinished(() => host.stop());
    const viewer = openNodeViewer(server.url, host, { relay: false, mjpeg: true });
    onTestFinished(() => viewer.close());
    const isLookingForWays = () => expect(viewer.report.snapshot.steps.direct.at).toBe("trying");
    await vi.waitFor(() => expect(viewer.shown.at(-1)).toBe("connecting"), LIMIT);
    await vi.waitFor(isLookingForWays, LIMIT);
    return { server, viewer };
  }

  it("is named as what is wrong, soon, and nobody is asked for the last way there is", async () => {
    const { server, viewer } = await arrive();
    await server.close();
    await vi.waitFor(
      () => expect(viewer.session.state).toEqual({ kind: "join", problem: "server-unreachable" }),
      LIMIT,
    );
    expect(viewer.report.snapshot.steps.mjpeg.at).not.toBe("trying");
  }, 30_000);

  it("is found again when it is back, although its rooms come back later than itself", async () => {
    const { server, viewer } = await arrive();
    await server.close();
    await startTestServer({ port: server.port });
    connect();
    await vi.waitFor(() => expect(viewer.shown.at(-1)).toBe("live direct"), LIMIT);
    expect(viewer.shown).not.toContain("join");
  }, 30_000);
});
