import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { ConnectReport } from "../../../viewer/core/connect-report.ts";
import type { ViewerState } from "../../../viewer/core/session-state.ts";
import { strings } from "../../../viewer/ui/strings.ts";
import { partsPages } from "../parts-page.ts";

const LIVE = { kind: "live", path: "direct", role: "control", sealed: true, rttMs: 12.4 } as const;
const REPORT = "deskbeam report\nroom      7316\n";
const PHONE = { width: 360, height: 640 };

type Bench = { model: InstanceType<Window["parts"]["Model"]>; report: ConnectReport; copiesRefused: number };

const pages = partsPages();
let page: Page;
beforeEach(mount);

/** The whole page, and a report whose clock begins at 0 when nothing else is said. */
async function mount(): Promise<void> {
  page = await pages.open();
  await page.evaluate((text) => {
    const root = document.getElementById("app");
    if (root === null) throw new Error("no #app");
    const model = new window.parts.Model();
    const nothing = () => {};
    const ui = window.parts.mountUi(root, model, {
      join: nothing,
      askControl: nothing,
      disconnect: nothing,
      tryNow: nothing,
      pressKeys: nothing,
      typeText: nothing,
      reportText: () => text,
    });
    ui.canvas.width = 640;
    ui.canvas.height = 360;
    Object.assign(window, { model, report: new window.parts.ConnectReport((report) => model.update({ report })) });
  }, REPORT);
}

/** Tells the page's report what happens; `nowMs` is the page's own clock. */
function tell(happens: (report: ConnectReport, nowMs: number) => void): Promise<void> {
  return page.evaluate(
    // The function is written out and read in again: it uses nothing but what it is given.
    (source) =>
      new Function("report", "nowMs", `(${source})(report, nowMs)`)(
        (window as unknown as Bench).report,
        performance.now(),
      ),
    happens.toString(),
  );
}

const enter = (state: ViewerState) =>
  page.evaluate((next) => (window as unknown as Bench).model.update({ state: next }), state);
const line = (name: string, inside = ".progress") =>
  page.locator(`${inside} .step`).filter({ hasText: new RegExp(`^${name}`) });
const words = async (name: string) => (await line(name).innerText()).replace(/\s+/g, " ");
const aloud = () => page.locator(".announcer [aria-live=polite]").textContent();
const button = (name: string) => page.getByRole("button", { name });

describe("the checklist on the way in", () => {
  it("says of each step what became of it, in words, with its time", async () => {
    await enter({ kind: "connecting", stage: "ways" });
    await tell((report) => {
      report.began(0);
      report.started("server", 0);
      report.succeeded("server", 45);
      report.started("code", 45);
      report.succeeded("code", 1_245);
      report.notUsed("approval", "not-needed");
      report.started("direct", 1_300);
      report.failed("direct", 13_300, "no-way-found");
      report.notUsed("turn", "no-turn-server");
    });
    expect(await words("Server")).toBe("Server (done) 45 ms");
    expect(await words("Code")).toBe("Code (done) 1.2 s");
    expect(await words("Permission")).toBe("Permission (not used) not needed");
    expect(await words("Direct")).toBe(`Direct connection (failed) 12 s ${strings.steps.reasons["no-way-found"]}`);
    expect(await words("Relay by TURN")).toBe(`Relay by TURN (not used) ${strings.steps.notUsed["no-turn-server"]}`);
    expect(await words("Relay by this")).toBe("Relay by this server (not tried yet)");
  });

  it("says what is being tried, and after a few seconds for how long already and at most", async () => {
    await enter({ kind: "connecting", stage: "ways" });
    await tell((report, nowMs) => {
      report.began(nowMs);
      report.started("direct", nowMs);
      report.started("relay", nowMs - 4_000, 8_000);
    });
    const current = page.locator(".progress [aria-current=step]");
    expect(await current.count()).toBe(2);
    expect(await words("Direct")).toBe(`Direct connection (now) ${strings.steps.trying.direct}`);
    expect(await words("Relay by this")).toBe(`Relay by this server (now) 4 s of 8 s ${strings.steps.trying.relay}`);
    expect(await page.locator(".progress .lead").innerText()).toBe(strings.progress.lead.several);
    // The clock goes on by itself, and stops with the step.
    await expect.poll(() => words("Relay by this"), { timeout: 4_000 }).toContain("5 s of 8 s");
    await tell((report, nowMs) => report.failed("relay", nowMs, "time-is-up"));
    expect(await words("Relay by this")).toContain(strings.steps.reasons["time-is-up"]);
    expect(await current.count()).toBe(1);
  });

  it("claims no limit that is over: what waits for permission meanwhile may go on longer", async () => {
    await enter({ kind: "approving" });
    await tell((report, nowMs) => {
      report.began(nowMs - 30_000);
      report.started("direct", nowMs - 20_000, 12_000);
    });
    expect(await words("Direct")).toBe(`Direct connection (now) 20 s ${strings.steps.trying.direct}`);
  });

  it("says what comes next, and when nothing does", async () => {
    await enter({ kind: "connecting", stage: "ways" });
    const lead = () => page.locator(".progress .lead").innerText();
    expect(await lead()).toBe(strings.progress.lead.looking);
    await tell((report, nowMs) => {
      report.began(nowMs);
      report.notUsed("turn", "no-turn-server");
      report.started("direct", nowMs);
    });
    expect(await lead()).toBe(strings.progress.lead.next(strings.steps.names.relay));
    await tell((report, nowMs) => {
      report.failed("direct", nowMs, "no-way-found");
      report.notUsed("relay", "server-has-it-off");
      report.started("mjpeg", nowMs);
    });
    expect(await lead()).toBe(strings.progress.lead.last);
    await enter({ kind: "approving" });
    expect(await lead()).toBe(strings.progress.lead.approvingUnsealed);
    await enter({ kind: "connecting", stage: "picture" });
    expect(await lead()).toBe(strings.progress.lead.picture);
  });

  it("tells the step that changed aloud, politely and no other", async () => {
    await enter({ kind: "waiting", room: "7316" });
    await tell((report) => {
      report.began(0);
      report.started("server", 0);
      report.succeeded("server", 45);
    });
    expect(await aloud()).toBe("Server: done.");
    await tell((report) => report.failed("code", 90, "wrong-code"));
    expect(await aloud()).toBe(`Code: ${strings.steps.reasons["wrong-code"]}`);
    await enter({ kind: "approving" });
    await tell((report) => {
      report.started("approval", 100);
      report.failed("approval", 5_000, "refused");
    });
    expect(await aloud()).toBe(`Permission: ${strings.steps.approvalRefused}`);
    expect(await page.locator("ol[aria-live], .steps [aria-live]").count()).toBe(0);
  });
});

