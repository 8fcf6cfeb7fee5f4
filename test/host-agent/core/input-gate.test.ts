import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InputAction, InputGate, RELEASE_AFTER_SILENCE_MS } from "../../../host-agent/core/input-gate.ts";
import { FRACTION_MAX } from "../../../protocol/geometry.ts";
import type { Button, InputEvent, InputMessage } from "../../../protocol/input.ts";
import { KEY_CODES } from "../../../protocol/key-code.ts";
import { code, keyEvent } from "../../support/strokes.ts";

const size = { width: 1921, height: 1081 };
const middle = { x: FRACTION_MAX / 2, y: FRACTION_MAX / 2 };

const down = (name: string, text = ""): InputEvent => keyEvent(name, true, text);
const up = (name: string): InputEvent => keyEvent(name, false);
const repeat = (name: string): InputEvent => ({ kind: "key", code: code(name), down: true, repeat: true, text: "" });
const move = (x: number, y = 0): InputEvent => ({ kind: "move", at: { x, y } });
const button = (which: Button, isDown: boolean): InputEvent => ({
  kind: "button",
  button: which,
  down: isDown,
  at: middle,
});
const wheel = (dy: number): InputEvent => ({ kind: "wheel", dx: 0, dy });
const message = (firstSequence: number, ...events: InputEvent[]): InputMessage => ({
  kind: "input",
  firstSequence,
  events,
});
const controlGate = () => new InputGate({ role: "control", size });

/** Short words for actions: "+KeyA" down, "-KeyA" up, "+1" button down, "@960,540" pointer. */
function said(actions: readonly InputAction[]): string {
  return actions
    .map((action) => {
      if (action.kind === "pointer") return `@${action.to.x},${action.to.y}`;
      if (action.kind === "button") return `${action.down ? "+" : "-"}${action.button}`;
      if (action.kind === "key") return `${action.down ? (action.repeat ? "*" : "+") : "-"}${action.code}`;
      if (action.kind === "wheel") return `wheel ${action.dx},${action.dy}`;
      return `"${action.text}"`;
    })
    .join(" ");
}

describe("numbers of events", () => {
  test("each event is taken once and in order, however often it is repeated", () => {
    const gate = controlGate();
    expect(said(gate.take(message(1, down("KeyA")), 0).actions)).toBe("+KeyA");
    const second = gate.take(message(1, down("KeyA"), up("KeyA"), down("KeyB")), 1);
    expect(said(second.actions)).toBe("-KeyA +KeyB");
    expect(second.ack).toBe(3);
    expect(gate.take(message(2, up("KeyA"), down("KeyB")), 2)).toEqual({ actions: [], ack: 3, close: undefined });
  });

  test("a gap breaks the protocol: what was held is let go and nothing passes any more", () => {
    const gate = controlGate();
    gate.take(message(1, down("KeyA")), 0);
    const gap = gate.take(message(3, down("KeyB")), 1);
    expect([said(gap.actions), gap.ack, gap.close]).toEqual(["-KeyA", 1, "protocol-error"]);
    expect(gate.take(message(2, down("KeyC")), 2)).toEqual({ actions: [], ack: 1, close: "protocol-error" });
  });

  test("a message follows as long as nothing is missing before it", () => {
    const gate = controlGate();
    expect([gate.follows(message(1, down("KeyA"))), gate.follows(message(2, up("KeyA")))]).toEqual([true, false]);
    gate.take(message(1, down("KeyA"), up("KeyA")), 0);
    expect([1, 2, 3, 4].map((first) => gate.follows(message(first, down("KeyB"))))).toEqual([true, true, true, false]);
  });

  test("counting starts at 1", () => {
    expect(controlGate().take(message(0, down("KeyA")), 0).close).toBe("protocol-error");
  });
});

