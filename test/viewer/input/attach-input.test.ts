import type { CDPSession, Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { FRACTION_MAX } from "../../../protocol/geometry.ts";
import type { InputEvent } from "../../../protocol/input.ts";
import { MAX_TYPED_CHARACTERS } from "../../../viewer/core/typed-text.ts";
import { partsPages } from "../parts-page.ts";

/** The picture is 401x201 and lies at 100, 50: its middle pixel is exactly half of both fractions. */
const BOX = { left: 100, top: 50, width: 401, height: 201 };
const MIDDLE = { x: Math.round(FRACTION_MAX / 2), y: Math.round(FRACTION_MAX / 2) };
const CENTRE = [BOX.left + 200, BOX.top + 100] as const;

const pages = partsPages();
let page: Page;
let cdp: CDPSession;
beforeEach(async () => {
  page = await pages.open();
  cdp = await page.context().newCDPSession(page);
  await page.evaluate((box) => {
    const stage = document.createElement("div");
    stage.style.cssText = "position:fixed;inset:0;overflow:hidden";
    const canvas = stage.appendChild(document.createElement("canvas"));
    canvas.className = "picture";
    canvas.width = box.width;
    canvas.height = box.height;
    canvas.style.cssText = `position:absolute;left:${box.left}px;top:${box.top}px`;
    const elsewhere = document.createElement("input");
    elsewhere.id = "elsewhere";
    document.body.append(stage, elsewhere);
    const events: InputEvent[] = [];
    const tooLong: number[] = [];
    const input = window.parts.attachInput(stage, {
      event: (event) => events.push(event),
      pasteTooLong: (characters) => tooLong.push(characters),
    });
    input.setEnabled(true);
    Object.assign(window, { events, tooLong, input, stage });
  }, BOX);
});

describe("the pointer", () => {
  it("moves in fractions of the picture", async () => {
    await page.mouse.move(BOX.left, BOX.top);
    await page.mouse.move(...CENTRE);
    await page.mouse.move(BOX.left + 400, BOX.top + 200);
    expect((await events()).map((event) => event.kind === "move" && event.at)).toEqual([
      { x: 0, y: 0 },
      MIDDLE,
      { x: FRACTION_MAX, y: FRACTION_MAX },
    ]);
  });

  it("moves as soon as the browser knows, each time once, and not a thousand times a second", async () => {
    await page.evaluate(({ left, top }) => {
      const canvas = document.querySelector("canvas");
      const move = (type: string, atMs: number, x: number) => {
        const event = new PointerEvent(type, { clientX: left + x, clientY: top, isPrimary: true, bubbles: true });
        Object.defineProperty(event, "timeStamp", { value: atMs });
        canvas?.dispatchEvent(event);
      };
      for (const ms of [0, 1, 2]) move("pointerrawupdate", ms, ms * 100);
      move("pointermove", 2, 200);
      for (const ms of [4, 8]) for (const type of ["pointerrawupdate", "pointermove"]) move(type, ms, ms * 50);
    }, BOX);
    const places = (await events()).map((event) => event.kind === "move" && event.at.x);
    expect(places).toEqual([0, 200, 400].map((x) => Math.round((x / 400) * FRACTION_MAX)));
  });

  it("presses and lets go of left, middle and right", async () => {
    await page.mouse.move(...CENTRE);
    for (const button of ["left", "middle", "right"] as const) await page.mouse.click(...CENTRE, { button });
    expect(await words()).toEqual(["1 down", "1 up", "2 down", "2 up", "3 down", "3 up"]);
  });

  it("presses back and forward without leaving the page", async () => {
    await page.mouse.move(...CENTRE);
    for (const [button, buttons] of [
      ["back", 8],
      ["forward", 16],
    ] as const) {
      await cdp.send("Input.dispatchMouseEvent", {
        type: "mousePressed",
        x: 300,
        y: 150,
        button,
        buttons,
        clickCount: 1,
      });
      await cdp.send("Input.dispatchMouseEvent", {
        type: "mouseReleased",
        x: 300,
        y: 150,
        button,
        buttons: 0,
        clickCount: 1,
      });
    }
    expect(await words()).toEqual(["4 down", "4 up", "5 down", "5 up"]);
  });

  it("presses a second button while the first is down", async () => {
    await page.mouse.move(...CENTRE);
    await page.mouse.down({ button: "left" });
    await page.mouse.down({ button: "right" });
    await page.mouse.up({ button: "left" });
    await page.mouse.up({ button: "right" });
    expect(await words()).toEqual(["1 down", "3 down", "1 up", "3 up"]);
  });

  it("drags beyond the picture along its edge, and lets go there", async () => {
    await page.mouse.move(...CENTRE);
    await page.mouse.down();
    await page.mouse.move(900, 150);
    await page.mouse.up();
    expect((await events()).slice(-2)).toEqual([
      { kind: "move", at: { x: FRACTION_MAX, y: MIDDLE.y } },
      { kind: "button", button: 1, down: false, at: { x: FRACTION_MAX, y: MIDDLE.y } },
    ]);
  });

  it("is not the desktop's beside the picture", async () => {
    await page.mouse.move(700, 500);
    await page.mouse.click(700, 500);
    expect(await events()).toEqual([]);
  });

  it("double-clicks as two clicks", async () => {
    await page.mouse.dblclick(...CENTRE);
    expect(await words()).toEqual(["1 down", "1 up", "1 down", "1 up"]);
  });

  it("opens no menu of the browser's own", async () => {
    await page.evaluate(() => {
      const bench = window as unknown as Bench & { prevented?: boolean };
      bench.stage.addEventListener("contextmenu", (event) => {
        bench.prevented = event.defaultPrevented;
      });
    });
    await page.mouse.click(...CENTRE, { button: "right" });
    expect(await page.evaluate(() => (window as unknown as { prevented?: boolean }).prevented)).toBe(true);
  });

  it("turns the wheel in notches of 120, and little by little on a trackpad", async () => {
    await page.mouse.move(...CENTRE);
    await clear();
    await page.mouse.wheel(0, 100);
    await page.mouse.wheel(-50, 0);
    await untilEvents(2);
    expect(await events()).toEqual([
      { kind: "wheel", dx: 0, dy: 120 },
      { kind: "wheel", dx: -60, dy: 0 },
    ]);
  });

  it("does not take a pinch for scrolling", async () => {
    await page.mouse.move(...CENTRE);
    await clear();
    const wheel = { type: "mouseWheel", x: 300, y: 150, deltaX: 0, deltaY: 100 } as const;
    await cdp.send("Input.dispatchMouseEvent", { ...wheel, modifiers: 2 });
    await cdp.send("Input.dispatchMouseEvent", wheel);
    await untilEvents(1);
    expect(await events()).toEqual([{ kind: "wheel", dx: 0, dy: 120 }]);
  });

  it("is a finger too", async () => {
    await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: 300, y: 150 }] });
    await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    expect(await events()).toEqual([
      { kind: "button", button: 1, down: true, at: MIDDLE },
      { kind: "button", button: 1, down: false, at: MIDDLE },
    ]);
  });

  it("lets go of everything when the browser takes a touch away", async () => {
    await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: 300, y: 150 }] });
    await cdp.send("Input.dispatchTouchEvent", { type: "touchCancel", touchPoints: [] });
    expect(await words()).toEqual(["1 down", "release"]);
  });
});

