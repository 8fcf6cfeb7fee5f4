import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { startTestServer } from "../signaling/running.ts";
import { installNodeBrowser, type NodeBrowser } from "../support/node-browser.ts";
import { openNodeViewer } from "../support/node-viewer.ts";
import { shareHost } from "../support/shared-host.ts";

const LIMIT = { timeout: 20_000, interval: 20 };

let browser: NodeBrowser;
beforeEach(() => {
  browser = installNodeBrowser();
});
afterEach(() => browser.restore());

it("a page that was given control keeps it when it moves, although it was let in to look on", async () => {
  const connect = browser.holdConnections();
  const server = await startTestServer();
  const host = await shareHost(server.url, { approve: "view" });
  onTestFinished(() => host.stop());
  const viewer = openNodeViewer(server.url, host);
  onTestFinished(() => viewer.close());
  await vi.waitFor(() => expect(viewer.shown.at(-1)).toBe("live relay"), LIMIT);
  expect(new Set(viewer.roles)).toEqual(new Set(["view"]));
  host.ui.command({ command: "grant", viewer: "v1" });
  await vi.waitFor(() => expect(viewer.roles).toContain("control"), LIMIT);
  connect();
  await vi.waitFor(() => expect(viewer.shown.at(-1)).toBe("live direct"), LIMIT);
  expect(new Set(viewer.roles.slice(viewer.roles.indexOf("control")))).toEqual(new Set(["control"]));
}, 60_000);
