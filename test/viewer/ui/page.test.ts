import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CLOSE_REASONS } from "../../../protocol/errors.ts";
import type { InputEvent } from "../../../protocol/input.ts";
import type { ViewerState } from "../../../viewer/core/session-state.ts";
import { strings } from "../../../viewer/ui/strings.ts";
import { partsPages } from "../parts-page.ts";

const CONTROL = { kind: "live", path: "direct", role: "control", sealed: true, rttMs: 12.4 } as const;
const VIEW = { ...CONTROL, role: "view" } as const;
const STREAM = { ...CONTROL, path: "mjpeg", sealed: false } as const;
const GIVES_WAY_MS = 2_000;

const pages = partsPages();
let page: Page;
beforeEach(async () => {
  page = await pages.open();
  await mount();
});

/** The whole page as main.ts puts it together, with a session that only writes down what it was asked. */
async function mount(): Promise<void> {
  await page.evaluate(() => {
    const root = document.getElementById("app");
    if (root === null) throw new Error("no #app");
    const asked: string[] = [];
    const events: InputEvent[] = [];
    const model = new window.parts.Model();
    const ui = window.parts.mountUi(root, model, {
      join: (text) => asked.push(`join ${text}`),
      askControl: () => asked.push("ask for control"),
      disconnect: () => asked.push("disconnect"),
      tryNow: () => asked.push("try now"),
      reportText: () => "a report",
      pressKeys: (codes) => asked.push(`press ${codes.join(" ")}`),
      typeText: (text) => asked.push(`type ${text}`),
    });
    ui.canvas.width = 640;
    ui.canvas.height = 360;
    const input = window.parts.attachInput(ui.stage, { event: (event) => events.push(event) });
    Object.assign(window, { asked, events, model, ui, input });
  });
}

type Bench = {
  asked: string[];
  events: InputEvent[];
  model: InstanceType<Window["parts"]["Model"]>;
  ui: ReturnType<Window["parts"]["mountUi"]>;
  input: ReturnType<Window["parts"]["attachInput"]>;
};

async function enter(state: ViewerState): Promise<void> {
  await page.evaluate((next) => {
    const { model, input } = window as unknown as Bench;
    model.update({ state: next });
    input.setEnabled(next.kind === "live" && next.role === "control");
  }, state);
}

const asked = () => page.evaluate(() => (window as unknown as Bench).asked);
const button = (name: string) => page.getByRole("button", { name, exact: true });
const field = () => page.getByRole("textbox", { name: strings.join.field });
const bar = () => page.getByRole("toolbar");
const barIsOut = async () => ((await bar().boundingBox())?.y ?? -1) >= 0;
const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

describe("the way in", () => {
  it("has the keyboard at once, groups the digits, and joins with Enter", async () => {
    await page.keyboard.type("7316482915060");
    expect(await field().inputValue()).toBe("7316 · 482 915 060");
    await page.keyboard.press("Enter");
    expect(await asked()).toEqual(["join 7316 · 482 915 060"]);
  });

  it("takes a whole link as it is", async () => {
    await field().fill("https://desk.example/#7316.AAAAAAAAAAAAAAAAAAAAAA");
    await button("Join").click();
    expect(await asked()).toEqual(["join https://desk.example/#7316.AAAAAAAAAAAAAAAAAAAAAA"]);
  });

  it("says what is wrong and what to do, and keeps what was typed", async () => {
    await field().fill("7316482915068");
    await enter({ kind: "waiting", room: "7316" });
    await enter({ kind: "join", problem: "typo" });
    const { sentence, nextStep } = strings.joinProblems.typo;
    expect(await page.getByRole("alert").innerText()).toBe(`${sentence}\n\n${nextStep}`);
    expect(await field().getAttribute("aria-invalid")).toBe("true");
    expect(await field().inputValue()).toBe("7316 · 482 915 068");
  });

  it("says why a session ended, whatever the reason, and is the way in again", async () => {
    for (const reason of Object.keys(CLOSE_REASONS) as (keyof typeof CLOSE_REASONS)[]) {
      await enter({ kind: "ended", reason });
      const { sentence, nextStep } = strings.endReasons[reason];
      expect(await page.locator(".notice").innerText()).toBe(`${sentence}\n\n${nextStep}`);
    }
    await field().fill("7316482915060");
    await button("Join").click();
    expect(await asked()).toEqual(["join 7316 · 482 915 060"]);
  });
});

