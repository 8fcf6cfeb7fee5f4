import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { strings } from "../../viewer/ui/strings.ts";
import { launchChromium, untilState } from "../support/browser.ts";
import { type RunningHost, type RunningServe, startHost, startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";

const LIMIT = { timeout: 25_000, interval: 100 };
const { names, states, reasons, notUsed } = strings.steps;
const WITHOUT_WEBRTC = "delete window.RTCPeerConnection;";
/** As behind a strict firewall: WebRTC is there, but finds no way. */
const NO_WAY_FOUND = `window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings) { super({ ...settings, iceTransportPolicy: "relay" }); }
};`;

describe("the page says why", () => {
  let browser: Browser;
  let page: Page;
  let host: RunningHost | undefined;
  let serve: RunningServe | undefined;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.context().close();
    await host?.stop();
    await serve?.stop();
    host = undefined;
    serve = undefined;
  });

  async function share(...args: string[]) {
    const server = serve === undefined ? ["--port", "0"] : ["--server", serve.url];
    host = startHost(["--capture", "test-card", "--input", "none", ...server, ...args]);
    return { host, link: (await host.next("ready")).link };
  }
  async function open(address: string, script = ""): Promise<void> {
    page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage();
    if (script !== "") await page.addInitScript(script);
    await page.goto(address);
  }
  /** What the visible checklist says of a step. */
  const said = async (name: string) => {
    const list = page.getByRole("list", { name: strings.steps.label });
    const lines = await list.getByRole("listitem").allInnerTexts();
    return lines.map((text) => text.replace(/\s+/g, " ")).find((text) => text.startsWith(name)) ?? "";
  };
  const untilSaid = (name: string, words: string | RegExp) =>
    vi.waitFor(async () => expect(await said(name)).toMatch(words), LIMIT);
  /** What is on the clipboard, as a person sees it: pasted. This page is on plain http, where no script can read it. */
  async function pasted(): Promise<string> {
    const paper = await page.context().newPage();
    await paper.setContent("<textarea></textarea>");
    await paper.locator("textarea").focus();
    await paper.keyboard.press("Control+V");
    const text = await paper.locator("textarea").inputValue();
    await paper.close();
    return text;
  }
  async function openBadge(): Promise<void> {
    await page.mouse.move(500, 2);
    await page.locator(".path-badge").click();
  }

  it("while somebody at the desktop is asked: what is done, what is awaited and for how long at most", async () => {
    const { host, link } = await share();
    await open(link);
    await untilState(page, "approving");
    expect(await said(names.server)).toMatch(new RegExp(`\\(${states.ok}\\) \\d+ ms|\\(${states.ok}\\) [\\d.]+ s`));
    expect(await said(names.code)).toContain(`(${states.ok})`);
    expect(await said(names.approval)).toContain(`(${states.trying})`);
    await untilSaid(names.approval, /\d+ s of \d+ s/);
    host.command({ command: "deny", viewer: (await host.next("knock")).viewer });
    await untilState(page, "ended");
    await untilSaid(names.approval, strings.steps.approvalRefused);
  });

  it("in a session: its way, its steps, and a report without secret, token or address", async () => {
    const { link } = await share("--approve", "view");
    await open(link);
    await untilState(page, "live");
    await openBadge();
    const panel = page.getByRole("dialog", { name: strings.report.heading });
    expect(await panel.innerText()).toContain(strings.badges.sealedMeaning);
    await page.locator('html[data-path="direct"]').waitFor({ state: "attached" });
    await untilSaid(names.direct, `(${states.ok})`);
    await untilSaid(names.picture, `(${states.ok})`);
    await panel.getByRole("button", { name: strings.report.copy }).click();
    await panel.getByRole("button", { name: strings.report.copied }).waitFor();

    // The browser hands a copied text to the clipboard in its own time.
    const report = await vi.waitFor(async () => {
      const text = await pasted();
      expect(text).not.toBe("");
      return text;
    }, LIMIT);
    const [, room = "", secret = ""] = /#(\d+)\.(.+)$/.exec(link) ?? [];
    expect(secret.length).toBeGreaterThan(10);
    expect(report).not.toContain(secret);
    // The page's own server is no secret; a browser's version and the time of day only look like addresses.
    const others = report.replace(/^(server|browser|written) .*$/gm, "");
    expect(others).not.toMatch(/\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f]*:[0-9a-f]|\.local\b/);
    expect(report).toContain(`room      ${room}\n`);
    expect(report).toMatch(/^\+\d+ +direct +ok after \d+ ms$/m);
    expect(report).toMatch(/^\+\d+ +picture +ok after \d+ ms$/m);
    expect(report).toMatch(/^path +direct, sealed, round trip /m);
    expect(report.length).toBeLessThan(4_096);
  });

  it("where a firewall leaves only the relay: that there was no direct way", async () => {
    const { link } = await share("--approve", "view");
    await open(link, NO_WAY_FOUND);
    await untilState(page, "live", 25_000);
    expect(await page.locator("html").getAttribute("data-path")).toBe("relay");
    await openBadge();
    expect(await said(names.relay)).toContain(`(${states.ok})`);
    await untilSaid(names.direct, new RegExp(`${reasons["no-way-found"]}|${reasons["time-is-up"]}`));
  });

  it("where no way is left: of each one why not", async () => {
    serve = await startServe(await freePort(), ["--relay", "off"]);
    const { link } = await share("--approve", "view", "--mjpeg", "off");
    await open(link, WITHOUT_WEBRTC);
    await untilState(page, "ended");
    await untilSaid(names.direct, notUsed["no-webrtc"]);
    expect(await said(names.relay)).toContain(notUsed["server-has-it-off"]);
    expect(await said(names.mjpeg)).toMatch(new RegExp(`${reasons.refused}|${notUsed["host-has-it-off"]}`));
  });

  it("where nothing is open to a browser without WebRTC: that, and the host hears nothing of it", async () => {
    serve = await startServe(await freePort(), ["--relay", "off", "--mjpeg", "off"]);
    const { link } = await share("--approve", "view");
    await open(link, WITHOUT_WEBRTC);
    await page.locator('html[data-reason="no-webrtc"]').waitFor({ state: "attached", timeout: 25_000 });
    const { sentence, nextStep } = strings.endReasons["no-webrtc"];
    expect(await page.locator(".notice").innerText()).toBe(`${sentence}\n\n${nextStep}`);
    await untilSaid(names.direct, notUsed["no-webrtc"]);
    expect(await said(names.mjpeg)).toContain(notUsed["server-has-it-off"]);
  });

  it("when the server is gone: that it is the server", async () => {
    serve = await startServe(await freePort());
    const { link } = await share("--approve", "view");
    await open(new URL(link).origin);
    await untilState(page, "join");
    await serve.stop();
    await page.getByLabel(strings.join.field).fill(link);
    await page.keyboard.press("Enter");
    await page.locator('html[data-reason="server-unreachable"]').waitFor({ state: "attached", timeout: 25_000 });
    await page.getByText(strings.report.tried).click();
    expect(await said(names.server)).toContain(reasons.unreachable);
  });
});
