import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchChromium, pictureOf, untilPath, untilState, viewerStats } from "../support/browser.ts";
import { type RunningHost, startHost } from "../support/deskbeam.ts";
import { openPaintedWindow, type PaintedWindow } from "../support/painted-window.ts";
import { decodePicture, displayPicture, psnr } from "../support/picture.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { XInputRecorder } from "../support/x-input-recorder.ts";
import { type Desktop, startDesktop } from "../support/x-server.ts";

const WIDTH = 1280;
const HEIGHT = 720;
const LIMIT = { timeout: 15_000, interval: 50 };

describe("a shared desktop", () => {
  let desktop: Desktop;
  let terminal: Terminal;
  let browser: Browser;
  let photo: PaintedWindow;

  beforeAll(async () => {
    desktop = await startDesktop({ width: WIDTH, height: HEIGHT });
    terminal = await openTerminal(desktop, "100x30+40+40");
    photo = await openPaintedWindow(desktop.display, { x: 800, y: 400, width: 240, height: 240 }, 0);
    await photo.photo({ x: 0, y: 0 }, { width: 240, height: 240 });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await photo?.close();
    await desktop?.stop();
    await terminal?.close();
  });

  const typed = (page: Page, text: string) => page.keyboard.type(text, { delay: 5 });
  const looksLikeTheDisplay = (page: Page) =>
    vi.waitFor(async () => {
      const [seen, real] = [
        await decodePicture(await pictureOf(page)),
        await displayPicture(desktop.display, WIDTH, HEIGHT),
      ];
      expect(psnr(seen, real)).toBeGreaterThanOrEqual(35);
    }, LIMIT);

  /** The page's pixel over a display's pixel: the window is large enough to show the picture 1:1. */
  async function at(page: Page, x: number, y: number): Promise<[number, number]> {
    const box = await page.locator("canvas:visible, img:visible").first().boundingBox();
    if (box === null) throw new Error("no picture");
    return [box.x + ((x + 0.5) * box.width) / WIDTH, box.y + ((y + 0.5) * box.height) / HEIGHT];
  }

  /** Click, drag and wheel over an X program that writes down what it really gets. */
  async function handsArrive(page: Page): Promise<void> {
    const recorder = await XInputRecorder.open(desktop.display);
    try {
      await page.mouse.move(...(await at(page, 900, 300)));
      await page.mouse.down();
      await page.mouse.move(...(await at(page, 950, 350)), { steps: 4 });
      await page.mouse.up();
      await page.mouse.wheel(0, 120);
      await recorder.until("press, release and one notch", (events) => events.filter(isButton).length >= 4);
      expect(recorder.events.filter(isButton)).toEqual([
        { kind: "button", button: 1, down: true, x: 900, y: 300 },
        { kind: "button", button: 1, down: false, x: 950, y: 350 },
        { kind: "button", button: 5, down: true, x: 950, y: 350 },
        { kind: "button", button: 5, down: false, x: 950, y: 350 },
      ]);
    } finally {
      await recorder.close();
    }
  }

  describe("over the data channel", () => {
    let host: RunningHost;
    let page: Page;
    beforeAll(async () => {
      host = startHost(["--display", desktop.display, "--port", "0", "--approve", "control"]);
      const { link } = await host.next("ready");
      page = await (await browser.newContext({ viewport: { width: 1400, height: 860 } })).newPage();
      await page.goto(link);
      await untilState(page, "live");
    });
    afterAll(async () => {
      await page?.context().close();
      await host?.stop();
    });

    it("says who joined, on which path and as what", async () => {
      expect(await host.next("joined")).toMatchObject({ role: "control" });
      await untilPath(page, "direct");
      const data = await page.evaluate(() => ({ ...document.documentElement.dataset }));
      expect(data).toMatchObject({ state: "live", path: "direct", role: "control", sealed: "true" });
    });

    it("takes the secret out of the address bar", () => {
      expect(page.url()).not.toContain("#");
    });

    it("looks like the display", () => looksLikeTheDisplay(page));

    it("types into the terminal, character by character", async () => {
      await page.mouse.click(...(await at(page, 300, 200)));
      await typed(page, "echo hello-$((6*7))");
      await page.keyboard.press("Enter");
      await terminal.says("hello-42");
      await looksLikeTheDisplay(page);
    });

    it("copies what scrolls in the terminal, and shows it exactly", async () => {
      const before = (await viewerStats(page)).screen.copyRects;
      await page.mouse.click(...(await at(page, 300, 200)));
      await typed(page, 'for i in $(seq 40); do seq -s " " $i $((i+20)); sleep 0.04; done; echo all-$((6*7))');
      await page.keyboard.press("Enter");
      await terminal.says("all-42");
      await vi.waitFor(async () => {
        const seen = await decodePicture(await pictureOf(page));
        expect(psnr(seen, await displayPicture(desktop.display, WIDTH, HEIGHT))).toBe(99);
      }, LIMIT);
      // Some lines come together; the first of them fill the window.
      expect((await viewerStats(page)).screen.copyRects - before).toBeGreaterThan(5);
    });

    it("sent JPEG rectangles over the data channel, and nothing by another way", async () => {
      expect((await viewerStats(page)).screen.jpegRects).toBeGreaterThan(0);
      expect(await page.locator("img:visible").count()).toBe(0);
    });

    it("clicks, drags and turns the wheel where the viewer does", () => handsArrive(page));
  });
});

const isButton = (event: { kind: string }): boolean => event.kind === "button";