describe("on the way", () => {
  it("says where it stands, and can be given up", async () => {
    const heading = () => page.getByRole("heading", { level: 1 }).innerText();
    await enter({ kind: "waiting", room: "7316" });
    expect(await heading()).toBe("Looking for the desktop");
    expect(await page.locator(".progress .lead").innerText()).toBe("Room 7316");
    await enter({ kind: "approving" });
    expect(await heading()).toBe("Waiting to be let in");
    await enter({ kind: "connecting", stage: "ways" });
    expect(await heading()).toBe("Connecting");
    await button("Cancel").click();
    expect(await asked()).toEqual(["disconnect"]);
  });
});

describe("the picture", () => {
  const firstPicture = () =>
    page.evaluate(() => {
      const visible = [...document.querySelectorAll("canvas, img")].find((one) => one.getClientRects().length > 0);
      const { x, y, width, height } = visible?.getBoundingClientRect() ?? new DOMRect();
      return { tag: visible?.tagName, x, y, width, height };
    });

  it("is the first one of the page, pixel for pixel and centred when there is room", async () => {
    await enter(CONTROL);
    expect(await firstPicture()).toEqual({ tag: "CANVAS", x: 180, y: 170, width: 640, height: 360 });
  });

  it("shrinks with the window and keeps its proportions", async () => {
    await enter(CONTROL);
    await page.setViewportSize({ width: 320, height: 700 });
    await expect.poll(firstPicture).toEqual({ tag: "CANVAS", x: 0, y: 260, width: 320, height: 180 });
  });

  it("follows the display's size", async () => {
    await enter(CONTROL);
    await page.evaluate(() => {
      (window as unknown as Bench).ui.canvas.width = 400;
    });
    await expect.poll(firstPicture).toMatchObject({ x: 300, width: 400 });
  });

  it("is pressed and typed on without any change of the page: that costs a frame, and the next picture would wait for another", async () => {
    await enter(CONTROL);
    await page.mouse.move(500, 300);
    await page.waitForTimeout(GIVES_WAY_MS);
    await page.evaluate(() => {
      const changes: string[] = [];
      let pressedMs = Number.POSITIVE_INFINITY;
      const pressed = () => {
        pressedMs = performance.now();
      };
      // Before the page hears of it, and so before any of its timers begins.
      document.addEventListener("pointerdown", pressed, { capture: true });
      const changed = (records: MutationRecord[]) => {
        const when = performance.now() - pressedMs < 250 ? "at once" : "later";
        for (const { target, attributeName } of records) changes.push(`${target.nodeName} ${attributeName} ${when}`);
      };
      const everything = { attributes: true, childList: true, characterData: true, subtree: true };
      new MutationObserver(changed).observe(document, everything);
      Object.assign(window, { changes });
    });
    const changes = () => page.evaluate(() => (window as unknown as { changes: string[] }).changes);
    await page.mouse.down();
    await page.mouse.up();
    await page.keyboard.press("KeyX");
    await enter({ ...CONTROL, rttMs: CONTROL.rttMs + 0.01 });
    // The hidden field goes there, for whoever goes on with an input method.
    await vi.waitFor(async () => expect(await changes()).not.toEqual([]));
    expect(await changes()).toEqual(["TEXTAREA style later", "TEXTAREA style later"]);
    expect(await page.locator(".key-field").boundingBox()).toMatchObject({ x: 500, y: 300 });
  });

  it("can be scrolled at its actual size, and stretched", async () => {
    await page.setViewportSize({ width: 500, height: 300 });
    await enter(VIEW);
    for (const [name, box] of [
      ["Actual size", { width: 640, height: 360 }],
      ["Stretch to fill", { width: 500, height: 300 }],
      ["Fit to window", { width: 500, height: 281 }],
    ] as const) {
      await page.mouse.move(250, 2);
      await button("Size of the picture").click();
      await page.getByRole("menuitemradio", { name }).click();
      expect(await firstPicture()).toMatchObject(box);
      const scrolls = await page.locator(".stage").evaluate((stage) => stage.scrollHeight > stage.clientHeight);
      expect(scrolls).toBe(name === "Actual size");
    }
  });

  it("is the <img> when it comes as a stream, which the page says all the time", async () => {
    await page.evaluate(() => {
      const { image } = (window as unknown as Bench).ui;
      image.src = URL.createObjectURL(
        new Blob(['<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"/>'], { type: "image/svg+xml" }),
      );
      image.setAttribute("width", "640");
      image.setAttribute("height", "360");
      return image.decode();
    });
    await enter(STREAM);
    expect(await firstPicture()).toEqual({ tag: "IMG", x: 180, y: 170, width: 640, height: 360 });
    await expect.poll(barIsOut, { timeout: GIVES_WAY_MS + 500 }).toBe(false);
    expect(await page.title()).toContain(strings.badges.unsealed);
    const badge = await page.locator(".margin-badge").boundingBox();
    expect(badge?.y).toBeGreaterThanOrEqual(530);
  });

  it("stays, dimmed and with words over it, while the session reconnects", async () => {
    await enter(CONTROL);
    await enter({ kind: "reconnecting", why: "host-silent", sinceMs: 0, long: false });
    expect((await firstPicture()).tag).toBe("CANVAS");
    expect(await page.locator(".reconnecting").innerText()).toContain(strings.reconnecting.losses["host-silent"]);
    expect(await page.getByText(strings.badges.control, { exact: true }).isVisible()).toBe(true);
  });

  it("gives way to words when the session is lost for long, with a way to try now and one to leave", async () => {
    await enter(CONTROL);
    await enter({ kind: "reconnecting", why: "network", sinceMs: 0, long: true });
    expect((await firstPicture()).tag).toBeUndefined();
    expect(await page.locator(".reconnecting").isVisible()).toBe(false);
    expect(await page.getByRole("heading", { name: strings.away.heading }).isVisible()).toBe(true);
    await page.getByRole("button", { name: strings.away.tryNow }).click();
    await page.locator(".away").getByRole("button", { name: strings.away.leave }).click();
    expect(await page.evaluate("asked")).toEqual(["try now", "disconnect"]);
    await enter(CONTROL);
    expect((await firstPicture()).tag).toBe("CANVAS");
  });

  it("is gone while sharing is paused, with words in its place", async () => {
    await enter(CONTROL);
    await enter({ kind: "paused", path: "direct", role: "control", sealed: true });
    expect((await firstPicture()).tag).toBeUndefined();
    expect(await page.getByRole("heading", { name: strings.paused.heading }).isVisible()).toBe(true);
  });
});

