import { type Browser, chromium, type Page } from "playwright-core";
import puppeteer, { type Browser as Firefox } from "puppeteer-core";
import { z } from "zod";

/**
 * Debian's Chromium without a screen. The flags keep it from calling its makers' servers; the sandbox cannot be had as
 * root, which is what CI machines run as.
 */
export function launchChromium(): Promise<Browser> {
  return chromium.launch(CHROMIUM);
}

/** A browser that the test will kill, the way a crash or a power cut does. */
export async function launchDoomedChromium(): Promise<{ browser: Browser; kill: () => void }> {
  const server = await chromium.launchServer(CHROMIUM);
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, kill: () => void server.process().kill("SIGKILL") };
}

export const FIREFOX_PATH = "/usr/bin/firefox-esr";

/** Debian's Firefox without a screen: puppeteer drives it as it is, playwright would need one of its own. */
export function launchFirefox(args: string[] = []): Promise<Firefox> {
  return puppeteer.launch({ browser: "firefox", executablePath: FIREFOX_PATH, headless: true, args });
}

/**
 * The address bar's suggestions and its AI box are pages of their own, and each new window loads both: over a second of
 * processor, beside whatever is being tried. The other features are playwright's list, as far as it matters on Linux:
 * of two such flags the last one counts, so this one has to hold it.
 */
const FEATURES_OFF = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
];

export const CHROMIUM = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--disable-features=${FEATURES_OFF.join(",")}`,
  ],
};

export type ViewerStates =
  | "join"
  | "waiting"
  | "approving"
  | "connecting"
  | "live"
  | "reconnecting"
  | "paused"
  | "ended";

/** Waits for `data-state` on <html>. */
export async function untilState(page: Page, state: ViewerStates, timeoutMs = 20_000): Promise<void> {
  await page.locator(`html[data-state="${state}"]`).waitFor({ state: "attached", timeout: timeoutMs });
}

/** Waits until the session goes over this path: a bridge may have come first. */
export async function untilPath(
  page: Page,
  path: "direct" | "turn" | "relay" | "mjpeg",
  timeoutMs = 20_000,
): Promise<void> {
  await page.locator(`html[data-state="live"][data-path="${path}"]`).waitFor({ state: "attached", timeout: timeoutMs });
}

/** The page believes that its server relays nothing (`serve --relay off`), and hands out no ICE servers. */
export async function withoutRelay(page: Page): Promise<void> {
  const json = { iceServers: [], mjpeg: true, relay: false };
  await page.route("**/config.json", (route) => route.fulfill({ json }));
}

/** The visible picture's pixels as PNG, at the display's own size. */
export async function pictureOf(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const picture = [...document.querySelectorAll<HTMLCanvasElement | HTMLImageElement>("canvas, img")].find(
      (one) => one.getClientRects().length > 0,
    );
    if (picture === undefined) throw new Error("no picture");
    if (picture instanceof HTMLCanvasElement) return picture.toDataURL("image/png");
    const canvas = document.createElement("canvas");
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
    return canvas.toDataURL("image/png");
  });
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

const statsSchema = z.object({
  screen: z.object({
    updates: z.number(),
    jpegRects: z.number(),
    exactRects: z.number(),
    shadedRects: z.number(),
    indexedRects: z.number(),
    filmRects: z.number(),
    solidRects: z.number(),
    textRects: z.number(),
    copyRects: z.number(),
    bytes: z.number(),
  }),
});

/** What the page says of itself in `window.deskbeam`. */
export async function viewerStats(page: Page): Promise<z.infer<typeof statsSchema>> {
  return statsSchema.parse(await page.evaluate("window.deskbeam.stats()"));
}
