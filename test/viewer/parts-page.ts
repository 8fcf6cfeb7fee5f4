import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";
import { launchChromium } from "../support/browser.ts";

const ROOT = `${import.meta.dirname}/../..`;

/** Where these pages find the viewer's decode-worker.ts. */
export const DECODE_WORKER = "/decode-worker.js";

export type PartsPages = {
  /** A fresh page with an empty `#app` and the viewer's parts in `window.parts`. */
  readonly open: (options?: BrowserContextOptions) => Promise<Page>;
  readonly origin: string;
  readonly close: () => Promise<void>;
};

/**
 * One browser, and a server whose only page holds the viewer's real parts (parts.ts), bundled as the viewer is, as is
 * their worker.
 * Requests for other paths go to `answer`.
 */
export async function servePartsPages(answer: RequestListener = notFound): Promise<PartsPages> {
  const { script, style } = await bundle(`${import.meta.dirname}/parts.ts`, "viewerParts");
  const worker = await bundle(`${ROOT}/viewer/render/decode-worker.ts`, "decodeWorker");
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>parts</title><style>${style}</style><body><div id="app"></div><script>${script.replaceAll("</script", "<\\/script")}</script></body></html>`;
  const server = createServer((request, response) => {
    if (request.url === "/") response.setHeader("content-type", "text/html").end(html);
    else if (request.url === DECODE_WORKER) response.setHeader("content-type", "text/javascript").end(worker.script);
    else answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  // An address, not a pipe's name, because it listens on a port.
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const browser: Browser = await launchChromium();
  return {
    origin,
    open: async (options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, ...options });
      const page = await context.newPage();
      await page.goto(origin);
      return page;
    },
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
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
