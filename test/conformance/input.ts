import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InputDriver, InputInjector } from "../../host-agent/input/driver.ts";
import { evdevKeycode } from "../../host-agent/input/x11/evdev-keycode.ts";
import type { Button } from "../../protocol/input.ts";
import { KEY_CODES } from "../../protocol/key-code.ts";
import { code, PRINTABLE_ASCII, press, release, repeat, typeKeys } from "../support/strokes.ts";
import { type Recorded, XInputRecorder } from "../support/x-input-recorder.ts";
import { startXServer, type XServer } from "../support/x-server.ts";

const WIDTH = 640;
const HEIGHT = 480;
const SHIFT = 1;
const CONTROL = 4;

/** X numbers back and forward 8 and 9, because 4..7 are the wheel. */
const X_BUTTONS: Readonly<Record<Button, number>> = { 1: 1, 2: 2, 3: 3, 4: 8, 5: 9 };

const PHYSICAL_KEYS = [
  ..."Enter Escape Backspace Tab Space ArrowUp ArrowDown ArrowLeft ArrowRight Home End PageUp PageDown".split(" "),
  ..."Insert Delete F1 F5 F12 KeyA KeyZ Digit1 Digit0 Minus Slash Numpad5 NumpadEnter".split(" "),
  ..."ShiftLeft ShiftRight ControlLeft ControlRight AltLeft MetaLeft ContextMenu".split(" "),
];

const words = (events: readonly Recorded[]): string[] =>
  events.map((event) => {
    if (event.kind === "motion") return `to ${event.x},${event.y}`;
    if (event.kind === "button") return `${event.down ? "down" : "up"} ${event.button} at ${event.x},${event.y}`;
    return `${event.down ? "down" : "up"} key ${event.keycode}`;
  });

