import { once } from "node:events";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { RELAY_PATH } from "../../protocol/signaling.ts";
import { launchChromium, untilPath, untilState, viewerStats } from "../support/browser.ts";
import { type RunningHost, type RunningServe, startHost, startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";

const LIMIT = { timeout: 20_000, interval: 100 };
const SECRET = { DESKBEAM_RELAY_SECRET: "shared by server and relay" };
/** As behind a strict firewall: WebRTC is there, but finds no way. */
const ONLY_RELAYS = `window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
};`;

const data = (page: Page) => page.evaluate(() => ({ ...document.documentElement.dataset }));
const paintedBytes = async (page: Page) => (await viewerStats(page)).screen.bytes;

describe("a relay on a process of its own", () => {
  let relayPort: number;
  let relay: RunningServe;
  let serve: RunningServe;
  let host: RunningHost;
  let link: string;
  let browser: Browser;
  let relayed: Page;

  beforeAll(async () => {
    const serverPort = await freePort();
    relayPort = await freePort();
    relay = await startRelay(`http://127.0.0.1:${serverPort}`);
    const env = { ...SECRET, DESKBEAM_RELAY_URL: relay.url };
    serve = await startServe(serverPort, ["--address-limit-factor", "10"], undefined, env);
    const shared = ["--capture", "test-card", "--input", "none", "--approve", "view", "--reusable", "--mjpeg", "allow"];
    host = startHost(["--server", serve.url, ...shared]);
    ({ link } = await host.next("ready"));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await serve?.stop();
    await relay?.stop();
  });

  const startRelay = (page: string) => {
    const args = ["--relay", "only", "--allowed-origins", page, "--address-limit-factor", "10"];
    return startServe(relayPort, args, undefined, SECRET);
  };

  async function openPage(path: string, script = ""): Promise<{ page: Page; received: Map<string, number> }> {
    const page = await (await browser.newContext()).newPage();
    const received = new Map<string, number>();
    page.on("websocket", (socket) => {
      const { host: from, pathname } = new URL(socket.url());
      const name = `${from}${pathname}`;
      socket.on("framereceived", ({ payload }) => received.set(name, (received.get(name) ?? 0) + payload.length));
    });
    await page.addInitScript(script);
    await page.goto(link.replace("#", `?path=${path}#`));
    return { page, received };
  }

  it("carries the sealed picture, and the server none of it", async () => {
    const { page, received } = await openPage("relay");
    relayed = page;
    await untilState(page, "live");
    expect(await data(page)).toMatchObject({ path: "relay", sealed: "true" });
    expect(await host.next("joined")).toMatchObject({ path: "relay" });
    await vi.waitFor(async () => expect(await paintedBytes(page)).toBeGreaterThan(50_000), LIMIT);
    const painted = await paintedBytes(page);
    const from = ({ url }: RunningServe) =>
      [...received].flatMap(([name, bytes]) => (name.startsWith(new URL(url).host) ? [{ name, bytes }] : []));
    expect(from(relay)).toEqual([{ name: expect.stringContaining(RELAY_PATH), bytes: expect.any(Number) }]);
    expect(from(relay)[0]?.bytes).toBeGreaterThanOrEqual(painted);
    // Only what brought the two together.
    expect(from(serve).reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(20_000);
  });

  it("takes along, when it is killed, what runs through it, at once, and nothing else", async () => {
    const { page: direct } = await openPage("direct");
    await untilPath(direct, "direct");
    const gone = once(relay.process, "exit");
    relay.process.kill("SIGKILL");
    await gone;
    await untilState(relayed, "reconnecting", 2_000);
    const before = await paintedBytes(direct);
    await vi.waitFor(async () => expect(await paintedBytes(direct)).toBeGreaterThan(before), LIMIT);
    expect(await data(direct)).toMatchObject({ state: "live", path: "direct" });
    await direct.context().close();
  });

  it("is passed over when it cannot be reached, and the host says why", async () => {
    const { page } = await openPage("auto", ONLY_RELAYS);
    await untilPath(page, "mjpeg");
    const sentence = `the relay ${relay.url} cannot be reached: connect ECONNREFUSED 127.0.0.1:${relayPort}`;
    await vi.waitFor(() => expect(host.notices()).toContain(sentence), LIMIT);
    await page.context().close();
  });

  it("is used again when it is back", async () => {
    relay = await startRelay(serve.url);
    await untilPath(relayed, "relay", 30_000);
    expect(await data(relayed)).toMatchObject({ sealed: "true", role: "view" });
  });
});
