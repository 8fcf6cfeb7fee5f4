import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isPictureRecord } from "../../protocol/crypto/record.ts";
import { RelayBridge } from "../../signaling/relay-bridge.ts";
import { startTestServer } from "../signaling/running.ts";
import { launchChromium, pictureOf, untilState, viewerStats } from "../support/browser.ts";
import { type RunningHost, startHost } from "../support/deskbeam.ts";
import { openPaintedWindow, type PaintedWindow } from "../support/painted-window.ts";
import { decodePicture, displayPicture, psnr } from "../support/picture.ts";
import { startXServer, type XServer } from "../support/x-server.ts";

const SIZE = { width: 960, height: 480 };
const TILE = { width: 240, height: 240 };
const HELD_MS = 500;
const LIMIT = { timeout: 20_000, interval: 100 };
const VIEWER = fileURLToPath(new URL("../../dist/viewer", import.meta.url));

describe("pictures that a relay drops", () => {
  let display: XServer;
  let window: PaintedWindow;
  let host: RunningHost;
  let browser: Browser;
  let page: Page;
  /** Which of the next picture records are held up, by their number from now on. */
  let holding: Set<number>;
  let lost: number;
  let counted: number;

  beforeEach(async () => {
    holding = new Set();
    lost = 0;
    counted = 0;
    // A real relay drops by load; here what the test says is held up, and dropped when something newer comes.
    const carry = RelayBridge.prototype.fromHost;
    let drop = (): void => undefined;
    vi.spyOn(RelayBridge.prototype, "fromHost").mockImplementation(function (this: RelayBridge, record, settled) {
      if (!isPictureRecord(record)) return carry.call(this, record, settled);
      drop();
      drop = () => undefined;
      if (!holding.has(counted++)) return carry.call(this, record, settled);
      const room = setTimeout(() => {
        drop = () => undefined;
        carry.call(this, record, settled);
      }, HELD_MS);
      drop = () => {
        clearTimeout(room);
        lost += 1;
        settled(false);
      };
    });
    display = await startXServer(SIZE);
    window = await openPaintedWindow(display.display, { x: 0, y: 0, ...SIZE }, 0x204060);
    for (let tile = 0; tile < 8; tile++) await paint(tile, tile + 1);
    browser = await launchChromium();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await browser?.close();
    await host?.stop();
    await window?.close();
    await display?.stop();
  });

  /** Each is several records: one that is held up is dropped for the next, also when the host then waits for a receipt. */
  const paint = (tile: number, seed: number) =>
    window.photo({ x: (tile % 4) * TILE.width, y: Math.floor(tile / 4) * TILE.height }, TILE, seed, 4);

  const bytesPainted = async () => (await viewerStats(page)).screen.bytes;
  /** Every pixel is exact and nothing more comes. */
  const settledBytes = async (): Promise<number> => {
    await vi.waitFor(async () => {
      const before = await bytesPainted();
      const seen = await decodePicture(await pictureOf(page));
      expect(psnr(seen, await displayPicture(display.display, SIZE.width, SIZE.height))).toBe(99);
      expect(await bytesPainted()).toBe(before);
    }, LIMIT);
    return bytesPainted();
  };

  it.each([
    ["the first", [0]],
    ["several in a row", [0, 1, 2, 3]],
    ["some of what is sent in their place, too", [0, 5, 9]],
  ])("cost a repaint and nothing else: %s", async (_, numbers) => {
    const server = await startTestServer({ viewerRoot: VIEWER });
    host = startHost(["--display", display.display, "--server", server.url, "--approve", "view", "--input", "none"]);
    page = await (await browser.newContext({ viewport: { width: 1100, height: 700 } })).newPage();
    await page.goto((await host.next("ready")).link.replace("#", "?path=relay#"));
    await untilState(page, "live");

    const before = await settledBytes();
    await Promise.all([paint(1, 99), paint(6, 98)]);
    const whole = await settledBytes();
    counted = 0;
    holding = new Set(numbers);
    await Promise.all([paint(1, 77), paint(6, 76)]);
    const repaired = await settledBytes();
    expect(lost).toBeGreaterThan(0);
    // Not only these two photographs, but all eight.
    expect(repaired - whole).toBeGreaterThan(2 * (whole - before));
    expect(await page.locator("html").getAttribute("data-state")).toBe("live");
    expect(host.events.filter((event) => event.event === "joined")).toHaveLength(1);
  });
});
