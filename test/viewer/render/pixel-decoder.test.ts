import type { Browser as Firefox } from "puppeteer-core";
import { afterAll, beforeAll, describe } from "vitest";
import type { JpegWay } from "../../../viewer/core/decoder-choice.ts";
import { type DecodingPage, pixelDecoderConformance } from "../../conformance/pixel-decoder.ts";
import { launchFirefox } from "../../support/browser.ts";
import { DECODE_WORKER, partsPages } from "../parts-page.ts";

const WAYS: readonly JpegWay[] = ["page", "worker"];

const pages = partsPages();
let firefox: Firefox;
beforeAll(async () => {
  firefox = await launchFirefox();
}, 60_000);
afterAll(() => firefox?.close());

/** Both browsers' libraries run a function by its text; only this says that it gives back what it returned. */
type Evaluates = { readonly evaluate: (script: string) => Promise<unknown> };

function decodingPage(page: Evaluates, close: () => Promise<void>): DecodingPage {
  return {
    // What the browser returns as JSON is what the function returned there.
    run: async <A, R>(act: (given: A) => Promise<R>, given: A) =>
      (await page.evaluate(`(${act})(${JSON.stringify(given)})`)) as R,
    close,
  };
}

const browsers = {
  Chromium: async () => {
    const page = await pages.openLasting();
    return decodingPage(page, () => page.context().close());
  },
  Firefox: async () => {
    const tab = await firefox.newPage();
    await tab.goto(pages.origin());
    return decodingPage(tab, () => tab.close());
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
