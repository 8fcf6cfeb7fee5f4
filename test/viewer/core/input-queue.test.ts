import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputGate } from "../../../host-agent/core/input-gate.ts";
import { type InputEvent, type InputMessage, MAX_WHEEL_UNITS } from "../../../protocol/input.ts";
import { keyCode } from "../../../protocol/key-code.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { CHANNEL_PACE, InputQueue, SIGNALING_PACE } from "../../../viewer/core/input-queue.ts";

const move = (x: number): InputEvent => ({ kind: "move", at: { x, y: 0 } });
const wheel = (dy: number): InputEvent => ({ kind: "wheel", dx: 0, dy });
const codeA = keyCode("KeyA");
if (codeA === undefined) throw new Error("KeyA is a key");
const key = (down: boolean): InputEvent => ({ kind: "key", code: codeA, down, repeat: false, text: "" });

/** The messages that leave now, as the host reads them. */
const taken = (queue: InputQueue, nowMs: number): InputMessage[] =>
  queue.take(nowMs).map((bytes) => {
    const message = decodeMessage(bytes);
    if (message.kind !== "input") throw new Error(`a message of kind ${message.kind}`);
    return message;
  });

describe("the input queue", () => {
  it("sends the first move at once, and the newest place of the others eight milliseconds later", () => {
    const queue = new InputQueue();
    queue.add(move(1));
    expect(taken(queue, 1_000)).toMatchObject([{ firstSequence: 1, events: [move(1)] }]);
    queue.acknowledged(1);
    queue.add(move(2));
    queue.add(move(3));
    expect(queue.dueAtMs()).toBe(1_008);
    expect(taken(queue, 1_007)).toEqual([]);
    expect(taken(queue, 1_008)).toMatchObject([{ firstSequence: 2, events: [move(3)] }]);
  });

  it("says again all that is not acknowledged, as far as it fits into a packet; else the newest", () => {
    const queue = new InputQueue();
    const again = () => {
      const bytes = queue.again();
      return bytes === undefined ? undefined : decodeMessage(bytes);
    };
    expect(again()).toBeUndefined();
    for (let x = 1; x <= 40; x++) {
      queue.add(move(x));
      taken(queue, x * 8);
    }
    expect(again()).toMatchObject({ firstSequence: 1, events: { length: 40 } });
    queue.add({ kind: "text", text: "x".repeat(280) });
    taken(queue, 1_000);
    expect(again()).toMatchObject({ firstSequence: 15, events: { length: 27 } });
    queue.add({ kind: "text", text: "x".repeat(1_000) });
    taken(queue, 1_000);
    expect(again()).toBeUndefined();
    queue.acknowledged(42);
    expect(again()).toBeUndefined();
  });

  it("never lets a key wait for the pace of the pointer", () => {
    const queue = new InputQueue();
    queue.add(move(1));
    taken(queue, 1_000);
    queue.add(key(true));
    expect(taken(queue, 1_000)).toMatchObject([{ events: [move(1), key(true)] }]);
  });

  it("keeps moves apart that have a button or a key between them", () => {
    const queue = new InputQueue();
    const events = [move(1), key(true), move(2), key(false)];
    for (const event of events) queue.add(event);
    expect(taken(queue, 0)).toMatchObject([{ firstSequence: 1, events }]);
  });

  it("adds up wheel turns that wait, within what one event can carry", () => {
    const queue = new InputQueue();
    queue.add(wheel(120));
    queue.add(wheel(60));
    queue.add(wheel(MAX_WHEEL_UNITS));
    expect(taken(queue, 0)).toMatchObject([{ events: [wheel(180), wheel(MAX_WHEEL_UNITS)] }]);
  });

  it("repeats what is not acknowledged, under its own number, and nothing of what is", () => {
    const queue = new InputQueue();
    queue.add(key(true));
    taken(queue, 0);
    queue.add(key(false));
    expect(taken(queue, 1)).toMatchObject([{ firstSequence: 1, events: [key(true), key(false)] }]);
    queue.acknowledged(2);
    queue.add(key(true));
    expect(taken(queue, 2)).toMatchObject([{ firstSequence: 3, events: [key(true)] }]);
  });

  it("stays below the server's message limit on the way through the server", () => {
    const queue = new InputQueue();
    queue.onAnotherPipe(SIGNALING_PACE);
    let messages = 0;
    for (let nowMs = 0; nowMs < 1_000; nowMs += 5) {
      queue.add(key(nowMs % 10 === 0));
      messages += taken(queue, nowMs).length;
    }
    expect(messages).toBeLessThanOrEqual(30);
    expect(queue.sent).toBeGreaterThan(190);
  });

  it("stops sending to a host that acknowledges nothing, and gives up in the end with everything let go", () => {
    const queue = new InputQueue();
    for (let count = 0; count < 4_000; count++) {
      queue.add(key(count % 2 === 0));
      taken(queue, count);
    }
    const sentBefore = queue.sent;
    expect(sentBefore).toBeLessThan(1_000);
    expect(queue.dueAtMs()).toBeUndefined();
    queue.acknowledged(sentBefore);
    const rest = taken(queue, 5_000).flatMap((message) => message.events);
    expect(rest[0]).toEqual({ kind: "release" });
  });

  it("cuts a long paste into messages that the wire carries", () => {
    const queue = new InputQueue();
    for (let count = 0; count < 32; count++) queue.add({ kind: "text", text: "ä".repeat(512) });
    const messages = taken(queue, 0);
    expect(messages.length).toBeGreaterThan(1);
    expect(queue.sent).toBe(32);
  });

  it("does not believe an acknowledgement of what it never sent", () => {
    const queue = new InputQueue();
    queue.add(key(true));
    taken(queue, 0);
    expect(() => queue.acknowledged(2)).toThrow("acknowledged before it was sent");
  });

  it("brings every key to the host once and in order, whatever is acknowledged when", () => {
    const strokes = fc.array(
      fc.record({ event: fc.constantFrom("down", "up", "move"), ack: fc.boolean(), waitMs: fc.nat(20) }),
    );
    fc.assert(
      fc.property(strokes, (steps) => {
        const queue = new InputQueue();
        const pressed: InputEvent[] = [];
        const arrived: InputEvent[] = [];
        let highest = 0;
        let nowMs = 0;
        const deliver = () => {
          for (const message of taken(queue, nowMs)) {
            expect(message.firstSequence).toBeLessThanOrEqual(highest + 1);
            const fresh = message.events.slice(highest + 1 - message.firstSequence);
            highest += fresh.length;
            arrived.push(...fresh.filter((event) => event.kind === "key"));
          }
        };
        for (const step of steps) {
          const event = step.event === "move" ? move(nowMs) : key(step.event === "down");
          if (event.kind === "key") pressed.push(event);
          queue.add(event);
          deliver();
          if (step.ack) queue.acknowledged(highest);
          nowMs += step.waitMs;
        }
        nowMs += 1_000;
        deliver();
        expect(arrived).toEqual(pressed);
        expect(queue.sent).toBe(highest);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the input queue on another pipe", () => {
  it("sends at once what was not acknowledged on the one before, under its old numbers", () => {
    const queue = new InputQueue();
    for (const event of [key(true), key(false), key(true)]) queue.add(event);
    taken(queue, 0);
    queue.acknowledged(1);
    expect(taken(queue, 50)).toEqual([]);
    queue.onAnotherPipe(CHANNEL_PACE);
    expect(queue.dueAtMs()).toBeLessThanOrEqual(50);
    expect(taken(queue, 50)).toMatchObject([{ firstSequence: 2, events: [key(false), key(true)] }]);
    expect(taken(queue, 100)).toEqual([]);
    expect(queue.sent).toBe(3);
  });

  it("repeats all of it, in as many messages as it takes, before anything new", () => {
    const queue = new InputQueue();
    for (let count = 0; count < 200; count++) queue.add(key(count % 2 === 0));
    taken(queue, 0);
    queue.onAnotherPipe(CHANNEL_PACE);
    queue.add(move(1));
    const messages = taken(queue, 1);
    const numbers = new Set(messages.flatMap(({ firstSequence, events }) => events.map((_, at) => firstSequence + at)));
    expect([...numbers]).toEqual(Array.from({ length: 201 }, (_, at) => at + 1));
  });

  it("leaves out what is acknowledged late", () => {
    const queue = new InputQueue();
    for (const event of [key(true), key(false), key(true)]) queue.add(event);
    taken(queue, 0);
    queue.onAnotherPipe(CHANNEL_PACE);
    queue.acknowledged(2);
    expect(taken(queue, 1)).toMatchObject([{ firstSequence: 3, events: [key(true)] }]);
    queue.onAnotherPipe(CHANNEL_PACE);
    queue.acknowledged(3);
    expect(queue.dueAtMs()).toBeUndefined();
  });

  it("can go on when it was full, because what filled it is sent again", () => {
    const queue = new InputQueue();
    for (let count = 0; count < 1_000; count++) {
      queue.add(key(count % 2 === 0));
      taken(queue, count);
    }
    expect(queue.dueAtMs()).toBeUndefined();
    queue.onAnotherPipe(CHANNEL_PACE);
    const gate = new InputGate({ role: "view", size: { width: 10, height: 10 } });
    const acks = taken(queue, 1_000).map((message) => gate.take(message, 1_000).ack);
    queue.acknowledged(acks.at(-1) ?? 0);
    expect(taken(queue, 2_000).length).toBeGreaterThan(0);
  });

  it("does nothing any more of what it is told to forget, keeps its numbers, and lets go of what is held", () => {
    const queue = new InputQueue();
    const gate = new InputGate({ role: "control", size: { width: 10, height: 10 } });
    queue.add(key(true));
    for (const message of taken(queue, 0)) gate.take(message, 0);
    for (const event of [key(false), move(9), key(true)]) queue.add(event);
    taken(queue, 10);
    queue.add(key(false));
    queue.forget();
    queue.onAnotherPipe(CHANNEL_PACE);
    queue.add(move(1));
    const actions = taken(queue, 60_000).flatMap((message) => [...gate.take(message, 60_000).actions]);
    expect(actions).toMatchObject([{ kind: "key", down: false }, { kind: "pointer" }]);
    expect(gate.take({ kind: "input", firstSequence: 6, events: [key(true)] }, 60_001).ack).toBe(6);
  });

  type Step =
    | { readonly do: "type"; readonly event: "text" | "move" }
    /** The oldest message on its way over a pipe arrives at the gate, and perhaps its acknowledgement at the queue. */
    | { readonly do: "arrive"; readonly over: "newest" | "left"; readonly ackArrives: boolean }
    /** The session moves. Of what is on its way, the first so many messages still arrive, whenever they do. */
    | { readonly do: "move"; readonly stillArriving: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("type" as const),
        event: fc.constantFrom("text" as const, "move" as const),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("arrive" as const),
        over: fc.constantFrom("newest" as const, "left" as const),
        ackArrives: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), stillArriving: fc.nat(4) }) },
  );

  it("brings every key to the host's own gate once and in order, whatever is lost or late at each move", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (story) => {
        const queue = new InputQueue();
        const gate = new InputGate({ role: "control", size: { width: 100, height: 100 } });
        const typed: string[] = [];
        const injected: string[] = [];
        let left: InputMessage[] = [];
        let newest: InputMessage[] = [];
        let nowMs = 0;
        const arrive = (message: InputMessage | undefined, ackArrives: boolean) => {
          if (message === undefined) return;
          const { actions, ack, close } = gate.take(message, nowMs);
          expect(close).toBeUndefined();
          for (const action of actions) if (action.kind === "text") injected.push(action.text);
          if (ackArrives) queue.acknowledged(ack);
        };
        for (const [at, one] of story.entries()) {
          // Slower than any limit of the gate.
          nowMs += 100;
          if (one.do === "type") {
            // Texts, because each says which it is and the gate holds none of them against another.
            queue.add(one.event === "move" ? move(at) : { kind: "text", text: `${at}` });
            if (one.event === "text") typed.push(`${at}`);
          } else if (one.do === "arrive") {
            arrive((one.over === "left" ? left : newest).shift(), one.ackArrives);
          } else {
            left = newest.slice(0, one.stillArriving);
            newest = [];
            queue.onAnotherPipe(CHANNEL_PACE);
          }
          newest.push(...taken(queue, nowMs));
        }
        nowMs += 1_000;
        newest.push(...taken(queue, nowMs));
        while (newest.length > 0) arrive(newest.shift(), true);
        expect(injected).toEqual(typed);
      }),
      { numRuns: 1_000 },
    );
  });
});
