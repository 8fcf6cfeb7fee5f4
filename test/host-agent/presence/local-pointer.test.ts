import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Availability } from "../../../host-agent/errors.ts";
import { x11Input } from "../../../host-agent/input/x11.ts";
import { type LocalPointer, watchLocalPointer } from "../../../host-agent/presence/local-pointer.ts";
import { press, release } from "../../support/strokes.ts";
import { startXServer } from "../../support/x-server.ts";
import { type NestedDisplay, startNestedDisplay } from "./nested-display.ts";
import { openRawWitness, until } from "./onlooker.ts";

const KEYCODE_F = 41;

describe("a display with a mouse of its own", () => {
  let nested: NestedDisplay;
  let pointer: LocalPointer;
  let moves: number;
  let losses: Availability[];

  beforeEach(async () => {
    nested = await startNestedDisplay();
    moves = 0;
    losses = [];
    pointer = await watchLocalPointer(nested.display, {
      moved: () => {
        moves += 1;
      },
      lost: (availability) => losses.push(availability),
    });
  });
  afterEach(async () => {
    await pointer.close();
    await nested.stop();
  });

  test("hears the hand on it, and nothing of what a viewer does", async () => {
    expect(pointer.availability).toMatchObject({ available: true });
    pointer.listen(true);
    const witness = await openRawWitness(nested.display);
    const injector = await x11Input({}).open({ display: nested.display });
    for (let step = 1; step <= 50; step++) injector.pointer({ x: step * 5, y: step * 3 });
    injector.button(1, true);
    injector.button(1, false);
    press(injector, "KeyF");
    release(injector, "KeyF");
    await injector.settled();
    await until("raw input of every kind", () => witness.kinds.size === 3);
    await witness.x.settled();
    expect(moves).toBe(0);

    await nested.hand.moveTo({ x: 200, y: 100 });
    await until("the hand", () => moves > 0);
    await injector.close();
    await witness.x.close();
  });

  test("hears its buttons and its keys, each by itself", async () => {
    const witness = await openRawWitness(nested.display);
    await nested.hand.moveTo({ x: 200, y: 100 });
    await until("raw motion", () => witness.kinds.has("motion"));
    await until("the pointer at rest", async () => {
      witness.kinds.clear();
      await witness.x.settled();
      return witness.kinds.size === 0;
    });
    pointer.listen(true);
    // Again and again: another connection moves the hand, and the server may hear of that before it hears that
    // somebody listens.
    await until("the key", async () => {
      await nested.hand.keys(KEYCODE_F);
      return moves > 0;
    });
    // It has a connection of its own: what the pointer heard was sent to it too, before it gets this answer.
    await witness.x.settled();
    expect(witness.kinds).toEqual(new Set(["key"]));
    const afterKey = moves;
    await nested.hand.button(true);
    await until("the button", () => moves > afterKey && witness.kinds.has("button"));
    await nested.hand.button(false);
    await witness.x.close();
  });

  test("is not listened to unless asked", async () => {
    const witness = await openRawWitness(nested.display);
    await nested.hand.moveTo({ x: 200, y: 100 });
    await until("raw motion", () => witness.kinds.has("motion"));
    expect(moves).toBe(0);
    pointer.listen(true);
    let x = 200;
    await until("the hand", async () => {
      x += 1;
      await nested.hand.moveTo({ x, y: 100 });
      return moves > 0;
    });
    pointer.listen(false);
    await witness.x.settled();
    await witness.x.close();
    expect(losses).toEqual([]);
  });

  test("that ends says so once", async () => {
    await nested.stop();
    await until("the loss", () => losses.length > 0);
    expect(losses).toMatchObject([{ available: false, why: expect.stringContaining(nested.display) }]);
    pointer.listen(true);
  });
});

test("on a display without any, remote input cannot be told from a hand, and that is said", async () => {
  const server = await startXServer({ width: 200, height: 100 });
  const pointer = await watchLocalPointer(server.display, { moved: () => {}, lost: () => {} });
  try {
    expect(pointer.availability).toMatchObject({
      available: false,
      why: expect.stringMatching(/no mouse or keyboard but the one remote input comes from \(XTEST\)/),
    });
  } finally {
    await pointer.close();
    await server.stop();
  }
});
