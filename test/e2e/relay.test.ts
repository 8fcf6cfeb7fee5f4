import type { Browser, BrowserContext, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeInput } from "../../protocol/input.ts";
import { RELAY_PATH, SIGNALING_PATH } from "../../protocol/signaling.ts";
import { launchChromium, pictureOf, untilPath, untilState, viewerStats } from "../support/browser.ts";
import { type RunningHost, type RunningServe, startHost, startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";
import { holdsJpeg } from "../support/jpeg-head.ts";
import { openPaintedWindow, type PaintedWindow } from "../support/painted-window.ts";
import { decodePicture, displayPicture, psnr } from "../support/picture.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { openTap, type WebSocketTap } from "../support/websocket-tap.ts";
import { type Desktop, startDesktop } from "../support/x-server.ts";

const WIDTH = 1280;
const HEIGHT = 720;
const LIMIT = { timeout: 20_000, interval: 100 };
/** As behind a strict firewall: WebRTC is there, but finds no way. */
const ONLY_RELAYS = `window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
};`;
const PASTED = "echo pasted-$((6*7))-Zebrafink";

const data = (page: Page) => page.evaluate(() => ({ ...document.documentElement.dataset }));

describe("a desktop through the sealed relay", () => {
  let desktop: Desktop;
  let terminal: Terminal;
  let browser: Browser;
  let photo: PaintedWindow;
  let serve: RunningServe;
  let tap: WebSocketTap;
  let host: RunningHost;
  let link: string;
  let code: string;
  let page: Page;

  beforeAll(async () => {
    desktop = await startDesktop({ width: WIDTH, height: HEIGHT });
    terminal = await openTerminal(desktop, "100x30+40+40");
    photo = await openPaintedWindow(desktop.display, { x: 800, y: 400, width: 240, height: 240 }, 0);
    await photo.photo({ x: 0, y: 0 }, { width: 240, height: 240 });
    browser = await launchChromium();
    const port = await freePort();
    serve = await startServe(port);
    tap = await openTap(port);
    host = startHost(["--display", desktop.display, "--server", tap.url, "--approve", "control", "--reusable"]);
    ({ link, code } = await host.next("ready"));
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await tap?.close();
    await serve?.stop();
    await photo?.close();
    await desktop?.stop();
    await terminal?.close();
  });

  const looksLikeTheDisplay = () =>
    vi.waitFor(async () => {
      const seen = await decodePicture(await pictureOf(page));
      expect(psnr(seen, await displayPicture(desktop.display, WIDTH, HEIGHT))).toBeGreaterThanOrEqual(35);
    }, LIMIT);
  const bytesOn = (path: string, from: "client" | "server") =>
    tap
      .carried()
      .reduce((sum, one) => sum + (one.path.startsWith(path) && one.from === from ? one.bytes.length : 0), 0);

  it("forced by the page is live, sealed and says so at both ends", async () => {
    page = await (await browser.newContext({ viewport: { width: 1400, height: 860 } })).newPage();
    await page.goto(link.replace("#", "?path=relay#"));
    await untilState(page, "live");
    expect(await data(page)).toMatchObject({ state: "live", path: "relay", role: "control", sealed: "true" });
    expect(await host.next("joined")).toMatchObject({ path: "relay", role: "control" });
  });

  it("looks like the display", () => looksLikeTheDisplay());

  it("types what is typed and what is pasted", async () => {
    const box = await page.locator("canvas:visible").first().boundingBox();
    if (box === null) throw new Error("no picture");
    await page.mouse.click(box.x + 300, box.y + 200);
    await page.keyboard.type("echo hello-$((6*7))", { delay: 5 });
    await page.keyboard.press("Enter");
    await terminal.says("hello-42");
    await page.keyboard.insertText(PASTED);
    await page.keyboard.press("Enter");
    await terminal.says("pasted-42-Zebrafink");
    await looksLikeTheDisplay();
  });

  it("brings its pictures as rectangles through the relay, with no image beside it", async () => {
    expect((await viewerStats(page)).screen.jpegRects).toBeGreaterThan(0);
    expect(await page.locator("img:visible").count()).toBe(0);
    const painted = (await viewerStats(page)).screen.bytes;
    expect(bytesOn(RELAY_PATH, "server")).toBeGreaterThan(painted);
  });

  it("takes its seat again when the relay is cut", async () => {
    const first = host.events.find((event) => event.event === "joined");
    const gone = untilState(page, "reconnecting");
    tap.cut(RELAY_PATH);
    await gone;
    await untilState(page, "live");
    expect(await data(page)).toMatchObject({ path: "relay", role: "control", sealed: "true" });
    expect(await host.next("joined")).toMatchObject({
      viewer: first?.event === "joined" ? first.viewer : "",
      path: "relay",
    });
    await looksLikeTheDisplay();
  });

  describe("and everything the server carried", () => {
    /** What must be nowhere in it, by a name that may be printed. */
    const findings = (bytes: Buffer): string[] => {
      const [, room = "", secret = ""] = /#(\d+)\.(.*)$/.exec(link) ?? [];
      const digits = code.slice(room.length);
      const needles: Record<string, Buffer | string> = {
        "the link's secret": secret,
        "the link's secret as bytes": Buffer.from(secret, "base64url"),
        "the code's secret": digits.slice(0, 8),
        "an SDP": "v=0\r\n",
        "a candidate": "candidate:",
        "a fingerprint": "fingerprint:",
        "typed text": "Zebrafink",
        "the shell's answer": "hello-42",
      };
      const found = Object.entries(needles).flatMap(([name, needle]) => (bytes.includes(needle) ? [name] : []));
      return holdsJpeg(bytes) ? [...found, "a picture"] : found;
    };

    beforeAll(async () => {
      // Another viewer, whose offer, answer and candidates pass the server as well.
      const context = await browser.newContext();
      const second = await context.newPage();
      await second.goto(link);
      await untilPath(second, "direct");
      await context.close();
    });

    it("would be found out", async () => {
      const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#236" } })
        .jpeg()
        .toBuffer();
      const [, , secret = ""] = /#(\d+)\.(.*)$/.exec(link) ?? [];
      const typed = encodeInput(1, [{ kind: "text", text: PASTED }]);
      expect(findings(Buffer.concat([Buffer.from("xx"), jpeg, Buffer.from("xx")]))).toEqual(["a picture"]);
      expect(findings(Buffer.from(typed))).toEqual(["typed text"]);
      expect(findings(Buffer.from(`v=0\r\na=fingerprint:\r\na=candidate:1 ${secret} ${code}`)).length).toBe(5);
    });

    it("holds room, records and signals, but neither secret, SDP, picture nor text", async () => {
      const { viewer } = await host.next("path", (event) => event.path === "direct");
      expect(viewer).not.toBe("");
      const carried = tap.carried();
      for (const path of [SIGNALING_PATH, RELAY_PATH]) {
        for (const from of ["client", "server"] as const) expect(bytesOn(path, from)).toBeGreaterThan(2_000);
      }
      expect(Buffer.concat(carried.map((one) => one.bytes)).includes("room.join")).toBe(true);
      for (const { path, from, bytes } of carried)
        expect({ path, from, found: findings(bytes) }).toEqual({ path, from, found: [] });
    });

    it("does hold the picture when it goes unsealed, so the test can see one", async () => {
      const open = startHost([
        "--capture",
        "test-card",
        "--input",
        "none",
        "--server",
        tap.url,
        "--approve",
        "view",
        "--mjpeg",
        "allow",
      ]);
      const context = await browser.newContext();
      try {
        const third = await context.newPage();
        await third.goto((await open.next("ready")).link.replace("#", "?path=mjpeg#"));
        await untilState(third, "live");
        expect(tap.carried().some(({ bytes }) => holdsJpeg(bytes))).toBe(true);
      } finally {
        await context.close();
        await open.stop();
      }
    });
  });
});

describe("the relay in the ladder", () => {
  const SHARE = ["--capture", "test-card", "--input", "none", "--approve", "control"];
  const LOCAL = ["--port", "0", "--bind", "127.0.0.1"];
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function visit(args: readonly string[], act: (page: Page, link: string, host: RunningHost) => Promise<void>) {
    const host = startHost([...SHARE, ...args]);
    const context: BrowserContext = await browser.newContext();
    try {
      await act(await context.newPage(), (await host.next("ready")).link, host);
    } finally {
      await context.close();
      await host.stop();
    }
  }

  it("is taken where WebRTC finds no way, before anything unsealed", () =>
    visit([...LOCAL, "--mjpeg", "allow"], async (page, link) => {
      await page.addInitScript(ONLY_RELAYS);
      await page.goto(link);
      await untilState(page, "live", 30_000);
      expect(await data(page)).toMatchObject({ path: "relay", sealed: "true" });
    }));

  it("is refused in words at both ends where the server has it off, and passed over in the ladder", async () => {
    const serve = await startServe(await freePort(), ["--relay", "off"]);
    try {
      await visit(["--server", serve.url, "--mjpeg", "allow", "--reusable"], async (page, link, host) => {
        await page.goto(link.replace("#", "?path=relay#"));
        await untilState(page, "ended");
        expect(await data(page)).toMatchObject({ reason: "path-refused" });
        expect(await page.locator("body").innerText()).toContain("No connection was possible that both sides allow.");
        await vi.waitFor(
          () => expect(host.notices()).toMatch(/wants a sealed relay, but the server .* gives none/),
          LIMIT,
        );

        await page.goto("about:blank");
        await page.addInitScript(() => Reflect.deleteProperty(window, "RTCPeerConnection"));
        await page.goto(link);
        await untilState(page, "live");
        expect(await data(page)).toMatchObject({ path: "mjpeg", sealed: "false" });
      });
    } finally {
      await serve.stop();
    }
  });
});