describe("the toolbar", () => {
  it("is there when the picture appears and has given way, with every note, within two seconds", async () => {
    await enter(CONTROL);
    const overPicture = async () => [await barIsOut(), await page.locator(".note").isVisible()];
    expect(await page.locator(".dock").getAttribute("data-shown")).toBe("");
    await expect.poll(overPicture, { timeout: GIVES_WAY_MS }).toEqual([false, false]);
  });

  it("comes back when the pointer reaches the top edge, not while something is dragged there", async () => {
    await enter(CONTROL);
    await expect.poll(barIsOut, { timeout: GIVES_WAY_MS }).toBe(false);
    await page.mouse.move(500, 300);
    await page.mouse.down();
    await page.mouse.move(500, 2);
    expect(await page.locator(".dock").getAttribute("data-shown")).toBeNull();
    await page.mouse.up();
    await page.mouse.move(510, 3);
    await expect.poll(barIsOut).toBe(true);
  });

  it("says role, path, round trip and seal", async () => {
    await enter(CONTROL);
    expect((await page.locator(".badges").innerText()).split("\n")).toEqual([
      "You control",
      "Direct · 12 ms",
      "Sealed",
    ]);
    await enter({ ...VIEW, sealed: false, rttMs: undefined });
    const words = (await page.locator(".badges").innerText()).split("\n");
    expect(words).toEqual(["View only", "Direct", "Not end-to-end encrypted"]);
  });

  it("gets the keyboard by one chord and gives it back with Escape", async () => {
    await enter(CONTROL);
    await page.keyboard.press("Control+Alt+Shift+KeyK");
    expect(await focused()).toBe(strings.toolbar.keys);
    const before = await page.evaluate(() => (window as unknown as Bench).events.splice(0));
    expect(before.at(-1)).toEqual({ kind: "release" });
    expect(before.some((event) => event.kind === "key" && event.code === "KeyK")).toBe(false);
    await page.keyboard.press("KeyX");
    await page.keyboard.press("Escape");
    await page.keyboard.press("KeyY");
    const after = await page.evaluate(() => (window as unknown as Bench).events);
    expect(after.map((event) => event.kind === "key" && event.code)).toEqual(["KeyY", "KeyY"]);
  });

  it("is one stop for Tab, with arrows, Home and End inside", async () => {
    await enter(VIEW);
    await page.keyboard.press("Tab");
    const reached = [await page.evaluate(() => document.activeElement?.textContent)];
    for (const key of ["ArrowRight", "End", "ArrowRight", "ArrowRight", "Home"]) {
      await page.keyboard.press(key);
      reached.push((await focused()) || (await page.evaluate(() => document.activeElement?.textContent ?? "")));
    }
    const { askControl, fit, leave } = strings.toolbar;
    const path = `${strings.report.heading}: Direct · 12 ms`;
    expect(reached).toEqual([askControl, fit, leave, path, askControl, path]);
    expect(await page.locator('.toolbar [tabindex="0"]').count()).toBe(1);
    // It stays as long as the focus is in it: longer than it would without.
    await page.waitForTimeout(GIVES_WAY_MS);
    expect(await barIsOut()).toBe(true);
  });

  it("presses keys that the browser keeps, and gives the keyboard back", async () => {
    await enter(CONTROL);
    for (const name of ["Ctrl + Alt + Del", "Super", "F11"]) {
      await page.mouse.move(500, 2);
      await button(strings.toolbar.keys).click();
      await page.getByRole("menuitem", { name, exact: true }).click();
    }
    expect(await asked()).toEqual(["press ControlLeft AltLeft Delete", "press MetaLeft", "press F11"]);
    expect(await focused()).toBe(strings.live.stage);
  });

  it("closes its menus by Escape and by a press elsewhere", async () => {
    await enter(CONTROL);
    await button(strings.toolbar.keys).click();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("menu").isVisible()).toBe(false);
    expect(await focused()).toBe(strings.toolbar.keys);
    await button(strings.toolbar.keys).click();
    await page.mouse.click(500, 600);
    expect(await page.getByRole("menu").isVisible()).toBe(false);
  });

  it("types a text from its box", async () => {
    await enter(CONTROL);
    await button(strings.toolbar.typeText).click();
    await page.keyboard.type("héllo");
    await page.keyboard.press("Enter");
    await page.keyboard.type("you");
    await button(strings.toolbar.typeTextSubmit).click();
    expect(await asked()).toEqual(["type héllo\nyou"]);
  });

  it("asks for control, shows that it asked, and offers nothing to a page that only views", async () => {
    await enter(VIEW);
    await button(strings.toolbar.askControl).click();
    expect(await asked()).toEqual(["ask for control"]);
    await page.evaluate(() => (window as unknown as Bench).model.update({ controlAsked: true }));
    expect(await button(strings.toolbar.controlAsked).getAttribute("aria-disabled")).toBe("true");
    await page.evaluate(() => (window as unknown as Bench).model.update({ viewOnly: true }));
    expect(await button(strings.toolbar.controlAsked).isVisible()).toBe(false);
    expect(await button(strings.toolbar.keys).isVisible()).toBe(false);
  });

  it("leaves", async () => {
    await enter(VIEW);
    await button(strings.toolbar.leave).click();
    expect(await asked()).toEqual(["disconnect"]);
  });
});

