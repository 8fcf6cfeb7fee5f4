import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InputGate } from "../../../host-agent/core/input-gate.ts";
import type { Availability } from "../../../host-agent/errors.ts";
import { x11Input } from "../../../host-agent/input/x11.ts";
import { type StopChord, watchStopChord } from "../../../host-agent/presence/stop-chord.ts";
import type { InputEvent } from "../../../protocol/input.ts";
import { setLayout } from "../../support/keyboard-layout.ts";
import { code } from "../../support/strokes.ts";
import { XInputRecorder } from "../../support/x-input-recorder.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";
import { Onlooker, until } from "./onlooker.ts";

// Keycodes by their place on the keyboard, the same on every layout.
const CONTROL = 37;
const ALT = 64;
const SHIFT = 50;
const PLACE_OF_Q = 24;
const PLACE_OF_A = 38;
const CAPS_LOCK = 66;
const NUM_LOCK = 77;
const F = 41;

describe("Ctrl+Alt+Shift+Q", () => {
  let server: XServer;
  let onlooker: Onlooker;
  let chord: StopChord | undefined;
  let presses: number;
  let changes: Availability[];

  beforeEach(async () => {
    server = await startXServer({ width: 400, height: 300 });
    execFileSync("xset", ["-display", server.display, "r", "off"]);
    onlooker = await Onlooker.open(server.display);
    presses = 0;
    changes = [];
  });
  afterEach(async () => {
    await chord?.close();
    await onlooker.close();
    await server.stop();
  });

  const watch = async () => {
    chord = await watchStopChord(server.display, {
      pressed: () => {
        presses += 1;
      },
      changed: (availability) => changes.push(availability),
    });
    return chord;
  };
  const pressed = (times: number) => until(`${times} presses, seen ${presses}`, () => presses >= times);

  test("stops whatever program has the keyboard, and that program sees nothing of the Q", async () => {
    const program = await XInputRecorder.open(server.display);
    expect((await watch()).availability).toMatchObject({ available: true });
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(1);
    await onlooker.keys(F);
    await program.until("an F", (events) => events.some((event) => event.kind === "key" && event.keycode === F));
    const seen = program.events.flatMap((event) => (event.kind === "key" && event.down ? [event.keycode] : []));
    expect(seen).toEqual([CONTROL, ALT, SHIFT, F]);
    expect(presses).toBe(1);
    await program.close();
  });

  test("works with Caps Lock and Num Lock on", async () => {
    await watch();
    await onlooker.keys(CAPS_LOCK);
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(1);
    await onlooker.keys(NUM_LOCK);
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(2);
    await onlooker.keys(CAPS_LOCK);
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(3);
  });

  test("is all of it: with one key fewer it belongs to the programs", async () => {
    await watch();
    await onlooker.keys(CONTROL, ALT, PLACE_OF_Q);
    await onlooker.keys(CONTROL, SHIFT, PLACE_OF_Q);
    await onlooker.keys(ALT, SHIFT, PLACE_OF_Q);
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_A);
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(1);
    expect(presses).toBe(1);
  });

  test("is the key with a Q on it, where the layout has it elsewhere", async () => {
    setLayout(server.display, "fr");
    await watch();
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_A);
    await pressed(1);
    expect(presses).toBe(1);
  });

  test("is the key in the place of Q, where the layout has none", async () => {
    setLayout(server.display, "ru");
    await watch();
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(1);
  });

  test("follows a layout that changes meanwhile", async () => {
    await watch();
    setLayout(server.display, "fr");
    await until("a press on the new key", async () => {
      await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_A);
      return presses > 0;
    });
    expect(changes).toEqual([]);
  });

  test("cannot be pressed by a viewer, whose every other key arrives", async () => {
    const program = await XInputRecorder.open(server.display);
    await watch();
    const injector = await x11Input({}).open({ display: server.display });
    const gate = new InputGate({ role: "control", size: { width: 400, height: 300 } });
    const events = ["ControlLeft", "AltLeft", "ShiftLeft", "KeyQ", "KeyF"].map(
      (name): InputEvent => ({ kind: "key", code: code(name), down: true, repeat: false, text: "" }),
    );
    const { actions } = gate.take({ kind: "input", firstSequence: 1, events }, 0);
    for (const action of [...actions, ...gate.releaseAll()]) {
      if (action.kind === "key") injector.key(action);
    }
    await injector.settled();
    await program.until("an F", (seen) => seen.some((event) => event.kind === "key" && event.keycode === F));
    expect(presses).toBe(0);
    // The person at the desktop still can.
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(1);
    expect(presses).toBe(1);
    await injector.close();
    await program.close();
  });

  test("that another program has taken is said in words", async () => {
    const first = await watchStopChord(server.display, { pressed: () => {}, changed: () => {} });
    expect((await watch()).availability).toMatchObject({
      available: false,
      why: expect.stringMatching(/^Ctrl\+Alt\+Shift\+Q does not stop sharing: another program has taken/),
      hint: expect.stringContaining("terminal"),
    });
    expect(changes).toEqual([]);
    await first.close();
  });

  test("that another program has taken only for some locks is said too", async () => {
    const asynchronous = 1;
    const chordWithCapsLock = 1 | 2 | 4 | 8;
    onlooker.x.client.GrabKey(onlooker.x.root, 0, chordWithCapsLock, PLACE_OF_Q, asynchronous, asynchronous);
    await onlooker.x.settled();
    expect((await watch()).availability).toMatchObject({
      available: false,
      why: expect.stringContaining("in some states of Caps Lock and Num Lock"),
    });
    await onlooker.keys(CONTROL, ALT, SHIFT, PLACE_OF_Q);
    await pressed(1);
  });

  test("that goes with its display says so; closed by us it does not", async () => {
    await watch();
    process.kill(server.pid, "SIGKILL");
    await until("the change", () => changes.length > 0);
    expect(changes).toMatchObject([{ available: false, why: expect.stringContaining(server.display) }]);
  });
});
