import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InputInjector } from "../../../host-agent/input/driver.ts";
import { x11Input } from "../../../host-agent/input/x11.ts";
import { keysymsByKeycode, setLayout } from "../../support/keyboard-layout.ts";
import { PRINTABLE_ASCII, press, release, repeat, typeKeys } from "../../support/strokes.ts";
import { XInputRecorder } from "../../support/x-input-recorder.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";

const LOCK = 2;
const FOREIGN = "€ñßéΩ漢😀";
const EVERYTHING = PRINTABLE_ASCII + FOREIGN;

let server: XServer;
let injector: InputInjector;
let recorder: XInputRecorder;

beforeEach(async () => {
  server = await startXServer({ width: 320, height: 240 });
  recorder = await XInputRecorder.open(server.display);
  injector = await x11Input({}).open({ display: server.display });
});
afterEach(async () => {
  await injector.close();
  await recorder.close();
  await server.stop();
});

async function typed(): Promise<string> {
  await injector.settled();
  await recorder.settled();
  const { typed } = recorder;
  recorder.clear();
  return typed;
}

function tapCapsLock(): void {
  press(injector, "CapsLock");
  release(injector, "CapsLock");
}

describe.each(["us", "de", "fr", "us,ru", "ru"])("on the layout %s", (layout) => {
  beforeEach(() => setLayout(server.display, layout));

  test("every character is typed, whatever modifiers are on", async () => {
    typeKeys(injector, EVERYTHING);
    expect(await typed()).toBe(EVERYTHING);

    press(injector, "ShiftLeft");
    typeKeys(injector, EVERYTHING);
    release(injector, "ShiftLeft");
    expect(await typed()).toBe(EVERYTHING);

    tapCapsLock();
    typeKeys(injector, EVERYTHING);
    expect(await typed()).toBe(EVERYTHING);
    // Caps Lock is still on: it was only looked past.
    press(injector, "ArrowUp");
    release(injector, "ArrowUp");
    await injector.settled();
    await recorder.settled();
    expect(recorder.events.at(-1)).toMatchObject({ kind: "key", mods: LOCK });
    tapCapsLock();
    await typed();

    // AltGr as browsers on Windows report it, and Alt as those on a Mac do for Option.
    for (const name of ["ControlLeft", "AltRight", "AltLeft", "MetaLeft"]) press(injector, name);
    typeKeys(injector, EVERYTHING);
    for (const name of ["ControlLeft", "AltRight", "AltLeft", "MetaLeft"]) release(injector, name);
    expect(await typed()).toBe(EVERYTHING);
  });
});

test("a character of the layout is held like its key, until the up", async () => {
  press(injector, "KeyA", "a");
  await injector.settled();
  await recorder.settled();
  expect(recorder.events).toMatchObject([{ kind: "key", down: true }]);
  release(injector, "KeyA");
  await injector.settled();
  await recorder.settled();
  expect(recorder.events).toMatchObject([{ down: true, character: "a" }, { down: false }]);
});

test("a character that needs other modifiers is typed again for each repeat of the viewer", async () => {
  press(injector, "Digit1", "!");
  repeat(injector, "Digit1", "!");
  repeat(injector, "Digit1", "!");
  release(injector, "Digit1");
  expect(await typed()).toBe("!!!");
});

test("two of the viewer's keys may type the same character at once", async () => {
  press(injector, "KeyA", "a");
  press(injector, "KeyQ", "a");
  release(injector, "KeyA");
  release(injector, "KeyQ");
  expect(await typed()).toBe("aa");
  expect(recorder.events).toEqual([]);
});

test("a key of the numeric pad stays one where its character is on it", async () => {
  press(injector, "NumLock");
  release(injector, "NumLock");
  press(injector, "Numpad7", "7");
  release(injector, "Numpad7");
  await injector.settled();
  await recorder.settled();
  expect(recorder.events.at(-1)).toMatchObject({ kind: "key", keycode: 79 });
});

test("more strange characters than there are spare keycodes come out, in order, each the right one", async () => {
  const strange = Array.from({ length: 40 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join("");
  injector.text(strange);
  expect(await typed()).toBe(strange);
});

test("another layout loaded in the middle of typing is followed", async () => {
  injector.text("yz漢");
  expect(await typed()).toBe("yz漢");
  setLayout(server.display, "de");
  injector.text("yz@漢");
  expect(await typed()).toBe("yz@漢");
});

test("close takes every borrowed keycode back", async () => {
  const before = keysymsByKeycode(server.display);
  injector.text("漢字");
  await injector.settled();
  expect([...keysymsByKeycode(server.display).values()].join(" ")).toContain("U6F22");
  await injector.close();
  expect(keysymsByKeycode(server.display)).toEqual(before);
});

test("what a killed host agent left down is let go when the next one starts", async () => {
  const killed = await x11Input({}).open({ display: server.display });
  press(killed, "ShiftLeft");
  press(killed, "KeyA");
  killed.button(1, true);
  await killed.settled();
  // Its connection ends without a word about keys, as when the process is killed.
  await killed.close();
  await recorder.settled();
  recorder.clear();
  const next = await x11Input({}).open({ display: server.display });
  await recorder.settled();
  const ups = recorder.events.filter((event) => event.kind !== "motion" && !event.down);
  expect(new Set(ups.map((event) => (event.kind === "key" ? event.keycode : event.kind)))).toEqual(
    new Set([38, 50, "button"]),
  );
  await next.close();
});

test("a display that goes away in the middle ends nothing but the typing", async () => {
  const doomed = await startXServer({ width: 320, height: 240 });
  const typing = await x11Input({}).open({ display: doomed.display });
  typing.text("漢".repeat(10) + "字".repeat(1000));
  await doomed.stop();
  await typing.settled();
  typing.pointer({ x: 1, y: 1 });
  typing.text("x");
  await typing.settled();
  await typing.close();
});

test("what waits is bounded, and an up is taken all the same", async () => {
  // Each of these needs a spare keycode, and they take turns, so typing is slow and the rest waits.
  const strange = Array.from({ length: 100 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join("");
  press(injector, "ShiftLeft");
  for (let count = 0; count < 400; count++) injector.text(strange);
  release(injector, "ShiftLeft");
  await injector.close();
  await recorder.settled();
  expect(recorder.events.at(-1)).toMatchObject({ kind: "key", down: false, keycode: 50 });
  expect(recorder.typed.length).toBeLessThan(16_384);
});

test("under Wayland it is refused with the reason, unless a display is named", async () => {
  const wayland = { XDG_SESSION_TYPE: "wayland", DISPLAY: server.display };
  expect(await x11Input(wayland).probe({ display: undefined })).toMatchObject({
    available: false,
    why: expect.stringMatching(/Wayland/),
  });
  expect(await x11Input(wayland).probe({ display: server.display })).toMatchObject({ available: true });
});
