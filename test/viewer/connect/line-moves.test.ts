import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { encodeControl } from "../../../protocol/control.ts";
import { keyEvent } from "../../support/strokes.ts";
import { type FarEnd, hostWithGate, largeUpdate, openLine, PAGE, shiftKey, smallUpdate } from "./line-stage.ts";

describe("a line that moves to another pipe", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const strokes = (name: string) => [keyEvent(name, true), keyEvent(name, false)];

  it("says on each pipe first that the session goes on there, under the page's one number", async () => {
    const { heard, carry } = await openLine("relay");
    const direct = await carry("direct");
    for (const first of [heard[0], direct.heard[0]])
      expect(first).toEqual({ kind: "use-pipe", page: PAGE, move: expect.any(Number), painted: 0 });
  });

  it("says there which update is on the screen: its receipt may be slower on the pipe before", async () => {
    const { line, heard, carry } = await openLine("relay");
    line.send({ kind: "receipt", sequence: 7, paintTenthsMs: 1 });
    const direct = await carry("direct");
    expect(heard.at(-1)).toMatchObject({ kind: "receipt", sequence: 7 });
    expect(direct.heard[0]).toMatchObject({ kind: "use-pipe", painted: 7 });
  });

  it("says that nothing is on the screen where the word that something could not be painted may be lost", async () => {
    const { line, carry } = await openLine("relay");
    line.send({ kind: "repaint" });
    line.send({ kind: "receipt", sequence: 8, paintTenthsMs: 1 });
    const turn = await carry("turn");
    expect(turn.heard[0]).toMatchObject({ kind: "use-pipe", painted: 0 });
    // Heard there, the host has sent all anew.
    turn.far.send(encodeControl({ kind: "role", role: "view" }));
    await vi.advanceTimersByTimeAsync(0);
    line.send({ kind: "receipt", sequence: 9, paintTenthsMs: 1 });
    expect((await carry("direct")).heard[0]).toMatchObject({ kind: "use-pipe", painted: 9 });
  });

  it.each([
    ["has broken", async ({ far }: FarEnd) => far.close()],
    ["is silent", async () => void (await vi.advanceTimersByTimeAsync(6_000))],
  ])(
    "says that nothing is on the screen where the pipe before %s: the host sends what is in doubt",
    async (_, lose) => {
      const { line, carry } = await openLine("relay");
      const turn = await carry("turn");
      turn.far.send(encodeControl({ kind: "role", role: "view" }));
      await vi.advanceTimersByTimeAsync(0);
      line.send({ kind: "receipt", sequence: 7, paintTenthsMs: 1 });
      await lose(turn);
      await vi.advanceTimersByTimeAsync(0);
      expect((await carry("relay")).heard[0]).toMatchObject({ kind: "use-pipe", painted: 0 });
    },
  );

  it("repeats there what was typed and not acknowledged, and the host takes everything once and in order", async () => {
    const { line, heard, say, carry } = await openLine("relay");
    const { typed, take } = hostWithGate();
    for (const event of [...strokes("KeyA"), ...strokes("KeyB")]) line.input(event);
    await vi.advanceTimersByTimeAsync(0);
    const ack = take({ heard });
    // What comes after it, and the word that the first was taken, is lost with the relay.
    for (const event of strokes("KeyC")) line.input(event);
    await vi.advanceTimersByTimeAsync(50);
    const direct = await carry("direct");
    for (const event of strokes("KeyD")) line.input(event);
    await vi.advanceTimersByTimeAsync(50);
    const late = take(direct);
    expect(typed).toEqual(["A", "B", "C", "D"].flatMap((name) => [`Key${name} down`, `Key${name} up`]));
    if (ack === undefined || late === undefined) throw new Error("nothing came to be acknowledged");
    await say(late, direct);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(direct.heard.filter(({ kind }) => kind === "input")).toEqual([]);
    expect(line.inputsSent).toBe(8);
  });

  it("repeats nothing that is acknowledged late, over the pipe it has left", async () => {
    const { line, heard, say, carry } = await openLine("relay");
    const { typed, take } = hostWithGate();
    for (const event of strokes("KeyA")) line.input(event);
    await vi.advanceTimersByTimeAsync(0);
    const direct = await carry("direct");
    const ack = take({ heard });
    if (ack === undefined) throw new Error("nothing came to be acknowledged");
    await say(ack);
    direct.heard.length = 0;
    for (const event of strokes("KeyB")) line.input(event);
    await vi.advanceTimersByTimeAsync(0);
    expect(direct.heard).toMatchObject([
      { kind: "input", firstSequence: 3, events: [{ code: "KeyB" }] },
      { kind: "input", firstSequence: 3, events: [{ code: "KeyB" }, { code: "KeyB" }] },
    ]);
    take(direct);
    expect(typed).toEqual(["KeyA down", "KeyA up", "KeyB down", "KeyB up"]);
  });

  it("draws pictures of the old pipe until the host's first word on the new one, and none after it", async () => {
    const { near, seen, say, carry } = await openLine("relay");
    await say(smallUpdate(1));
    const direct = await carry("direct");
    await say(smallUpdate(2));
    expect(near.state).toBe("open");
    expect(seen).toEqual(["moved", "begin", "rect", "end 1", "begin", "rect", "end 2"]);
    seen.length = 0;
    await Promise.all([say(smallUpdate(3)), say({ kind: "role", role: "control" }, direct)]);
    expect(near.state).toBe("closed");
    await say(smallUpdate(4));
    await say(smallUpdate(3), direct);
    const told = seen.filter((word) => word !== "far closed");
    expect(told).toEqual(["begin", "rect", "end 3", "moved", "control", "begin", "rect", "end 3"]);
  });

  it("drops an update that had half arrived, and begins with the next", async () => {
    const { seen, say, carry } = await openLine("relay");
    const [first = new Uint8Array(), ...rest] = largeUpdate(1);
    await say(first);
    const direct = await carry("direct");
    await say({ kind: "role", role: "control" }, direct);
    for (const part of rest) await say(part);
    for (const part of largeUpdate(2)) await say(part, direct);
    const told = seen.filter((word) => word !== "far closed");
    expect(told).toEqual(["moved", "begin", "moved", "control", "begin", "rect", "end 2"]);
  });

  it("leaves nothing of an update that had half arrived on a pipe that it jumps over", async () => {
    const { seen, say, carry } = await openLine("relay");
    const [first = new Uint8Array()] = largeUpdate(1);
    await say(first);
    const turn = await carry("turn");
    await carry("direct");
    // The host heard of the second pipe first, and goes on there for a moment.
    for (const part of largeUpdate(2)) await say(part, turn);
    const told = seen.filter((word) => word !== "far closed");
    expect(told).toEqual(["moved", "begin", "begin", "rect", "end 2"]);
  });

  it("sends receipts, questions and pongs over the new pipe from the beginning", async () => {
    const { line, heard, say, carry } = await openLine("relay");
    const direct = await carry("direct");
    heard.length = 0;
    direct.heard.length = 0;
    line.send({ kind: "receipt", sequence: 1, paintTenthsMs: 5 });
    line.send({ kind: "ask-control" });
    await say({ kind: "ping", clockMs: 3 });
    expect(heard).toEqual([]);
    expect(direct.heard).toEqual([
      { kind: "receipt", sequence: 1, paintTenthsMs: 5 },
      { kind: "ask-control" },
      { kind: "pong", clockMs: 3 },
    ]);
  });

  it("does what was typed without a pipe when there is one again", async () => {
    const { line, far, carry } = await openLine("direct");
    const { typed, take } = hostWithGate();
    far.close();
    await vi.advanceTimersByTimeAsync(0);
    for (const event of strokes("KeyA")) line.input(event);
    await vi.advanceTimersByTimeAsync(25_000);
    take(await carry("relay"));
    expect(typed).toEqual(["KeyA down", "KeyA up"]);
  });

  it("does nothing any more that was meant for longer than half a minute ago, and goes on counting", async () => {
    const { line, far, heard, carry } = await openLine("direct");
    const { typed, take, gate } = hostWithGate();
    line.input(shiftKey(true));
    await vi.advanceTimersByTimeAsync(0);
    take({ heard });
    for (const event of strokes("KeyA")) line.input(event);
    await vi.advanceTimersByTimeAsync(0);
    far.close();
    await vi.advanceTimersByTimeAsync(0);
    for (const event of strokes("KeyB")) line.input(event);
    await vi.advanceTimersByTimeAsync(31_000);
    const relay = await carry("relay");
    take(relay);
    for (const event of strokes("KeyC")) line.input(event);
    await vi.advanceTimersByTimeAsync(0);
    take(relay);
    expect(typed).toEqual(["ShiftLeft down", "ShiftLeft up", "KeyC down", "KeyC up"]);
    expect(gate.heartbeatMissed(performance.now() + 60_000)).toBe(false);
  });

  it("keeps to the signaling server's pace beside a plain image, also with what it repeats", async () => {
    const { line, carry } = await openLine("relay");
    for (let count = 0; count < 200; count++) line.input(shiftKey(count % 2 === 0));
    await vi.advanceTimersByTimeAsync(0);
    const beside = await carry("mjpeg");
    for (let passedMs = 0; passedMs < 1_000; passedMs += 5) {
      line.input(shiftKey(passedMs % 10 === 0));
      await vi.advanceTimersByTimeAsync(5);
    }
    const { take, typed } = hostWithGate();
    const inputs = beside.heard.filter(({ kind }) => kind === "input");
    expect(inputs.length).toBeLessThanOrEqual(36);
    take(beside);
    expect(typed.length).toBeGreaterThan(380);
  });

  it("counts silence from the move on, and hears of the new pipe's end", async () => {
    const { seen, passWithHost, carry } = await openLine("relay");
    await passWithHost(3_000);
    seen.length = 0;
    await vi.advanceTimersByTimeAsync(2_500);
    const direct = await carry("direct");
    await vi.advanceTimersByTimeAsync(2_500);
    expect(seen).toEqual([]);
    direct.far.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toContain("closed");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds on to one pipe and the one before, however often it moves", async () => {
    const { near, say, carry } = await openLine("relay");
    const ends = [await carry("relay"), await carry("turn"), await carry("direct")];
    const states = () => [near, ...ends.map((end) => end.near)].map(({ state }) => state);
    expect(states()).toEqual(["closed", "closed", "open", "open"]);
    await say({ kind: "role", role: "view" }, ends[2]);
    expect(states()).toEqual(["closed", "closed", "closed", "open"]);
  });
});
