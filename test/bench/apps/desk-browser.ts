import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import { z } from "zod";

import type { Point, Size } from "../../../protocol/geometry.ts";
import { CHROMIUM } from "../../support/browser.ts";
import { fillingScreen, WITH_A_BAR } from "../chromium.ts";
import { makeFilm } from "./film.ts";
import type { AppName } from "./names.ts";

const PAGE = fileURLToPath(new URL("page.ts", import.meta.url));
/** What the page's functions are called by from outside. */
const NAME = "apps";

/** The browser on the shared display, which is what the viewer looks at. */
export type DeskBrowser = {
  /** Where the numbers of its updates are on the display. */
  readonly stamp: Point;
  play(app: AppName): Promise<void>;
  halt(): Promise<void>;
  close(): Promise<void>;
};

export async function openDeskBrowser(display: string, size: Size): Promise<DeskBrowser> {
  const [script, film] = await Promise.all([bundled(), makeFilm()]);
  const browser = await chromium.launch({
    ...CHROMIUM,
    headless: false,
    env: { ...process.env, DISPLAY: display },
    ignoreDefaultArgs: WITH_A_BAR,
    args: fillingScreen(size),
  });
  try {
    const context = await browser.newContext({ viewport: null });
    const page = await context.newPage();
    await page.addScriptTag({ content: script });
    const ask = (words: string): Promise<unknown> => page.evaluate(`${NAME}.${words}`);
    return {
      stamp: z.object({ x: z.number(), y: z.number() }).parse(await ask("stampPlace()")),
      play: async (app) => void (await ask(`play(${JSON.stringify(app)}, ${JSON.stringify(film)})`)),
      halt: async () => void (await ask("halt()")),
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** The page's script, in one piece. */
async function bundled(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry: PAGE, formats: ["iife"], name: NAME } },
  });
  const [output] = [built].flat();
  if (output === undefined || !("output" in output)) throw new Error("unreachable");
  return output.output[0].code;
}