describe("the role", () => {
  test("view lets nothing pass, yet acknowledges and counts", () => {
    const gate = new InputGate({ role: "view", size });
    const result = gate.take(
      message(1, move(9), down("KeyA", "a"), button(1, true), wheel(120), { kind: "text", text: "x" }),
      0,
    );
    expect(result).toEqual({ actions: [], ack: 5, close: undefined });
    expect(gate.counts.viewOnly).toBe(5);
  });

  test("losing control lets go of everything, and the late up changes nothing", () => {
    const gate = controlGate();
    gate.take(message(1, down("ShiftLeft"), button(1, true)), 0);
    expect(said(gate.setRole("view"))).toBe("-ShiftLeft -1");
    expect(said(gate.setRole("control"))).toBe("");
    expect(said(gate.take(message(3, up("ShiftLeft")), 1).actions)).toBe("");
  });

  test("a key still held when control comes back does not start repeating", () => {
    const gate = controlGate();
    gate.take(message(1, down("KeyA")), 0);
    gate.setRole("view");
    gate.setRole("control");
    expect(said(gate.take(message(2, repeat("KeyA")), 1).actions)).toBe("");
  });
});

describe("places", () => {
  test("fractions fall on pixels, the last on the last", () => {
    const gate = controlGate();
    expect(said(gate.take(message(1, move(FRACTION_MAX, FRACTION_MAX)), 0).actions)).toBe("@1920,1080");
    expect(said(gate.take(message(2, move(0, 0)), 20).actions)).toBe("@0,0");
  });

  test("after a change of size the same fraction is another pixel", () => {
    const gate = controlGate();
    gate.take(message(1, move(FRACTION_MAX, FRACTION_MAX)), 0);
    gate.resize({ width: 101, height: 51 });
    expect(said(gate.take(message(2, move(FRACTION_MAX, FRACTION_MAX)), 20).actions)).toBe("@100,50");
  });

  test("a button goes down where it was pressed", () => {
    expect(said(controlGate().take(message(1, move(1), button(1, true)), 0).actions)).toBe("@960,540 +1");
  });

  test("a key is pressed where the pointer then was", () => {
    expect(said(controlGate().take(message(1, move(FRACTION_MAX), down("KeyA"), move(0)), 0).actions)).toBe(
      "@1920,0 +KeyA @0,0",
    );
  });
});

describe("limits", () => {
  test("moves in one message become the last of them, wheel turns in a row their sum", () => {
    const result = controlGate().take(message(1, move(1), move(2), move(FRACTION_MAX), wheel(60), wheel(60)), 0);
    expect(said(result.actions)).toBe("@1920,0 wheel 0,120");
  });

  test("a mouse at 2,000 Hz moves the pointer 500 times a second, and the last place is reached", () => {
    const gate = controlGate();
    const placesBySecond = [0, 0, 0];
    // Far apart, so that every move is to another pixel.
    const fraction = (index: number) => (index * 9973) % FRACTION_MAX;
    for (let index = 1; index < 6000; index++) {
      const { actions } = gate.take(message(index, move(fraction(index))), index / 2);
      const second = Math.floor(index / 2000);
      placesBySecond[second] = (placesBySecond[second] ?? 0) + actions.length;
    }
    // The first second also has the allowance saved up before.
    expect(placesBySecond[0]).toBeLessThanOrEqual(1000);
    expect(placesBySecond[1]).toBeLessThanOrEqual(501);
    expect(placesBySecond[2]).toBeLessThanOrEqual(501);
    expect(placesBySecond[2]).toBeGreaterThan(400);
    const wakeAtMs = gate.wakeAtMs(3000) ?? Number.NaN;
    expect(wakeAtMs).toBeLessThanOrEqual(3002);
    expect(said(gate.tick(wakeAtMs))).toBe(`@${Math.round((fraction(5999) / FRACTION_MAX) * 1920)},0`);
    expect(gate.wakeAtMs(wakeAtMs)).toBeUndefined();
  });

  test("after a pasted text the pointer goes on at once", () => {
    const gate = controlGate();
    gate.take(message(1, { kind: "text", text: "x".repeat(1024) }), 0);
    gate.take(message(2, move(FRACTION_MAX)), 1);
    expect(gate.wakeAtMs(1)).toBeLessThanOrEqual(4);
  });

  test("keys and buttons pass one by one, 500 of them at once", () => {
    const gate = controlGate();
    let passed = 0;
    for (let index = 0; index < 500; index += 2) {
      passed += gate.take(message(index + 1, down("KeyA"), up("KeyA")), 500).actions.length;
    }
    expect(passed).toBe(500);
    expect(gate.take(message(501, down("KeyA"), up("KeyA")), 510).close).toBeUndefined();
  });

  test("more strokes than hands can make close the gate, and nothing stays pressed", () => {
    const gate = controlGate();
    gate.take(message(1, down("ShiftLeft")), 0);
    let result = gate.take(message(2, down("KeyA"), up("KeyA")), 0);
    for (let index = 4; result.close === undefined; index += 2) {
      expect(index).toBeLessThan(600);
      result = gate.take(message(index, down("KeyA"), up("KeyA")), 0);
    }
    expect(result.close).toBe("flooded");
    expect(said(result.actions)).toMatch(/-KeyA -ShiftLeft$/);
  });

  test("wheel turns beyond the allowance are dropped and counted", () => {
    const gate = controlGate();
    for (let index = 1; index <= 900; index++) gate.take(message(index, wheel(120)), 0);
    expect(gate.counts.wheelDropped).toBe(400);
  });

  test("more than 5,000 events a second for two seconds close the gate as a flood", () => {
    const gate = controlGate();
    gate.take(message(1, down("KeyA")), 0);
    const outcome = send(gate, 2, { perSecond: 6000, forMs: 2500 });
    expect(outcome.close).toBe("flooded");
    expect(outcome.atMs).toBeGreaterThan(1000);
    expect(outcome.atMs).toBeLessThanOrEqual(2000);
    expect(outcome.released).toContain("-KeyA");
  });

  test("4,000 a second, or a burst of one second, is no flood", () => {
    expect(send(controlGate(), 1, { perSecond: 4000, forMs: 5000 }).close).toBeUndefined();
    expect(send(controlGate(), 1, { perSecond: 9000, forMs: 900 }).close).toBeUndefined();
  });

  test("repeating what is not acknowledged is no flood", () => {
    const gate = controlGate();
    const events = Array.from({ length: 64 }, (_, index) => move(index));
    for (let atMs = 0; atMs < 5000; atMs += 4) {
      expect(gate.take(message(1, ...events), atMs).close).toBeUndefined();
    }
  });
});

