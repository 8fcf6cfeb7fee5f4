import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InputInjector } from "../../../host-agent/input/driver.ts";
import { evdevKeycode } from "../../../host-agent/input/x11/evdev-keycode.ts";
import { x11Input } from "../../../host-agent/input/x11.ts";
import { openX11, type X11Connection } from "../../../host-agent/x11/connection.ts";
import { code, press, release, repeat } from "../../support/strokes.ts";
import { type Recorded, XInputRecorder } from "../../support/x-input-recorder.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";
import { type NestedDisplay, startNestedDisplay } from "../presence/nested-display.ts";

const KEYCODE_A = 38;
const KEYCODE_F = 41;
const SHIFT_AND_CAPS_LOCK = [50, 66];
/** The server repeats after 150 ms, 40 times a second; in this time a key that it repeats comes a dozen times more. */
const FAST = ["rate", "150", "40"];
const MANY_REPEATS_MS = 450;

const xset = (display: string, ...args: readonly string[]): void => {
  execFileSync("xset", ["-display", display, ...args]);
};

const downsOf = (events: readonly Recorded[], keycode: number): number =>
  events.filter((event) => event.kind === "key" && event.keycode === keycode && event.down).length;

/** Another program on the display. */
class Program {
  private readonly connection: X11Connection;

  constructor(connection: X11Connection) {
    this.connection = connection;
  }

  /** The keycodes that the server repeats while they are down. */
  async repeating(): Promise<number[]> {
    const { connection } = this;
    const { autoRepeats } = await connection.ask<{ readonly autoRepeats: Buffer }>((reply) =>
      connection.client.GetKeyboardControl(reply),
    );
    return Array.from({ length: 256 }, (_, keycode) => keycode).filter(
      (keycode) => ((autoRepeats[keycode >> 3] ?? 0) & (1 << (keycode & 7))) !== 0,
    );
  }

