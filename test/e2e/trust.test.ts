import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { CHROMIUM, launchChromium, pictureOf, untilPath } from "../support/browser.ts";
import { type RunningHost, type RunningServe, startHost, startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";
import { twoMachines } from "../support/namespaces.ts";
import { decodePicture, displayPicture, psnr } from "../support/picture.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { type Desktop, startDesktop } from "../support/x-server.ts";

const WIDTH = 800;
const HEIGHT = 600;
const LIMIT = { timeout: 15_000, interval: 100 };

describe("sealed wherever the page came from", () => {
  let desktop: Desktop;
  let folder: string;
  let terminal: Terminal;
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    desktop = await startDesktop({ width: WIDTH, height: HEIGHT });
    folder = await mkdtemp(join(tmpdir(), "deskbeam-trust-"));
    terminal = await openTerminal(desktop, "80x24+20+20");
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await desktop?.stop();
    await terminal?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const keep = <Kept extends RunningHost | RunningServe>(one: Kept): Kept => {
    ends.push(() => one.stop());
    return one;
  };

  /** Opens the link, sees the display, types a line and finds it in the terminal. */
  async function worksSealed(browser: Browser, link: string, word: string, secureContext: boolean): Promise<void> {
    ends.push(() => browser.close());
    const page: Page = await (
      await browser.newContext({ viewport: { width: 1000, height: 760 }, ignoreHTTPSErrors: true })
    ).newPage();
    await page.goto(link);
    await untilPath(page, "direct");
    expect(await page.evaluate(() => isSecureContext)).toBe(secureContext);
    const data = await page.evaluate(() => ({ ...document.documentElement.dataset }));
    expect(data).toMatchObject({ path: "direct", role: "control", sealed: "true" });
    await vi.waitFor(async () => {
      const seen = await decodePicture(await pictureOf(page));
      expect(psnr(seen, await displayPicture(desktop.display, WIDTH, HEIGHT))).toBeGreaterThanOrEqual(35);
    }, LIMIT);
    await page.locator("canvas:visible").click({ position: { x: 200, y: 150 } });
    await page.keyboard.type(`echo ${word}-$((6*7))`, { delay: 10 });
    await page.keyboard.press("Enter");
    await terminal.says(`${word}-42`);
  }

  it("in a secure context, by the browser's own cryptography", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const files = ["-keyout", key, "-out", cert];
    await promisify(execFile)("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      ...files,
      ...subject,
    ]);
    const port = await freePort();
    const trust = { NODE_EXTRA_CA_CERTS: cert };
    const serve = keep(await startServe(port, ["--tls-cert", cert, "--tls-key", key], { scheme: "https" }));
    const host = keep(startHost(["--display", desktop.display, "--server", serve.url, "--approve", "control"], trust));
    await worksSealed(await launchChromium(), (await host.next("ready")).link, "secure", true);
  });

  it("on plain http between two machines, by JavaScript alone", async () => {
    const machines = await twoMachines();
    ends.push(() => machines.remove());
    const { near, far } = machines;
    const host = keep(
      startHost(["--display", desktop.display, "--port", "0", "--approve", "control"], {}, [
        "ip",
        "netns",
        "exec",
        near.name,
      ]),
    );
    const { link } = await host.next("ready");
    expect(new URL(link).hostname).toBe(near.address);
    const browser = await chromium.launch({
      ...CHROMIUM,
      executablePath: await machines.wrapper(far.name, CHROMIUM.executablePath),
    });
    await worksSealed(browser, link, "plain", false);
  });
});