function send(gate: InputGate, firstSequence: number, rate: { perSecond: number; forMs: number }) {
  let sequence = firstSequence;
  for (let atMs = 0; atMs < rate.forMs; atMs += 10) {
    const events = Array.from({ length: rate.perSecond / 100 }, (_, index) => move(index));
    const result = gate.take(message(sequence, ...events), atMs);
    if (result.close !== undefined) return { close: result.close, atMs, released: said(result.actions) };
    sequence += events.length;
  }
  return { close: undefined, atMs: rate.forMs, released: "" };
}

describe("what is held", () => {
  test("is let go keys first, then modifiers, buttons last", () => {
    const gate = controlGate();
    gate.take(message(1, down("ControlLeft"), down("KeyA"), down("ShiftLeft"), down("KeyB"), button(3, true)), 0);
    expect(said(gate.releaseAll())).toBe("-KeyB -KeyA -ShiftLeft -ControlLeft -3");
    expect(gate.releaseAll()).toEqual([]);
  });

  test("the held set lets go of what is not in it, and presses nothing", () => {
    const gate = controlGate();
    gate.take(message(1, down("ShiftLeft"), down("KeyA"), button(1, true)), 0);
    const held: InputEvent = { kind: "held", buttons: [1, 2], codes: [code("ShiftLeft"), code("KeyZ")] };
    expect(said(gate.take(message(4, held), 1).actions)).toBe("-KeyA");
  });

  test("release lets go of everything", () => {
    const gate = controlGate();
    gate.take(message(1, down("KeyA"), button(1, true)), 0);
    expect(said(gate.take(message(3, { kind: "release" }), 1).actions)).toBe("-KeyA -1");
  });

  test("silence lets go after a second and a half, and a word in between puts it off", () => {
    const gate = controlGate();
    gate.take(message(1, down("KeyA")), 0);
    expect(gate.wakeAtMs(0)).toBe(RELEASE_AFTER_SILENCE_MS);
    gate.take(message(2, { kind: "held", buttons: [], codes: [code("KeyA")] }), 1000);
    expect(said(gate.tick(2499))).toBe("");
    expect(gate.heartbeatMissed(2500)).toBe(true);
    expect(said(gate.tick(2500))).toBe("-KeyA");
    expect(gate.wakeAtMs(2500)).toBeUndefined();
  });

  test("a gate without anything held or waiting needs no timer", () => {
    const gate = controlGate();
    gate.take(message(1, move(5), down("KeyA"), up("KeyA")), 0);
    expect(gate.wakeAtMs(0)).toBeUndefined();
  });

  test("a drag ends where the viewer last was, even without allowance for the move", () => {
    const gate = controlGate();
    gate.take(message(1, button(1, true)), 0);
    for (let index = 2; index < 1200; index++) gate.take(message(index, move(index * 50)), 0);
    gate.take(message(1200, move(FRACTION_MAX)), 0);
    expect(said(gate.releaseAll())).toBe("@1920,0 -1");
  });
});

