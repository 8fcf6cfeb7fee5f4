import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { launchChromium, untilState, withoutRelay } from "../support/browser.ts";
import { type RunningHost, startHost } from "../support/deskbeam.ts";

/*
 * One seat over as many connections as it takes, in a real browser against the program as shipped. The desktop is the
 * test card: what is on it does not matter here.
 */
const LIMIT = { timeout: 15_000, interval: 50 };
const SHARE = [
  "--port",
  "0",
  "--bind",
  "127.0.0.1",
  "--capture",
  "test-card",
  "--input",
  "none",
  "--approve",
  "control",
];
/** As behind a strict firewall: the browser's WebRTC is there, but may only go through relays, and there is none. */
const ONLY_RELAYS = `window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
};`;

const attribute = (page: Page, name: string) => page.locator("html").getAttribute(`data-${name}`);

describe("the viewer's session", () => {
  let browser: Browser;
  let host: RunningHost;
  let context: BrowserContext;
  let page: Page;
  let link: string;

  const share = async (...args: readonly string[]) => {
    host = startHost([...SHARE, ...args]);
    link = (await host.next("ready")).link;
  };
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    host.process.kill("SIGCONT");
    await context.close();
    await host.stop();
  });

  it("takes the secret out of the address at once, and comes back to its seat after a reload", async () => {
    await share();
    await page.goto(link);
    await untilState(page, "live");
    expect(page.url()).toBe(link.replace(/#.*/, ""));
    const { viewer } = await host.next("joined");
    await page.reload();
    await untilState(page, "live");
    expect(await attribute(page, "role")).toBe("control");
    // The same seat: nobody knocked again, and no code was used a second time.
    expect(await host.next("joined")).toMatchObject({ viewer });
    expect(host.events.filter((event) => event.event === "knock" || event.event === "code")).toHaveLength(2);
  });

  it("says that the host is silent, and goes on by itself when it has lost the old connection", async () => {
    await share();
    await page.goto(link);
    await untilState(page, "live");
    await host.next("joined");
    const stoppedMs = Date.now();
    host.process.kill("SIGSTOP");
    await untilState(page, "reconnecting", 5_000);
    expect(Date.now() - stoppedMs).toBeLessThan(5_000);
    expect(await attribute(page, "reason")).toBe("host-silent");
    // Long enough that the viewer has begun anew and the host will find the old pipe silent.
    await vi.waitFor(() => expect(Date.now() - stoppedMs).toBeGreaterThan(8_000), LIMIT);
    host.process.kill("SIGCONT");
    await untilState(page, "live");
    expect(await attribute(page, "role")).toBe("control");
    expect(host.events.filter((event) => event.event === "knock")).toHaveLength(1);
  });

  it("tells a wrong link, an unknown room, half a link and no link apart", async () => {
    await share();
    await page.goto(link);
    await untilState(page, "live");
    const [, room] = /#(\d+)\./.exec(link) ?? [];
    for (const [fragment, reason] of [
      [`#${room}.AAAAAAAAAAAAAAAAAAAAAA`, "wrong-code"],
      ["#999999.AAAAAAAAAAAAAAAAAAAAAA", "no-such-room"],
      [`#${room}.AAAA`, "incomplete"],
      ["#hello", "not-a-code"],
    ]) {
      const stranger = await (await browser.newContext()).newPage();
      await stranger.goto(link.replace(/#.*/, fragment ?? ""));
      await stranger.locator(`html[data-reason="${reason}"]`).waitFor({ state: "attached", timeout: 10_000 });
      expect(await attribute(stranger, "state")).toBe("join");
      await stranger.context().close();
    }
    expect(await attribute(page, "state")).toBe("live");
  });

  it("holds the rung its address names, and no other", async () => {
    await share("--mjpeg", "allow", "--reusable");
    // No TURN server was configured, so there is none to go through.
    await page.goto(link.replace("#", "?path=turn#"));
    await page.locator('html[data-reason="no-path"]').waitFor({ state: "attached" });
    await page.goto(link.replace("#", "?path=mjpeg&view_only#"));
    await untilState(page, "live");
    expect(await attribute(page, "path")).toBe("mjpeg");
    expect(await attribute(page, "role")).toBe("view");
    expect(await attribute(page, "sealed")).toBe("false");
  });

  it("falls back to the picture stream by itself where WebRTC finds no way and the server relays nothing", async () => {
    await share("--mjpeg", "allow");
    await withoutRelay(page);
    await page.addInitScript(ONLY_RELAYS);
    await page.goto(link);
    await untilState(page, "live", 30_000);
    expect(await attribute(page, "path")).toBe("mjpeg");
  });

  it.each([
    ["the host allows no unsealed picture", "", "mjpeg-refused"],
    ["only a direct path was wanted", "?path=direct", "no-path"],
  ])("says that there is no way when %s", async (_, query, reason) => {
    await share("--mjpeg", "off");
    await withoutRelay(page);
    await page.addInitScript(ONLY_RELAYS);
    await page.goto(link.replace("#", `${query}#`));
    await untilState(page, "ended", 30_000);
    expect(await attribute(page, "reason")).toBe(reason);
  });
});