describe("the keyboard", () => {
  it("belongs to the desktop from the start, without a click", async () => {
    await page.keyboard.type("ab");
    expect(await words()).toEqual(["KeyA down a", "KeyA up", "KeyB down b", "KeyB up"]);
  });

  it("types what Shift makes of a key and sends Shift as well", async () => {
    await page.keyboard.down("ShiftLeft");
    await page.keyboard.press("Digit2");
    await page.keyboard.up("ShiftLeft");
    expect(await words()).toEqual(["ShiftLeft down", "Digit2 down @", "Digit2 up", "ShiftLeft up"]);
  });

  it("sends shortcuts as physical keys and keeps them from the browser", async () => {
    await page.keyboard.press("Control+KeyF");
    await page.keyboard.press("F5");
    await page.keyboard.press("Tab");
    expect(await words()).toEqual([
      "ControlLeft down",
      "KeyF down",
      "KeyF up",
      "ControlLeft up",
      "F5 down",
      "F5 up",
      "Tab down",
      "Tab up",
    ]);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe("key-field");
  });

  it("marks repeats", async () => {
    await page.keyboard.down("KeyX");
    await page.keyboard.down("KeyX");
    await page.keyboard.up("KeyX");
    expect(await words()).toEqual(["KeyX down x", "KeyX down x again", "KeyX up"]);
  });

  it("types what an input method commits, once, and nothing of its making", async () => {
    await page.keyboard.press("KeyA");
    await clear();
    await cdp.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await cdp.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
    expect(await events()).toEqual([]);
    await cdp.send("Input.insertText", { text: "日本" });
    expect(await events()).toEqual([{ kind: "text", text: "日本" }]);
    await page.keyboard.press("KeyB");
    expect((await words()).slice(1)).toEqual(["KeyB down b", "KeyB up"]);
  });

  it("has an input method show its candidates where the pointer pressed, however soon it begins", async () => {
    const place = await page.evaluate(([x, y]) => {
      const canvas = document.querySelector("canvas");
      const field = document.querySelector<HTMLElement>(".key-field");
      const pressed = { clientX: x, clientY: y, buttons: 1, isPrimary: true, bubbles: true };
      canvas?.dispatchEvent(new PointerEvent("pointerdown", pressed));
      const before = field?.style.left;
      field?.dispatchEvent(new CompositionEvent("compositionstart"));
      return [before, field?.style.left, field?.style.top];
    }, CENTRE);
    expect(place).toEqual(["", `${CENTRE[0]}px`, `${CENTRE[1]}px`]);
  });

  it("types what a soft keyboard or an emoji picker inserts", async () => {
    await page.keyboard.insertText("😀");
    expect(await events()).toEqual([{ kind: "text", text: "😀" }]);
  });

  it("types a pasted text, with Enter for its line breaks", async () => {
    await paste("one\ntwo");
    expect(await words()).toEqual(["text one", "Enter down", "Enter up", "text two"]);
  });

  it("refuses a paste that is too long, as a whole, and says so", async () => {
    await paste("x".repeat(MAX_TYPED_CHARACTERS + 1));
    expect(await events()).toEqual([]);
    expect(await page.evaluate(() => (window as unknown as Bench).tooLong)).toEqual([MAX_TYPED_CHARACTERS + 1]);
  });

  it("is the page's while one of its fields has it, and comes back with a press on the picture", async () => {
    await page.evaluate(() => document.getElementById("elsewhere")?.focus());
    await page.keyboard.press("KeyA");
    expect(await events()).toEqual([]);
    await page.mouse.click(...CENTRE);
    await page.keyboard.press("KeyB");
    expect((await words()).slice(-2)).toEqual(["KeyB down b", "KeyB up"]);
  });
});

