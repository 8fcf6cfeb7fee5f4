import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { Browser as Firefox } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { HostCommand, HostEvent, Question } from "../../../host-agent/ui/host-ui.ts";
import { type LocalPage, openLocalPage } from "../../../host-agent/ui/local-page/local-page.ts";
import { launchChromium, launchFirefox } from "../../support/browser.ts";
import { READY } from "./ready-event.ts";

/* The built approval page in a real browser, with this test in the host's place. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const LIMIT = { timeout: 10_000, interval: 20 };

describe("the approval page", () => {
  let browser: Browser;
  let host: LocalPage;
  let page: Page;
  let commands: HostCommand[];
  let complaints: string[];

  const open = async (viewOnly = false) => {
    const settings = { approve: "ask", viewOnly, reusable: false, embedded: true } as const;
    host = await openLocalPage(`${ROOT}/dist/local-page`, settings, () => performance.now());
    commands = [];
    host.ui.listen((command) => commands.push(command));
    host.ui.event(READY);
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    await page.goto(host.url);
    await page.locator('html[data-state="sharing"]').waitFor({ state: "attached" });
  };
  const ask = (viewer: string, more: Partial<Question> = {}) => {
    const question = { kind: "admit", viewer, label: `${viewer}'s Firefox`, from: "10.0.0.2", mjpeg: false } as const;
    host.ui.ask({ ...question, timeoutMs: 30_000, ...more });
  };
  const joined = (viewer: string, more: Partial<Extract<HostEvent, { event: "joined" }>> = {}) => {
    host.ui.event({ event: "knock", viewer, label: `${viewer}'s Firefox`, from: "10.0.0.2", mjpeg: false });
    host.ui.event({ event: "joined", viewer, role: "view", path: "direct", ...more });
  };
  const press = (name: string) => page.getByRole("button", { name }).click();
  /** The question of this viewer takes an answer: for a moment it takes none, which nobody could have read it in. */
  const answerable = async (viewer: string) => {
    await page.getByRole("heading", { name: new RegExp(`^${viewer}'s Firefox`) }).waitFor();
    await page.locator(".answers .button:not([aria-disabled])").first().waitFor();
  };
  const commanded = (...expected: HostCommand[]) => expect.poll(() => commands, LIMIT).toEqual(expected);

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    host.ui.close();
  });

  test("shows link, code and QR code, and a fresh one when there is one", async () => {
    await open();
    expect(await page.getByLabel("Link", { exact: true }).inputValue()).toBe(READY.event === "ready" && READY.link);
    await page.getByText("7316 · 482 915 060").waitFor();
    const qr = page.getByRole("img", { name: "QR code" }).locator("path");
    const before = await qr.getAttribute("d");
    expect(before?.length).toBeGreaterThan(1_000);
    host.ui.event({ event: "code", code: "7316111222333", link: "http://10.0.0.1:7440/#7316.BBBB", why: "used" });
    await page.getByText("7316 · 111 222 333").waitFor();
    expect(await qr.getAttribute("d")).not.toBe(before);
    expect(complaints).toEqual([]);
  });

  test("asks with View only in focus, says who waits in its title, and is answered by keys alone", async () => {
    await open();
    expect(await page.title()).toBe("Sharing — deskbeam");
    ask("Anna");
    await page.getByRole("heading", { name: "Anna's Firefox has the code and wants to see this screen" }).waitFor();
    expect(await page.title()).toBe("(1) Anna's Firefox waits — deskbeam");
    await page.getByText("From 10.0.0.2").waitFor();
    await page.getByText("Sealed end to end").waitFor();
    await page.getByText(/Without an answer in (30|2\d) s: not let in/).waitFor();
    // A key that was already on its way when the question came.
    await page.keyboard.press("Enter");
    await answerable("Anna");
    expect(commands).toEqual([]);
    await page.keyboard.press("Enter");
    await commanded({ command: "approve", viewer: "Anna", role: "view" });
    await expect.poll(() => page.title(), LIMIT).toBe("Sharing — deskbeam");
    ask("Ben");
    await answerable("Ben");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await commanded(
      { command: "approve", viewer: "Anna", role: "view" },
      { command: "approve", viewer: "Ben", role: "control" },
    );
    ask("Cleo");
    await answerable("Cleo");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => commands.at(-1), LIMIT).toEqual({ command: "deny", viewer: "Cleo" });
  });

  test("says when the picture cannot be sealed, and a yes accepts it", async () => {
    await open();
    ask("Anna", { mjpeg: true });
    await page.getByText("NOT sealed").waitFor();
    await answerable("Anna");
    await press("View only");
    await commanded({ command: "approve", viewer: "Anna", role: "view", mjpeg: true });
  });

  test("asks about control, the safe answer in focus", async () => {
    await open();
    joined("Anna");
    ask("Anna", { kind: "control" });
    await page.getByText("asks for keyboard and mouse").waitFor();
    await answerable("Anna");
    await page.keyboard.press("Enter");
    await commanded({ command: "deny", viewer: "Anna" });
    await page.locator(".answers").waitFor({ state: "detached" });
    ask("Anna", { kind: "control" });
    await answerable("Anna");
    await page.getByRole("button", { name: "Give control", exact: true }).click();
    await commanded({ command: "deny", viewer: "Anna" }, { command: "grant", viewer: "Anna" });
  });

  test("asks whether a long session goes on", async () => {
    await open();
    joined("Anna", { role: "control" });
    ask("Anna", { kind: "continue", timeoutMs: 300_000 });
    await page.getByText("Without an answer in 5 min: ended.").waitFor();
    await answerable("Anna");
    await press("Go on");
    await commanded({ command: "approve", viewer: "Anna", role: "view" });
  });

  test("one question at a time: the next comes when the first is answered or withdrawn", async () => {
    await open();
    ask("Anna");
    ask("Ben");
    await page.getByText("One more waits behind.").waitFor();
    expect(await page.title()).toMatch(/^\(2\) Anna/);
    host.ui.withdraw("Anna");
    await page.getByRole("heading", { name: /^Ben/ }).waitFor();
    host.ui.withdraw("Ben");
    await page.getByRole("button", { name: "View only" }).waitFor({ state: "detached" });
    expect(commands).toEqual([]);
  });

  test("an answer that comes too late does nothing, and the page says so", async () => {
    await open();
    ask("Anna");
    await answerable("Anna");
    // The terminal answers while the finger comes down: the page's own line is cut for that moment.
    await page.route("**/command", async (route) => {
      host.heard({ command: "approve", viewer: "Anna", role: "view" });
      await route.continue();
    });
    await press("View and control");
    await page.getByText("it was answered already").waitFor();
    expect(commands).toEqual([]);
  });

  test("shows who watches and who controls, and takes control back, gives it, sends away", async () => {
    await open();
    await page.getByRole("heading", { name: "Nobody is watching" }).waitFor();
    joined("Anna");
    joined("Ben", { role: "control", path: "mjpeg" });
    await page.getByRole("heading", { name: "2 viewers, Ben's Firefox controls" }).waitFor();
    await page.getByText("direct, sealed · from 10.0.0.2").waitFor();
    await page.getByText("Not sealed", { exact: true }).and(page.locator(":visible")).waitFor();
    await press("Give control: Anna's Firefox");
    await press("Take control back: Ben's Firefox");
    await press("Send away: Ben's Firefox");
    await commanded(
      { command: "grant", viewer: "Anna" },
      { command: "revoke", viewer: "Ben" },
      { command: "kick", viewer: "Ben" },
    );
    host.ui.event({ event: "left", viewer: "Ben", reason: "kicked" });
    await page.getByRole("heading", { name: "One viewer, nobody controls" }).waitFor();
  });

  test("pauses, goes on, invites and stops; a pause from elsewhere shows too", async () => {
    await open();
    await press("Pause");
    host.ui.paused(true);
    await page.getByText("Paused: viewers see nothing").waitFor();
    await press("Go on");
    host.ui.paused(false);
    await press("Invite another");
    await press("Stop sharing");
    await commanded({ command: "pause" }, { command: "resume" }, { command: "invite" }, { command: "stop" });
    host.ui.paused(true);
    await page.getByRole("button", { name: "Go on" }).waitFor();
    expect(await page.title()).toBe("Paused — deskbeam");
  });

  test("with --view-only offers no way to give control", async () => {
    await open(true);
    joined("Anna");
    ask("Ben");
    await answerable("Ben");
    expect(await page.getByRole("button", { name: /control/i }).count()).toBe(0);
  });

  test("a stranger's name is text, whatever it looks like", async () => {
    await open();
    const label = `<img src=x onerror=alert(1)><b>Bank</b>`;
    ask("v1", { label, from: "<script>alert(2)</script>" });
    await page.getByRole("heading", { name: label }).waitFor();
    host.ui.event({ event: "knock", viewer: "v2", label, from: "<u>x</u>", mjpeg: false });
    host.ui.event({ event: "joined", viewer: "v2", role: "view", path: "direct" });
    host.ui.notice("warning", label);
    await page.getByText(label).nth(2).waitFor();
    expect(await page.locator("main :is(img, b, u, script)").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a page that is opened late shows all, with the time that is really left", async () => {
    await open();
    joined("Anna");
    ask("Ben", { timeoutMs: 30_000 });
    await page.getByText(/Without an answer in 2[0-8] s/).waitFor();
    const late = await browser.newPage();
    await late.goto(host.url);
    await late.getByText(/Without an answer in (2[0-8]|1\d) s/).waitFor();
    await late.getByRole("heading", { name: "One viewer, nobody controls" }).waitFor();
    await late.close();
  });

  test("says that sharing has ended, and why, and leaves nothing to press", async () => {
    await open();
    ask("Anna");
    host.ui.event({ event: "ended", reason: "host-stopped" });
    await page.getByText("Why: stopped here.").waitFor();
    expect(await page.getByRole("button").and(page.locator(":visible")).count()).toBe(0);
    expect(await page.title()).toBe("Ended — deskbeam");
  });

  test("says so when the program is gone without a word", async () => {
    await open();
    host.ui.close();
    await page.getByText("deskbeam does not answer").waitFor();
  });

  test("fits a phone's width", async () => {
    await page.setViewportSize({ width: 320, height: 700 });
    await open();
    joined("Anna", { role: "control" });
    ask("Ben with a very long name that somebody gave to a browser", { mjpeg: true });
    await page.getByText("NOT sealed:").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
  });
});

describe("the approval page in Firefox", () => {
  let firefox: Firefox;

  beforeAll(async () => {
    firefox = await launchFirefox();
  }, 60_000);
  afterAll(async () => {
    await firefox?.close();
  });

  test("shows the question and sends the answer with an Origin that is taken", { timeout: 60_000 }, async () => {
    const settings = { approve: "ask", viewOnly: false, reusable: false, embedded: true } as const;
    const host = await openLocalPage(`${ROOT}/dist/local-page`, settings, () => performance.now());
    const commands: HostCommand[] = [];
    host.ui.listen((command) => commands.push(command));
    host.ui.event(READY);
    const page = await firefox.newPage();
    try {
      await page.goto(host.url);
      const question = {
        kind: "admit",
        viewer: "v1",
        label: "Anna",
        from: "",
        mjpeg: false,
        timeoutMs: 30_000,
      } as const;
      host.ui.ask(question);
      await page.waitForSelector(".answers .button:not([aria-disabled])");
      await page.keyboard.press("Enter");
      await expect.poll(() => commands, LIMIT).toEqual([{ command: "approve", viewer: "v1", role: "view" }]);
    } finally {
      await page.close();
      host.ui.close();
    }
  });
});
