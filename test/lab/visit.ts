import { setTimeout } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { vi } from "vitest";
import { z } from "zod";
import type { Rect } from "../../protocol/geometry.ts";
import type { Path } from "../../protocol/pipe.ts";
import { untilState } from "../support/browser.ts";
import type { RunningHost } from "../support/deskbeam.ts";
import { startOwnShare } from "./own-time.ts";
import type { Stage } from "./stage.ts";

const LIVE_LIMIT_MS = 30_000;
/** Whoever follows a link has their browser running; one that starts takes more of two processors than the page does. */
const REST_LIMIT_MS = 20_000;
const REST_LOOK_MS = 100;
const REST_LOOKS = 3;
const REST_CPU_S = 0.02;
const TYPED_LIMIT_MS = 20_000;

const historySchema = z.array(z.object({ state: z.string(), path: z.string(), ms: z.number() }));

/** A viewer's page, and when it said what: `ms` since the navigation began. */
export type Visit = {
  readonly page: Page;
  history(): Promise<z.infer<typeof historySchema>>;
  /** What the page says about connecting, for whoever has to find out why. */
  report(): Promise<string>;
  /** From opening the link to the first picture, without the time in which others had this machine's processors. */
  readonly pictureOwnMs: number;
  /** When the page was first in that state, or live on that path. */
  whenState(state: string): Promise<number>;
  whenLiveOn(path: Path): Promise<number>;
  /** How many messages have come on data channels of this name. */
  messagesOn(channel: string): Promise<number>;
  /** The picture's pixels, each red, green, blue and 255. */
  pixels(rect: Rect): Promise<number[]>;
  /** Resolves when the page is live on that path. */
  untilPath(path: Path, limitMs: number): Promise<void>;
  /** Types a line into the terminal on the desktop that also fills it with text, and sees its answer come. */
  type(word: string): Promise<void>;
  close(): Promise<void>;
};

/** Follows the host's link and waits for the picture. */
export async function visit(stage: Stage, browser: Browser, host: RunningHost): Promise<Visit> {
  const { link } = await host.next("ready");
  const context = await browser.newContext({ viewport: { width: 1000, height: 760 } });
  try {
    return await openPage(stage, context, host, link);
  } catch (error) {
    await context.close();
    throw error;
  }
}

async function openPage(stage: Stage, context: BrowserContext, host: RunningHost, link: string): Promise<Visit> {
  const page = await context.newPage();
  await page.addInitScript(`{
    const history = [];
    window.labHistory = history;
    const note = () => {
      const { state = "", path = "" } = document.documentElement?.dataset ?? {};
      const last = history.at(-1);
      if (last?.state !== state || last?.path !== path) history.push({ state, path, ms: performance.now() });
    };
    const watched = { subtree: true, childList: true, attributeFilter: ["data-state", "data-path"] };
    new MutationObserver(note).observe(document, watched);

    const messages = {};
    window.labMessages = messages;
    const { prototype } = RTCPeerConnection;
    const create = prototype.createDataChannel;
    prototype.createDataChannel = function (name, ...rest) {
      const channel = create.call(this, name, ...rest);
      channel.addEventListener("message", () => { messages[name] = (messages[name] ?? 0) + 1; });
      return channel;
    };
  }`);
  const history = async () => historySchema.parse(await page.evaluate("window.labHistory"));
  const when = async (fits: (moment: { state: string; path: string }) => boolean) => {
    const all = await history();
    const found = all.find(fits);
    if (found === undefined) throw new Error(`it never was: ${JSON.stringify(all)}`);
    return found.ms;
  };
  const report = async () => z.string().parse(await page.evaluate("window.deskbeam.report()"));
  /** Both ends' own words about what did not come. */
  const failure = async (what: string, cause: unknown) => {
    const atPage = `${await page.locator("body").innerText()}\n${await report()}`;
    const told = [JSON.stringify(await history()), atPage, JSON.stringify(host.events), host.notices()];
    return new Error([what, ...told].join("\n"), { cause });
  };
  const whenState = (state: string) => when((moment) => moment.state === state);
  await untilAtRest(context);
  const shareOfNow = startOwnShare();
  await page.goto(link).catch(async (error: unknown) => {
    // Seen of a Chromium that had just started; why is not known. It loads such a page again by itself, but not for its driver.
    if (!String(error).includes("net::ERR_NETWORK_CHANGED")) throw error;
    // Its page of the error comes a little later, and would interrupt whatever is loaded by then.
    await page.waitForURL("chrome-error://chromewebdata/");
    await page.goto(link);
  });
  await untilState(page, "live", LIVE_LIMIT_MS).catch(async (error: unknown) => {
    throw await failure("no picture", error);
  });
  const ownShare = shareOfNow();
  const pictureOwnMs = ownShare * (await whenState("live"));
  return {
    page,
    pictureOwnMs,
    history,
    report,
    whenState,
    whenLiveOn: (path) => when((moment) => moment.state === "live" && moment.path === path),
    messagesOn: async (channel) =>
      z.number().parse(await page.evaluate(`window.labMessages[${JSON.stringify(channel)}] ?? 0`)),
    pixels: async ({ x, y, width, height }) => {
      const shown = "[...document.querySelectorAll('canvas')].find((one) => one.checkVisibility())";
      const data = `${shown}.getContext("2d").getImageData(${[x, y, width, height].join()}).data`;
      return z.array(z.number()).parse(await page.evaluate(`[...${data}]`));
    },
    untilPath: async (path, limitMs) => {
      const wanted = page.locator(`html[data-state="live"][data-path="${path}"]`);
      await wanted.waitFor({ state: "attached", timeout: limitMs }).catch(async (error: unknown) => {
        throw await failure(`not on ${path} after ${limitMs} ms`, error);
      });
    },
    type: async (word) => {
      await page.locator("canvas:visible").click({ position: { x: 200, y: 150 } });
      await page.keyboard.type(`seq -s' ' 900 1400; echo ${word}-$((6*7))`, { delay: 10 });
      await page.keyboard.press("Enter");
      await vi.waitFor(
        async () => {
          if (!(await stage.terminal()).includes(`${word}-42`)) throw new Error(`"${word}" did not arrive`);
        },
        { timeout: TYPED_LIMIT_MS, interval: 100 },
      );
    },
    close: () => context.close(),
  };
}

/** Resolves when the browser with its new tab, all its processes together, has had next to nothing to do for a while. */
async function untilAtRest(context: BrowserContext): Promise<void> {
  const browser = context.browser();
  if (browser === null) throw new Error("this context has no browser of its own");
  const devtools = await browser.newBrowserCDPSession();
  const usedS = async () => {
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const limitMs = performance.now() + REST_LIMIT_MS;
  let before = await usedS();
  for (let looks = 0; looks < REST_LOOKS; ) {
    if (performance.now() > limitMs) throw new Error("the browser does not come to rest");
    await setTimeout(REST_LOOK_MS);
    const now = await usedS();
    looks = now - before < REST_CPU_S ? looks + 1 : 0;
    before = now;
  }
  await devtools.detach();
}

/** The path the host believes its viewer to be on. */
export function pathAtHost(host: RunningHost): Path | undefined {
  const told = host.events.filter((event) => event.event === "joined" || event.event === "path");
  return told.at(-1)?.path;
}