describe("chords nobody may send", () => {
  test.each([
    [["ControlLeft", "AltLeft"], "F1"],
    [["ControlRight", "AltRight"], "F12"],
    [["AltLeft"], "PrintScreen"],
    [["ControlLeft", "AltLeft", "ShiftLeft"], "KeyQ"],
  ])("%s + %s is stopped, its repeats and its up too", (modifiers, last) => {
    const gate = controlGate();
    gate.take(message(1, ...modifiers.map((name) => down(name))), 0);
    expect(said(gate.take(message(1 + modifiers.length, down(last), repeat(last), up(last)), 1).actions)).toBe("");
    expect(gate.counts.blocked).toBe(1);
  });

  test.each([
    [["ControlLeft"], "F1"],
    [["AltLeft"], "F4"],
    [["ControlLeft", "AltLeft"], "Delete"],
    [["ControlLeft", "AltLeft"], "F13"],
    [["ControlLeft", "ShiftLeft"], "KeyQ"],
    [["ShiftLeft"], "PrintScreen"],
  ])("%s + %s passes", (modifiers, last) => {
    const gate = controlGate();
    gate.take(message(1, ...modifiers.map((name) => down(name))), 0);
    expect(said(gate.take(message(1 + modifiers.length, down(last)), 1).actions)).toBe(`+${last}`);
  });
});

test("whatever is sent, ups and downs alternate and releaseAll ends with nothing held", () => {
  const anyCode = fc.constantFrom(...KEY_CODES);
  const anyButton = fc.constantFrom<Button>(1, 2, 3, 4, 5);
  const at = fc.record({ x: fc.nat(FRACTION_MAX), y: fc.nat(FRACTION_MAX) });
  const anyEvent: fc.Arbitrary<InputEvent> = fc.oneof(
    fc.record({ kind: fc.constant("move" as const), at }),
    fc.record({ kind: fc.constant("button" as const), button: anyButton, down: fc.boolean(), at }),
    fc.record({ kind: fc.constant("wheel" as const), dx: fc.integer(), dy: fc.integer() }),
    fc.record({
      kind: fc.constant("key" as const),
      code: anyCode,
      down: fc.boolean(),
      repeat: fc.boolean(),
      text: fc.constantFrom("", "x"),
    }),
    fc.record({ kind: fc.constant("held" as const), buttons: fc.array(anyButton), codes: fc.array(anyCode) }),
    fc.record({ kind: fc.constant("release" as const) }),
  );
  const anyBatch = fc.record({ events: fc.array(anyEvent, { minLength: 1, maxLength: 64 }), waitMs: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(anyBatch, { maxLength: 12 }), (batches) => {
      const gate = controlGate();
      const heldNow = new Set<string>();
      const inject = (actions: readonly InputAction[]) => {
        for (const action of actions) {
          if (action.kind === "pointer") {
            expect(action.to.x >= 0 && action.to.x < size.width && action.to.y >= 0 && action.to.y < size.height).toBe(
              true,
            );
          }
          if (action.kind !== "key" && action.kind !== "button") continue;
          const name = action.kind === "key" ? action.code : `button ${action.button}`;
          if (action.kind === "key" && action.repeat) expect(heldNow.has(name)).toBe(true);
          else expect(heldNow.has(name)).toBe(!action.down);
          if (action.down) heldNow.add(name);
          else heldNow.delete(name);
        }
      };
      let sequence = 1;
      let nowMs = 0;
      for (const { events, waitMs } of batches) {
        nowMs += waitMs;
        inject(gate.tick(nowMs));
        inject(gate.take(message(sequence, ...events), nowMs).actions);
        sequence += events.length;
      }
      inject(gate.releaseAll());
      expect(heldNow.size).toBe(0);
    }),
    { numRuns: 500 },
  );
});
