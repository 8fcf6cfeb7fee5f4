import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { formatCode } from "../../protocol/room-code.ts";
import { launchChromium, launchFirefox, pictureOf, untilPath, untilState, withoutRelay } from "../support/browser.ts";
import { type RunningHost, startHost } from "../support/deskbeam.ts";
import { decodePicture, displayPicture, psnr } from "../support/picture.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { XInputRecorder } from "../support/x-input-recorder.ts";
import { type Desktop, startDesktop } from "../support/x-server.ts";

const WIDTH = 1024;
const HEIGHT = 640;
const LIMIT = { timeout: 15_000, interval: 100 };

describe("ways in", () => {
  let desktop: Desktop;
  let terminal: Terminal;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let host: RunningHost | undefined;

  beforeAll(async () => {
    desktop = await startDesktop({ width: WIDTH, height: HEIGHT });
    terminal = await openTerminal(desktop, "80x24+20+20");
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await desktop?.stop();
    await terminal?.close();
  });
  afterEach(async () => {
    await context?.close();
    await host?.stop();
    host = undefined;
  });

  async function share(...args: string[]) {
    host = startHost(["--display", desktop.display, "--port", "0", ...args]);
    context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
    page = await context.newPage();
    return { host, ready: await host.next("ready") };
  }
  const words = () => page.locator("body").innerText();
  const origin = (link: string) => new URL(link).origin;

  describe("by code", () => {
    it("the digits alone are enough, however they are grouped", async () => {
      const { ready } = await share("--approve", "view");
      await page.goto(origin(ready.link));
      await untilState(page, "join");
      const secret = ready.code.slice(ready.room.length);
      await page.getByLabel("Code or link").fill(formatCode(ready.room, secret.slice(0, 8)));
      await page.keyboard.press("Enter");
      await untilState(page, "live");
    });

    it("a typo is caught in the page and costs no guess", async () => {
      const { ready, host } = await share("--approve", "view");
      await page.goto(origin(ready.link));
      const last = Number(ready.code.at(-1));
      await page.getByLabel("Code or link").fill(ready.code.slice(0, -1) + ((last + 1) % 10));
      await page.keyboard.press("Enter");
      await vi.waitFor(async () => expect(await words()).toContain("One digit of this code is wrong."), LIMIT);
      expect(host.events.map((event) => event.event)).toEqual(["ready"]);
    });

    it("a room that does not exist is said to be nowhere", async () => {
      const { ready } = await share("--approve", "view");
      await page.goto(origin(ready.link));
      const nowhere = ready.room === "4711" ? "4712" : "4711";
      await page.goto(`${origin(ready.link)}/#${nowhere}.${"A".repeat(22)}`);
      await vi.waitFor(async () => expect(await words()).toContain("No desktop is shared under this code right now."), {
        ...LIMIT,
        timeout: 20_000,
      });
    });

    it("three wrong secrets burn the code: the host says so, shows a fresh one, and nobody was asked", async () => {
      const { ready, host } = await share("--approve", "ask");
      for (let guess = 0; guess < 3; guess++) {
        await page.goto("about:blank");
        await page.goto(`${origin(ready.link)}/#${ready.room}.${"A".repeat(22)}`);
        await vi.waitFor(
          async () => expect(await words()).toMatch(/wrong, or somebody is in between|tried wrongly/),
          LIMIT,
        );
      }
      expect(await host.next("code")).toMatchObject({ why: "burned" });
      expect(host.events.map((event) => event.event)).not.toContain("knock");
    });
  });

  describe("by question", () => {
    it("the host is asked, sees the label, and its yes lets in with the role it says", async () => {
      const { ready, host } = await share();
      await page.goto(ready.link);
      await untilState(page, "approving");
      const knock = await host.next("knock");
      expect(knock).toMatchObject({ mjpeg: false, label: expect.stringContaining("Chrom") });
      host.command({ command: "approve", viewer: knock.viewer, role: "control" });
      await untilState(page, "live");
      expect(await host.next("joined")).toMatchObject({ viewer: knock.viewer, role: "control" });
      expect(await host.next("code")).toMatchObject({ why: "used" });
      host.command({ command: "revoke", viewer: knock.viewer });
      await page.locator('html[data-role="view"]').waitFor({ state: "attached" });
    });

    it("a viewer who comes back while sharing is paused is asked about again", async () => {
      const { ready, host } = await share();
      await page.goto(ready.link);
      const { viewer } = await host.next("knock");
      host.command({ command: "approve", viewer, role: "control" });
      await untilState(page, "live");
      host.command({ command: "pause" });
      await untilState(page, "paused");
      await page.reload();
      expect(await host.next("knock")).toMatchObject({ viewer });
      host.command({ command: "approve", viewer, role: "view" });
      host.command({ command: "resume" });
      await untilState(page, "live");
      await page.locator('html[data-role="view"]').waitFor({ state: "attached" });
    });

    it("a no is said in words", async () => {
      const { ready, host } = await share();
      await page.goto(ready.link);
      host.command({ command: "deny", viewer: (await host.next("knock")).viewer });
      await untilState(page, "ended");
      expect(await words()).toContain("did not let you in");
      expect(await page.locator("html").getAttribute("data-reason")).toBe("denied");
    });
  });

  describe("by the one way the host holds to", () => {
    it("a host that holds to the relay is reached through it, sealed, whatever else would work", async () => {
      const { ready, host } = await share("--approve", "view", "--path", "relay");
      await page.goto(ready.link);
      await untilState(page, "live");
      expect(await host.next("joined")).toMatchObject({ path: "relay" });
      const data = await page.evaluate(() => ({ ...document.documentElement.dataset }));
      expect(data).toMatchObject({ path: "relay", sealed: "true" });
    });

    it("a host that holds to the unsealed picture asks about it, and gives no other", async () => {
      const { ready, host } = await share("--path", "mjpeg");
      await page.goto(ready.link);
      const knock = await host.next("knock");
      expect(knock.mjpeg).toBe(true);
      host.command({ command: "approve", viewer: knock.viewer, role: "view", mjpeg: true });
      await untilState(page, "live");
      expect(await host.next("joined")).toMatchObject({ path: "mjpeg" });
    });

    it("a page that holds to another way is refused in words", async () => {
      const { ready } = await share("--approve", "view", "--path", "direct");
      await page.goto(ready.link.replace("/#", "/?path=relay#"));
      await untilState(page, "ended");
      expect(await words()).toContain("No connection was possible that both sides allow.");
    });
  });

  describe("without WebRTC", () => {
    const withoutWebRtc = () => page.addInitScript(() => Reflect.deleteProperty(window, "RTCPeerConnection"));

    it("the sealed relay comes first", async () => {
      const { ready, host } = await share("--approve", "control", "--mjpeg", "allow");
      await withoutWebRtc();
      await page.goto(ready.link);
      await untilPath(page, "relay");
      expect(await host.next("joined")).toMatchObject({ path: "relay" });
      expect(await page.locator("html").getAttribute("data-sealed")).toBe("true");
    });

    it("the picture comes as MJPEG in a plain image, and hands and keys through the server", async () => {
      const { ready, host } = await share("--approve", "control", "--mjpeg", "allow");
      await withoutWebRtc();
      await withoutRelay(page);
      await page.goto(ready.link);
      await untilState(page, "live");
      expect(await host.next("joined")).toMatchObject({ path: "mjpeg", role: "control" });
      expect(await page.locator("html").getAttribute("data-path")).toBe("mjpeg");
      const image = page.locator("img:visible").first();
      const box = await image.boundingBox();
      if (box === null) throw new Error("no picture");
      expect([Math.round(box.width), Math.round(box.height)]).toEqual([WIDTH, HEIGHT]);

      await page.mouse.click(box.x + 200, box.y + 150);
      await page.keyboard.type("echo hello-$((6*7))");
      await page.keyboard.press("Enter");
      await terminal.says("hello-42");
      await page.mouse.move(box.x + 900, box.y + 600);
      await vi.waitFor(async () => {
        const [seen, real] = [
          await decodePicture(await pictureOf(page)),
          await displayPicture(desktop.display, WIDTH, HEIGHT, "with pointer"),
        ];
        expect(psnr(seen, real)).toBeGreaterThanOrEqual(35);
      }, LIMIT);

      const recorder = await XInputRecorder.open(desktop.display);
      try {
        await page.mouse.move(box.x + 500.5, box.y + 300.5);
        await page.mouse.down();
        await page.mouse.move(box.x + 520.5, box.y + 320.5);
        await page.mouse.up();
        await recorder.until("a drag", (events) => events.filter((event) => event.kind === "button").length >= 2);
        expect(recorder.events.filter((event) => event.kind === "button")).toEqual([
          { kind: "button", button: 1, down: true, x: 500, y: 300 },
          { kind: "button", button: 1, down: false, x: 520, y: 320 },
        ]);
      } finally {
        await recorder.close();
      }
    });

    it("the person at the host is asked about the unsealed picture, and a plain yes is not enough", async () => {
      const { ready, host } = await share();
      await withoutWebRtc();
      await withoutRelay(page);
      await page.goto(ready.link);
      const knock = await host.next("knock");
      expect(knock.mjpeg).toBe(true);
      host.command({ command: "approve", viewer: knock.viewer, role: "view" });
      await untilState(page, "ended");
      expect(await page.locator("html").getAttribute("data-reason")).toMatch(/refused/);
    });

    it("where the host's policy says no, both ends say so in words", async () => {
      const { ready, host } = await share("--approve", "view");
      await withoutWebRtc();
      await withoutRelay(page);
      await page.goto(ready.link);
      await untilState(page, "ended");
      expect(await words()).toMatch(/does not allow an unsealed one|No connection was possible/);
      await vi.waitFor(() => expect(host.notices()).toMatch(/unsealed/), LIMIT);
    });
  });

  it("Firefox sees the same to the pixel, also what scrolls, and types the same", async () => {
    const { ready, host } = await share("--approve", "control");
    const firefox = await launchFirefox(["--width=1200", "--height=900"]);
    try {
      const tab = await firefox.newPage();
      await tab.setViewport({ width: 1200, height: 800 });
      await tab.goto(ready.link);
      await tab.waitForSelector('html[data-state="live"][data-path="direct"]', { timeout: 20_000 });
      expect(await host.next("joined")).toMatchObject({ role: "control" });
      const box = await (await tab.$("canvas"))?.boundingBox();
      if (!box) throw new Error("no picture");
      await tab.mouse.click(box.x + 200, box.y + 150);
      await tab.keyboard.type("echo fox-$((6*7))");
      await tab.keyboard.press("Enter");
      await terminal.says("fox-42");
      await tab.keyboard.type('for i in $(seq 40); do seq -s " " $i $((i+20)); sleep 0.04; done; echo all-$((6*7))');
      await tab.keyboard.press("Enter");
      await terminal.says("all-42");
      await vi.waitFor(async () => {
        const url = String(await tab.evaluate('document.querySelector("canvas").toDataURL("image/png")'));
        const seen = await decodePicture(Buffer.from(url.slice(url.indexOf(",") + 1), "base64"));
        expect(psnr(seen, await displayPicture(desktop.display, WIDTH, HEIGHT))).toBe(99);
      }, LIMIT);
      expect(await tab.evaluate("window.deskbeam.stats().screen.copyRects")).toBeGreaterThan(5);
      // Under the server's policy, with this browser's own worker: which way was quicker is the machine's business.
      await vi.waitFor(async () => {
        expect(await tab.evaluate("window.deskbeam.stats().jpegWay")).toMatch(/^(page|worker)$/);
      }, LIMIT);
      expect(tab.workers().map((worker) => worker.url())).toEqual([expect.stringMatching(/\/assets\/decode-worker-/)]);
    } finally {
      await firefox.close();
    }
  });
});
