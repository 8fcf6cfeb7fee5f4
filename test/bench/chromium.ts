import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

import type { Size } from "../../protocol/geometry.ts";
import { CHROMIUM } from "../support/browser.ts";
import type { BrowserPlace, ViewerBrowser } from "./viewer-browser.ts";

/** What of the driver's own flags would put a bar above the page. */
export const WITH_A_BAR = ["--enable-automation"];

export const fillingScreen = (size: Size): string[] => [
  "--kiosk",
  "--test-type", // no bar that warns of --no-sandbox, which root needs
  ...CHROMIUM.args,
  `--window-size=${size.width},${size.height}`,
  "--window-position=0,0",
];

/** With a screen, unlike in the tests: what is measured is what is on it. */
export async function openChromium({ folder, display, size, network }: BrowserPlace): Promise<ViewerBrowser> {
  const start = join(folder, "chromium");
  writeFileSync(start, `#!/bin/sh\nexec ${network.enter.join(" ")} ${CHROMIUM.executablePath} "$@"\n`);
  chmodSync(start, 0o755);
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: start,
    headless: false,
    viewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    env: { ...process.env, DISPLAY: display },
    ignoreDefaultArgs: WITH_A_BAR,
    args: [
      ...fillingScreen(size),
      // What the browser asks its maker for, by name and again and again, is not the product's traffic.
      `--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE ${network.hostAddress}`,
    ],
  });
  // It opens by itself, and fills its screen.
  const [page] = context.pages();
  if (page === undefined) {
    await context.close();
    throw new Error("Chromium was started and shows no page.");
  }
  return {
    open: async (url) => {
      await page.goto(url);
    },
    leave: async () => {
      // When the browser is gone its page is away already.
      await page.goto("about:blank").catch(() => {});
    },
    countPageHeap: async () => {
      const session = await context.newCDPSession(page);
      await session.send("Performance.enable");
      return async () => {
        await session.send("HeapProfiler.collectGarbage");
        const { metrics } = await session.send("Performance.getMetrics");
        return metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0;
      };
    },
    close: () => context.close(),
  };
}