  async holds(...keycodes: readonly number[]): Promise<void> {
    const xtest = await this.connection.extension("xtest");
    for (const keycode of keycodes) xtest.FakeInput(xtest.KeyPress, keycode, 0, this.connection.root, 0, 0);
    await this.connection.settled();
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

describe("on a desktop that repeats keys", () => {
  let server: XServer;
  let recorder: XInputRecorder;
  let program: Program;
  let injector: InputInjector;

  beforeEach(async () => {
    server = await startXServer({ width: 320, height: 240 });
    xset(server.display, "r", ...FAST);
    recorder = await XInputRecorder.open(server.display);
    program = new Program(await openX11(server.display, false));
    injector = await x11Input({}).open({ display: server.display });
  });
  afterEach(async () => {
    await injector.close();
    await program.close();
    await recorder.close();
    await server.stop();
  });

  async function seen(): Promise<string[]> {
    await injector.settled();
    await recorder.settled();
    return recorder.events.map((event) => `${event.kind === "key" && event.down ? "down" : "up"}`);
  }

  test.each([
    ["KeyA", "a"],
    ["ArrowLeft", ""],
    ["Backspace", ""],
  ])("%s goes up and down for each repeat of the viewer", async (name, text) => {
    press(injector, name, text);
    for (let count = 0; count < 3; count++) repeat(injector, name, text);
    release(injector, name);
    expect(await seen()).toEqual(Array(4).fill(["down", "up"]).flat());
    const keycode = evdevKeycode(code(name));
    expect(recorder.events.every((event) => event.kind === "key" && event.keycode === keycode)).toBe(true);
  });

  test.each(["ShiftLeft", "ControlRight", "AltLeft", "MetaLeft", "CapsLock", "NumLock"])(
    "%s stays down through the viewer's repeats",
    async (name) => {
      press(injector, name);
      for (let count = 0; count < 3; count++) repeat(injector, name);
      expect(await seen()).toEqual(["down"]);
      release(injector, name);
      expect(await seen()).toEqual(["down", "up"]);
    },
  );

  test.each([
    ["KeyA", "a"],
    ["ArrowLeft", ""],
  ])("%s does not go on when the viewer's repeats stay away", async (name, text) => {
    press(injector, name, text);
    repeat(injector, name, text);
    await injector.settled();
    await pause(MANY_REPEATS_MS);
    expect(await seen()).toEqual(["down", "up", "down"]);
    release(injector, name);
  });

  test("a key that a viewer has let go of repeats for other programs as ever", async () => {
    press(injector, "KeyA", "a");
    release(injector, "KeyA");
    await injector.settled();
    await program.holds(KEYCODE_A);
    await recorder.until("repeats", (events) => downsOf(events, KEYCODE_A) > 5);
  });

  test("every key that is up repeats as it did before", async () => {
    const before = await program.repeating();
    expect(before).toContain(KEYCODE_A);
    press(injector, "KeyA", "a");
    press(injector, "ShiftLeft");
    press(injector, "KeyF", "F");
    await injector.settled();
    expect(await program.repeating()).toEqual(before.filter((keycode) => ![KEYCODE_A, KEYCODE_F].includes(keycode)));
    release(injector, "KeyF");
    release(injector, "ShiftLeft");
    await injector.settled();
    expect(await program.repeating()).toEqual(before.filter((keycode) => keycode !== KEYCODE_A));
    repeat(injector, "KeyA", "A");
    release(injector, "KeyA");
    await injector.settled();
    expect(await program.repeating()).toEqual(before);
  });

  test("a key for which the desktop has switched repetition off stays off, and is not repeated", async () => {
    xset(server.display, "-r", String(KEYCODE_A));
    const before = await program.repeating();
    press(injector, "KeyA", "a");
    repeat(injector, "KeyA", "a");
    release(injector, "KeyA");
    expect(await seen()).toEqual(["down", "up"]);
    expect(await program.repeating()).toEqual(before);
  });

  test("what is still held at the end repeats again", async () => {
    const before = await program.repeating();
    press(injector, "KeyA", "a");
    await injector.close();
    expect(await program.repeating()).toEqual(before);
  });

  test("what a killed host agent held repeats again when the next one starts, and modifiers still do not", async () => {
    const before = await program.repeating();
    await program.holds(KEYCODE_A, ...SHIFT_AND_CAPS_LOCK);
    xset(server.display, "-r", String(KEYCODE_A));
    expect(await program.repeating()).not.toContain(KEYCODE_A);
    const next = await x11Input({}).open({ display: server.display });
    // An X server takes its clients' requests in turns: only what `next` has heard answered is done.
    await next.settled();
    expect(await program.repeating()).toEqual(before);
    await next.close();
  });
});

describe("with somebody at the desktop's own keyboard", () => {
  let nested: NestedDisplay;
  let recorder: XInputRecorder;

  beforeEach(async () => {
    nested = await startNestedDisplay();
    // Only the inner display is to repeat; the outer one plays the hand.
    xset(nested.hand.x.displayName, "r", "off");
    xset(nested.display, "r", ...FAST);
    await nested.hand.moveTo({ x: 200, y: 100 });
    recorder = await XInputRecorder.open(nested.display);
  });
  afterEach(async () => {
    await recorder.close();
    await nested.stop();
  });

  test("the hand's key repeats while a viewer holds another, and that one does not", async () => {
    const injector = await x11Input({}).open({ display: nested.display });
    await nested.hand.press(KEYCODE_F);
    await recorder.until("the hand's repeats", (events) => downsOf(events, KEYCODE_F) > 3);
    press(injector, "KeyA", "a");
    await injector.settled();
    await recorder.settled();
    recorder.clear();
    await recorder.until("the hand's repeats still", (events) => downsOf(events, KEYCODE_F) > 10);
    expect(downsOf(recorder.events, KEYCODE_A)).toBe(0);
    release(injector, "KeyA");
    await nested.hand.release(KEYCODE_F);
    await injector.close();
  });
});