describe("what is held", () => {
  const hold = async () => {
    await page.mouse.move(...CENTRE);
    await page.mouse.down();
    await page.keyboard.down("ShiftLeft");
    expect(await held()).toEqual({ buttons: [1], codes: ["ShiftLeft"] });
    await clear();
  };
  const waysAway: Record<string, () => Promise<unknown>> = {
    "another window comes to the front": () => page.evaluate(() => window.dispatchEvent(new Event("blur"))),
    "the page is left": () => page.evaluate(() => window.dispatchEvent(new Event("pagehide"))),
    "the page takes the keyboard": () => page.evaluate(() => document.getElementById("elsewhere")?.focus()),
    "control is taken away": () => page.evaluate(() => (window as unknown as Bench).input.setEnabled(false)),
    "the session asks for it": () => page.evaluate(() => (window as unknown as Bench).input.releaseAll()),
    "the tab is hidden": () =>
      page.evaluate(() => {
        Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }),
  };
  for (const [way, go] of Object.entries(waysAway)) {
    it(`is released once when ${way}`, async () => {
      await hold();
      await go();
      expect(await events()).toEqual([{ kind: "release" }]);
      expect(await held()).toEqual({ buttons: [], codes: [] });
    });
  }

  it("does not come back by itself: a button still down is no new press, and its going up says nothing", async () => {
    await hold();
    await page.evaluate(() => (window as unknown as Bench).input.releaseAll());
    await clear();
    await page.mouse.move(310, 160);
    await page.mouse.up();
    await page.keyboard.up("ShiftLeft");
    expect((await events()).map((event) => event.kind)).toEqual(["move"]);
  });

  it("is nothing, and nothing is said, when nothing was down", async () => {
    await page.evaluate(() => window.dispatchEvent(new Event("blur")));
    expect(await events()).toEqual([]);
  });
});

describe("without control", () => {
  it("neither pointer nor keyboard goes to the desktop, and Tab is the page's", async () => {
    await page.evaluate(() => (window as unknown as Bench).input.setEnabled(false));
    await page.mouse.click(...CENTRE);
    await page.keyboard.press("Tab");
    await page.mouse.wheel(0, 100);
    expect(await events()).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("elsewhere");
  });

  it("nothing is left behind after detaching", async () => {
    await page.evaluate(() => (window as unknown as Bench).input.detach());
    await page.mouse.click(...CENTRE);
    await page.keyboard.press("KeyA");
    expect(await events()).toEqual([]);
    expect(await page.locator(".key-field").count()).toBe(0);
  });
});

/** What `beforeEach` puts on the page's window. */
type Bench = {
  events: InputEvent[];
  tooLong: number[];
  input: ReturnType<Window["parts"]["attachInput"]>;
  stage: HTMLElement;
};

const events = () => page.evaluate(() => (window as unknown as Bench).events);
const held = () => page.evaluate(() => (window as unknown as Bench).input.heldNow());
const clear = () => page.evaluate(() => (window as unknown as Bench).events.splice(0));

/** Wheel events reach the page with its next frame. */
async function untilEvents(count: number): Promise<void> {
  await page.waitForFunction((wanted) => (window as unknown as Bench).events.length >= wanted, count);
}

/** The events in few words, without moves and places. */
async function words(): Promise<string[]> {
  return (await events()).flatMap((event) => {
    switch (event.kind) {
      case "move":
        return [];
      case "button":
        return [`${event.button} ${event.down ? "down" : "up"}`];
      case "key":
        return [`${event.code} ${event.down ? "down" : "up"} ${event.text}${event.repeat ? " again" : ""}`.trim()];
      case "text":
        return [`text ${event.text}`];
      default:
        return [event.kind];
    }
  });
}

/** Copies from a field of the page, then pastes as the browser's menu does. */
async function paste(text: string): Promise<void> {
  await page.evaluate((copied) => {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = copied;
    field.select();
    document.execCommand("copy");
    field.remove();
    document.querySelector<HTMLElement>(".key-field")?.focus();
  }, text);
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "", code: "", commands: ["paste"] });
}
