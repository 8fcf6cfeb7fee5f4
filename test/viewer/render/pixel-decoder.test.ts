import type { Browser as Firefox } from "puppeteer-core";
import { afterAll, beforeAll, describe } from "vitest";
import type { JpegWay } from "../../../viewer/core/decoder-choice.ts";
import { type DecodingPage, pixelDecoderConformance, runOn } from "../../conformance/pixel-decoder.ts";
import { launchFirefox } from "../../support/browser.ts";
import { DECODE_WORKER, partsPages } from "../parts-page.ts";

const WAYS: readonly JpegWay[] = ["page", "worker"];

const pages = partsPages();
let firefox: Firefox;
beforeAll(async () => {
  firefox = await launchFirefox();
}, 60_000);
afterAll(() => firefox?.close());

const browsers: Record<string, () => Promise<DecodingPage>> = {
  Chromium: async () => {
    const page = await pages.openLasting();
    return { run: runOn(page), close: () => page.close() };
  },
  Firefox: async () => {
    const tab = await firefox.newPage();
    await tab.goto(pages.origin());
    return { run: runOn(tab), close: () => tab.close() };
  },
};

for (const [browser, open] of Object.entries(browsers)) {
  describe(browser, () => {
    for (const way of WAYS) {
      pixelDecoderConformance(way, async () => {
        const page = await open();
        await page.run(
          async ([chosen, script]) => {
            const { PageDecoder, WorkerDecoder } = window.parts;
            window.decoder = chosen === "page" ? new PageDecoder() : new WorkerDecoder(new Worker(script));
          },
          [way, DECODE_WORKER] as const,
        );
        return page;
      });
    }
  });
}
