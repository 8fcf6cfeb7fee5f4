import { once } from "node:events";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { RELAY_PATH } from "../../protocol/signaling.ts";
import { launchChromium, untilPath, untilState, viewerStats } from "../support/browser.ts";
import { type RunningHost, type RunningServe, startHost, startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";
import { startRedis } from "../support/redis-server.ts";

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
  let otherPort: number;
  let relay: RunningServe;
  let serve: RunningServe;
  let host: RunningHost;
  let link: string;
  let browser: Browser;
  let relayed: Page;

  beforeAll(async () => {
    const serverPort = await freePort();
    relayPort = await freePort();
    otherPort = await freePort();
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
    const pages = `${page},http://127.0.0.1:${otherPort}`;
    const args = ["--relay", "only", "--allowed-origins", pages, "--address-limit-factor", "10"];
    return startServe(relayPort, args, undefined, SECRET);
  };

  async function openPage(
    path: string,
    script = "",
    to = link,
  ): Promise<{ page: Page; received: Map<string, number> }> {
    const page = await (await browser.newContext()).newPage();
    const received = new Map<string, number>();
    page.on("websocket", (socket) => {
      const { host: from, pathname } = new URL(socket.url());
      const name = `${from}${pathname}`;
      socket.on("framereceived", ({ payload }) => received.set(name, (received.get(name) ?? 0) + payload.length));
    });
    await page.addInitScript(script);
    await page.goto(to.replace("#", `?path=${path}#`));
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

  it("serves several servers that share rooms in a Redis, and a session that goes on when they and the Redis are gone", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.end());
    const env = { ...SECRET, DESKBEAM_RELAY_URL: relay.url, DESKBEAM_REDIS_URL: redis.url };
    const limits = ["--address-limit-factor", "10"];
    const here = await startServe(await freePort(), limits, undefined, env);
    onTestFinished(async () => void (await here.stop()));
    const there = await startServe(otherPort, limits, undefined, env);
    onTestFinished(async () => void (await there.stop()));
    const shared = startHost(["--server", here.url, "--capture", "test-card", "--input", "none", "--approve", "view"]);
    onTestFinished(async () => void (await shared.stop()));

    const { link: toHere } = await shared.next("ready");
    const { page } = await openPage("relay", "", toHere.replace(here.url, there.url));
    await untilPath(page, "relay");
    for (const server of [here, there]) server.process.kill("SIGKILL");
    await redis.stop("lose");
    const before = await paintedBytes(page);
    await vi.waitFor(async () => expect(await paintedBytes(page)).toBeGreaterThan(before + 10_000), LIMIT);
    expect(await data(page)).toMatchObject({ state: "live", path: "relay", sealed: "true" });
    await page.context().close();
  });
});