describe("the path badge", () => {
  const badge = () => page.locator(".path-badge");
  const panel = () => page.getByRole("dialog", { name: strings.report.heading });

  it("opens the session's connection in words: its way, its steps and what has been", async () => {
    await tell((report) => {
      report.began(1_000);
      report.started("direct", 1_200);
      report.started("relay", 2_200);
      report.moved("relay", 2_500);
      report.moved("direct", 3_000);
      report.lost(61_000, "network");
      report.moved("direct", 61_800);
    });
    await enter(LIVE);
    expect(await badge().innerText()).toBe("Direct · 12 ms");
    await badge().click();
    const text = await panel().innerText();
    expect(text).toContain(strings.report.paths.direct);
    expect(text).toContain(strings.badges.sealedMeaning);
    expect(await line("Direct", ".path-panel").innerText()).toContain("1.8 s");
    const history = await page.locator(".path-history li").allInnerTexts();
    expect(history.map((entry) => entry.replace(/\s+/g, " "))).toEqual([
      "1.5 s Relayed",
      "2.0 s Direct",
      "60 s The connection was lost. Back after 800 ms.",
    ]);
  });

  it("works from the keyboard, and Escape gives the badge its focus back", async () => {
    await enter({ ...LIVE, role: "view" });
    await page.keyboard.press("Control+Alt+Shift+KeyK");
    await page.keyboard.press("Home");
    expect(await badge().evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    expect(await panel().evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await badge().getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("Tab");
    expect(await button(strings.report.copy).evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press("Escape");
    expect(await panel().isVisible()).toBe(false);
    expect(await badge().evaluate((one) => one === document.activeElement)).toBe(true);
  });

  it("stays open while the round trip changes under it, and fits a phone with everything in reach", async () => {
    await page.setViewportSize(PHONE);
    await tell((report) => {
      report.began(0);
      for (let round = 0; round < 10; round++) {
        report.moved(round % 2 === 0 ? "relay" : "direct", round * 1_000);
        report.lost(round * 1_000 + 500, "host-silent");
      }
    });
    await enter(LIVE);
    await badge().click();
    await enter({ ...LIVE, rttMs: 99 });
    const box = await panel().boundingBox();
    if (box === null) throw new Error("the panel closed");
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(PHONE.width);
    expect(box.y + box.height).toBeLessThanOrEqual(PHONE.height);
    await button(strings.report.copy).scrollIntoViewIfNeeded();
    expect((await button(strings.report.copy).boundingBox())?.y).toBeLessThan(PHONE.height - 30);
  });
});

describe("copy report", () => {
  const copy = () => page.locator(".copy-report:visible").getByRole("button");
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const said = () => page.locator(".copy-report:visible").getByRole("status").textContent();

  async function openPanel(): Promise<void> {
    await enter(LIVE);
    await page.locator(".path-badge").click();
  }

  it("puts the text on the clipboard and says so, then is ready again", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await openPanel();
    await copy().click();
    await expect.poll(() => copy().innerText()).toBe(strings.report.copied);
    expect(await said()).toBe(strings.report.copied);
    expect(await clipboard()).toBe(REPORT);
    await expect.poll(() => copy().innerText(), { timeout: 4_000 }).toBe(strings.report.copy);
  });

  it("does without navigator.clipboard, as pages on plain http have to, and the panel stays open", async () => {
    await page.context().grantPermissions(["clipboard-read"]);
    await openPanel();
    await page.evaluate(() => {
      const { clipboard } = navigator;
      Object.defineProperty(navigator, "clipboard", { configurable: true, value: undefined });
      Object.assign(window, { back: () => Object.defineProperty(navigator, "clipboard", { value: clipboard }) });
    });
    await copy().click();
    await expect.poll(() => copy().innerText()).toBe(strings.report.copied);
    expect(await copy().evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await page.locator(".report-text:visible").count()).toBe(0);
    await page.evaluate(() => (window as unknown as { back: () => void }).back());
    expect(await clipboard()).toBe(REPORT);
  });

  it("where no way to copy is allowed, shows the text, selected, and says what to do", async () => {
    await openPanel();
    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
      document.execCommand = () => false;
    });
    await copy().click();
    await expect.poll(said).toBe(strings.report.byHand);
    const selected = await page
      .locator(".report-text:visible")
      .evaluate((one) => one instanceof HTMLTextAreaElement && one.value.slice(one.selectionStart, one.selectionEnd));
    expect(selected).toBe(REPORT);
  });

  it("is offered while a lost session comes back, with what is being tried and for how long", async () => {
    await tell((report, nowMs) => {
      report.began(nowMs - 60_000);
      report.moved("direct", nowMs - 59_000);
      report.lost(nowMs - 9_000, "network");
      report.retried();
      report.started("server", nowMs);
    });
    await enter(LIVE);
    await enter({
      kind: "reconnecting",
      why: "network",
      sinceMs: (await page.evaluate(() => performance.now())) - 9_000,
      long: false,
    });
    const text = await page.locator(".reconnecting").innerText();
    expect(text).toContain(strings.reconnecting.losses.network);
    expect(text).toContain(`${strings.steps.trying.server}. 9 s so far`);
    await tell((report, nowMs) => report.failed("server", nowMs, "unreachable"));
    expect(await page.locator(".reconnecting").innerText()).toContain(strings.reconnecting.nextTry);
    expect(await page.locator(".reconnecting").getByRole("button", { name: strings.report.copy }).isVisible()).toBe(
      true,
    );
  });
});