describe("what changed", () => {
  const aloud = () => page.locator("[aria-live=polite]").textContent();

  it("is said aloud: control with the way out of it, its end, a pause, a loss", async () => {
    await enter(VIEW);
    expect(await aloud()).toBe(strings.live.watching);
    await enter(CONTROL);
    expect(await aloud()).toBe(`${strings.live.controlling} Ctrl + Alt + Shift + K ${strings.toolbar.keysHint}.`);
    await enter(VIEW);
    expect(await aloud()).toBe(strings.live.controlEnded);
    await enter({ kind: "paused", path: "direct", role: "view", sealed: true });
    expect(await aloud()).toBe(strings.paused.lead);
    await enter({ kind: "reconnecting", why: "network", sinceMs: 0, long: false });
    expect(await aloud()).toContain(strings.reconnecting.losses.network);
  });
});

describe("the page as a whole", () => {
  it("fits a phone in every state: nothing is wider than the window", async () => {
    await page.setViewportSize({ width: 340, height: 640 });
    const states: ViewerState[] = [
      { kind: "join", problem: "incomplete" },
      { kind: "approving" },
      VIEW,
      { ...STREAM, role: "view" },
      { kind: "reconnecting", why: "host-silent", sinceMs: 0, long: false },
      { kind: "reconnecting", why: "host-silent", sinceMs: 0, long: true },
      { kind: "paused", path: "direct", role: "view", sealed: false },
      { kind: "ended", reason: "mjpeg-refused" },
    ];
    for (const state of states) {
      await enter(state);
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(".card *, .toolbar *, .note, .reconnecting, .card, .toolbar")]
          .filter((one) => one.getClientRects().length > 0 && !one.classList.contains("visually-hidden"))
          .filter((one) => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth)
          .map((one) => one.className || one.tagName),
      );
      expect(beyond).toEqual([]);
    }
  });

  it("shows no name of its own inside another page", async () => {
    expect(await page.getByText(strings.name, { exact: true }).isVisible()).toBe(true);
    await page.evaluate(() => (window as unknown as Bench).model.update({ embedded: true }));
    expect(await page.getByText(strings.name, { exact: true }).isVisible()).toBe(false);
  });

  it("leaves nothing behind when it is taken down", async () => {
    await enter(CONTROL);
    await page.evaluate(() => {
      const { ui, model } = window as unknown as Bench;
      ui.unmount();
      model.update({ state: { kind: "join" } });
    });
    expect(await page.locator("#app").innerHTML()).toBe("");
  });
});
