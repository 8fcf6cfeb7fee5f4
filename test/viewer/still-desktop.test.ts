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

it("a lost session comes back to a desktop on which nothing changes, although its host may not have noticed the loss", async () => {
  const server = await startTestServer();
  const host = await shareHost(server.url, { approve: "control" });
  onTestFinished(() => host.stop());
  const viewer = openNodeViewer(server.url, host);
  onTestFinished(() => viewer.close());
  const shows = (words: string | RegExp) =>
    vi.waitFor(() => expect(viewer.shown.at(-1)).toEqual(expect.stringMatching(words)), LIMIT);
  await shows("live direct");
  await vi.waitFor(() => expect(viewer.wrongPixels(host)).toBe(0), LIMIT);
  await browser.crash();
  await shows("reconnecting");
  await shows(/^live/);
  expect(viewer.wrongPixels(host)).toBe(0);
}, 60_000);