/** What every input driver does on a real display, seen by a real X program. */
export function inputConformance(
  driver: InputDriver,
  can: { readonly buttons: readonly Button[]; readonly lackedKeys: readonly string[] },
): void {
  describe(`the ${driver.name} input driver`, () => {
    let server: XServer;
    let injector: InputInjector;
    let recorder: XInputRecorder;

    beforeAll(async () => {
      server = await startXServer({ width: WIDTH, height: HEIGHT });
      // Without this a slow machine would see keys repeat while they are down.
      execFileSync("xset", ["-display", server.display, "r", "off"]);
      recorder = await XInputRecorder.open(server.display);
      injector = await driver.open({ display: server.display });
    });
    afterAll(async () => {
      // The server goes in any case, or a failing driver would leave it running.
      try {
        await injector.close();
        await recorder.close();
      } finally {
        await server.stop();
      }
    });
    beforeEach(async () => {
      injector.pointer({ x: 100, y: 100 });
      await arrived();
      recorder.clear();
    });

    async function arrived(): Promise<void> {
      await injector.settled();
      await recorder.settled();
    }

    async function seen(): Promise<string[]> {
      await arrived();
      return words(recorder.events);
    }

    test("probes as available", async () => {
      expect(await driver.probe({ display: server.display })).toMatchObject({ available: true });
    });

    test("refuses a display that does not exist, in a sentence and with a hint", async () => {
      const answer = await driver.probe({ display: ":64999" });
      expect(answer).toMatchObject({ available: false, why: expect.stringMatching(/:64999/) });
      await expect(driver.open({ display: ":64999" })).rejects.toMatchObject({
        name: "HostError",
        hint: expect.stringMatching(/\w+/),
      });
    });

    test("the pointer lands on exactly the pixel, corners included", async () => {
      const places = [
        [0, 0],
        [WIDTH - 1, 0],
        [WIDTH - 1, HEIGHT - 1],
        [0, HEIGHT - 1],
        [1, 1],
        [317, 201],
      ] as const;
      for (const [x, y] of places) injector.pointer({ x, y });
      expect(await seen()).toEqual(places.map(([x, y]) => `to ${x},${y}`));
    });

    test.each([...can.buttons])("button %i goes down and up where the pointer is", async (button) => {
      injector.button(button, true);
      injector.button(button, false);
      expect(await seen()).toEqual([`down ${X_BUTTONS[button]} at 100,100`, `up ${X_BUTTONS[button]} at 100,100`]);
    });

    test("a drag is a button that stays down from place to place", async () => {
      injector.button(1, true);
      injector.pointer({ x: 150, y: 160 });
      injector.pointer({ x: 300, y: 310 });
      injector.button(1, false);
      expect(await seen()).toEqual(["down 1 at 100,100", "to 150,160", "to 300,310", "up 1 at 300,310"]);
    });

    test.each([
      ["down", 0, 120, 5],
      ["up", 0, -120, 4],
      ["right", 120, 0, 7],
      ["left", -120, 0, 6],
    ])("a notch of the wheel %s is one click of its button", async (_way, dx, dy, button) => {
      injector.wheel(dx, dy);
      expect(await seen()).toEqual([`down ${button} at 100,100`, `up ${button} at 100,100`]);
    });

    test("smooth scrolling adds up to notches, and nothing of it is lost", async () => {
      for (let count = 0; count < 8; count++) injector.wheel(0, 45);
      expect((await seen()).filter((word) => word.startsWith("down"))).toEqual(Array(3).fill("down 5 at 100,100"));
      injector.wheel(0, -360);
      await arrived();
    });

    test.each(PHYSICAL_KEYS.filter((name) => !can.lackedKeys.includes(name)))(
      "%s without text is the key of that place",
      async (name) => {
        press(injector, name);
        release(injector, name);
        const keycode = evdevKeycode(code(name));
        expect(await seen()).toEqual([`down key ${keycode}`, `up key ${keycode}`]);
      },
    );

    test("every key there is can be pressed and let go without harm", async () => {
      for (const name of KEY_CODES) {
        press(injector, name);
        release(injector, name);
      }
      // Each lock key once more, or the next test would find it on.
      for (const name of ["CapsLock", "NumLock"]) {
        press(injector, name);
        release(injector, name);
      }
      await arrived();
      const keys = recorder.events.filter((event) => event.kind === "key");
      expect(keys.length).toBeGreaterThan(2 * 90);
      expect(keys.filter((event) => event.down).length).toBe(keys.length / 2);
    });

    test("a shortcut carries its modifier", async () => {
      press(injector, "ControlLeft");
      press(injector, "KeyC");
      release(injector, "KeyC");
      release(injector, "ControlLeft");
      await arrived();
      const letter = recorder.events.find((event) => event.kind === "key" && event.character === "c");
      expect(letter).toMatchObject({ down: true, mods: CONTROL });
    });

    test("every printable ASCII character is typed on a US layout", async () => {
      typeKeys(injector, PRINTABLE_ASCII);
      await arrived();
      expect(recorder.typed).toBe(PRINTABLE_ASCII);
    });

    test("the same characters come from text", async () => {
      injector.text(PRINTABLE_ASCII);
      await arrived();
      expect(recorder.typed).toBe(PRINTABLE_ASCII);
    });

    test("held Shift does not change what a character is, and is still held after", async () => {
      press(injector, "ShiftLeft");
      typeKeys(injector, "aA/?1!");
      await arrived();
      expect(recorder.typed).toBe("aA/?1!");
      recorder.clear();
      press(injector, "ArrowLeft");
      release(injector, "ArrowLeft");
      release(injector, "ShiftLeft");
      await arrived();
      expect(recorder.events[0]).toMatchObject({ kind: "key", down: true, mods: SHIFT });
    });

    test("a key that is held is down after each of the viewer's repeats, until its up", async () => {
      const keycode = evdevKeycode(code("KeyH"));
      press(injector, "KeyH", "h");
      for (let count = 0; count < 5; count++) {
        repeat(injector, "KeyH", "h");
        expect((await seen()).at(-1)).toBe(`down key ${keycode}`);
      }
      release(injector, "KeyH");
      expect((await seen()).at(-1)).toBe(`up key ${keycode}`);
    });

    test("an up without a down is nothing", async () => {
      release(injector, "KeyH");
      expect(await seen()).toEqual([]);
    });

    test("characters, keys, buttons and moves keep their order", async () => {
      injector.text("a~");
      press(injector, "Enter");
      release(injector, "Enter");
      injector.pointer({ x: 7, y: 8 });
      injector.text("b");
      injector.button(1, true);
      injector.button(1, false);
      await arrived();
      const order = recorder.events
        .filter((event) => event.kind === "motion" || event.down)
        .map((event) => (event.kind === "key" ? (event.character ?? event.keycode) : event.kind))
        .filter((one) => one !== evdevKeycode(code("ShiftLeft")));
      expect(order).toEqual(["a", "~", evdevKeycode(code("Enter")), "motion", "b", "button"]);
    });

    test("after close nothing is injected, and closing again is harmless", async () => {
      const second = await driver.open({ display: server.display });
      await second.close();
      await second.close();
      second.pointer({ x: 1, y: 1 });
      second.text("x");
      await second.settled();
      expect(await seen()).toEqual([]);
    });
  });
}