describe("a try that failed", () => {
  const tried = () => page.locator(".tried");

  it("leaves the checklist on the card that says why, open when there never was a picture", async () => {
    await enter({ kind: "connecting", stage: "ways" });
    await tell((report) => {
      report.began(0);
      report.started("direct", 10);
      report.failed("direct", 12_010, "no-way-found");
      report.notUsed("relay", "server-has-it-off");
      report.notUsed("mjpeg", "host-has-it-off");
      report.ended(12_020, "no-path");
    });
    await enter({ kind: "ended", reason: "no-path" });
    expect(await line("Direct", ".tried").innerText()).toContain(strings.steps.reasons["no-way-found"]);
    expect(await line("Relay by this", ".tried").innerText()).toContain(strings.steps.notUsed["server-has-it-off"]);
    expect(await tried().getByRole("button", { name: strings.report.copy }).isVisible()).toBe(true);
  });

  it("is closed after a session that had its picture, and gone with the next slip of the pen", async () => {
    await tell((report) => {
      report.began(0);
      report.started("picture", 100);
      report.succeeded("picture", 200);
      report.moved("direct", 200);
      report.ended(9_000, "host-stopped");
    });
    await enter({ kind: "ended", reason: "host-stopped" });
    expect(await tried().locator("summary").isVisible()).toBe(true);
    expect(await tried().locator(".steps").isVisible()).toBe(false);
    await enter({ kind: "join", problem: "typo" });
    expect(await tried().isVisible()).toBe(false);
  });

  it("fits a phone: nothing is wider than the window, on the way and after it", async () => {
    await page.setViewportSize(PHONE);
    await tell((report, nowMs) => {
      report.began(nowMs - 60_000);
      report.started("server", nowMs - 60_000);
      report.failed("server", nowMs - 50_000, "too-many");
      report.started("approval", nowMs - 40_000, 45_000);
      report.started("turn", nowMs - 11_000);
      report.started("mjpeg", nowMs - 40_000);
      report.notUsed("relay", "host-has-it-off");
      report.ended(nowMs, "no-path");
      report.started("turn", nowMs - 11_000);
    });
    const states: ViewerState[] = [
      { kind: "connecting", stage: "ways" },
      { kind: "ended", reason: "no-path" },
    ];
    for (const state of states) {
      await enter(state);
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(".card *")]
          .filter((one) => one.getClientRects().length > 0 && !one.classList.contains("visually-hidden"))
          .filter((one) => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1)
          .filter((one) => getComputedStyle(one).display !== "inline")
          .map((one) => one.className || one.tagName),
      );
      expect(beyond).toEqual([]);
    }
  });
});
