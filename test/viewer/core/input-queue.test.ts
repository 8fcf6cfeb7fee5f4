import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type InputEvent, type InputMessage, MAX_WHEEL_UNITS } from "../../../protocol/input.ts";
import { keyCode } from "../../../protocol/key-code.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { InputQueue, SIGNALING_PACE } from "../../../viewer/core/input-queue.ts";

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
