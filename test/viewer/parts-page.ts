import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll } from "vitest";
import { launchChromium } from "../support/browser.ts";

const ROOT = `${import.meta.dirname}/../..`;

/** Where these pages find the viewer's decode-worker.ts. */
export const DECODE_WORKER = "/decode-worker.js";

export type PartsPages = {
  /**
   * A fresh page with an empty `#app` and the viewer's parts in `window.parts`, until the end of the test. All share one
   * profile: a new one takes a browser twice as long as a new page.
   */
  readonly open: () => Promise<Page>;
  /** The same for more than one test. The caller closes it. */
  readonly openLasting: () => Promise<Page>;
  readonly origin: () => string;
};

/**
 * For one file of tests: a browser, and a server whose only page holds the viewer's real parts (parts.ts), bundled as
 * the viewer is, as is their worker. They come and go with the file's tests.
 * Requests for other paths go to `answer`.
 */
export function partsPages(answer: RequestListener = notFound): PartsPages {
  let browser: Browser;
  let server: Server;
  let origin: string;
  let profile: BrowserContext;
  const opened: Page[] = [];
  beforeAll(async () => {
    const { script, style } = await bundle(`${import.meta.dirname}/parts.ts`, "viewerParts");
    const worker = await bundle(`${ROOT}/viewer/render/decode-worker.ts`, "decodeWorker");
    const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>parts</title><style>${style}</style><body><div id="app"></div><script>${script.replaceAll("</script", "<\\/script")}</script></body></html>`;
    server = createServer((request, response) => {
      if (request.url === "/") response.setHeader("content-type", "text/html").end(html);
      else if (request.url === DECODE_WORKER) response.setHeader("content-type", "text/javascript").end(worker.script);
      else answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    // An address, not a pipe's name, because it listens on a port.
    const { port } = server.address() as AddressInfo;
    origin = `http://127.0.0.1:${port}`;
    browser = await launchChromium();
    profile = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  }, 60_000);
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
    await profile.clearPermissions();
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });
  const openLasting = async () => {
    const page = await profile.newPage();
    await page.goto(origin);
    return page;
  };
  return {
    origin: () => origin,
    openLasting,
    open: async () => {
      const page = await openLasting();
      opened.push(page);
      return page;
    },
  };
}

async function bundle(entry: string, name: string): Promise<{ script: string; style: string }> {
  const built = await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry, formats: ["iife"], name } },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ("output" in one ? one.output : []));
  const script = outputs.flatMap((one) => (one.type === "chunk" ? [one.code] : [])).join("\n");
  const style = outputs.flatMap((one) => (one.type === "asset" ? [String(one.source)] : [])).join("\n");
  if (script === "") throw new Error(`${entry} was not bundled`);
  return { script, style };
}

const notFound: RequestListener = (_request, response) => {
  response.statusCode = 404;
  response.end();
};
