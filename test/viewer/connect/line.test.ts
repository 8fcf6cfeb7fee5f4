import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InputGate } from "../../../host-agent/core/input-gate.ts";
import { encodeControl } from "../../../protocol/control.ts";
import { encodeCursorPlace } from "../../../protocol/cursor.ts";

import { largeUpdate, letter, openLine, shift, shiftKey, smallUpdate } from "./line-stage.ts";

describe("a line to the host", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("hands on pictures, pointer, role and pause", async () => {
    const { seen, say } = await openLine();
    await say(smallUpdate(1));
    await say(encodeCursorPlace({ x: 1, y: 2 }));
    await say({ kind: "role", role: "view" });
    await say({ kind: "paused", paused: true });
    expect(seen).toEqual(["moved", "begin", "rect", "end 1", "cursor-place", "view", "paused true"]);
  });

  it("hands on a letter in the midst of a large update, and the rest of that afterwards", async () => {
    const { seen, say } = await openLine();
    const [first = new Uint8Array(), ...rest] = largeUpdate(1);
    await say(first);
    await say(letter(2));
    for (const part of rest) await say(part);
    expect(seen).toEqual(["moved", "begin", `short 2 of ${letter(2).length} bytes`, "rect", "end 1"]);
  });

  it("passes over a letter while something is missing: what it refers to may be", async () => {
    const { seen, say, gap } = await openLine("relay");
    await say(smallUpdate(1));
    gap();
    await say(letter(2));
    await say(smallUpdate(3));
    await say(letter(4));
    const short = `short 4 of ${letter(4).length} bytes`;
    expect(seen).toEqual(["moved", "begin", "rect", "end 1", "gap", "begin", "rect", "end 3", short]);
  });

  it("forgets an update that a relay dropped part of, passes over its rest, and goes on with the next", async () => {
    const { seen, say, gap } = await openLine("relay");
    const [first = new Uint8Array(), , last = new Uint8Array()] = largeUpdate(1);
    const small = smallUpdate(2);
    await say(first);
    gap();
    await say(last);
    await say(small);
    // Its beginning lost as well.
    gap();
    await say(last);
    await say(small);
    expect(seen).toEqual(["moved", "begin", "gap", "begin", "rect", "end 2", "gap", "begin", "rect", "end 2"]);
  });

  it("asks a host that says nothing every 1.5 s, and one that is heard anyway every three", async () => {
    const { heard, seen, say } = await openLine();
    const asked = () => heard.splice(0).filter(({ kind }) => kind === "ping").length;
    await vi.advanceTimersByTimeAsync(2_900);
    expect(asked()).toBe(2);
    for (let tenth = 0; tenth < 120; tenth++) {
      await say(encodeCursorPlace({ x: tenth, y: 2 }));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked()).toBe(4);
    await vi.advanceTimersByTimeAsync(2_900);
    expect(asked()).toBe(2);
    expect(seen).not.toContain("silent");
  });

  it("answers the host's pings and measures the round trip", async () => {
    const { heard, seen, say, passWithHost } = await openLine();
    await say({ kind: "ping", clockMs: 77 });
    expect(heard).toContainEqual({ kind: "pong", clockMs: 77 });
    await passWithHost(5_000);
    const roundTrips = seen.filter((word) => word.startsWith("rtt"));
    expect(roundTrips.length).toBeGreaterThanOrEqual(4);
    expect(seen).not.toContain("silent");
  });

  it("says that the host is silent after three seconds and gone after four, and well when it speaks again", async () => {
    const { seen, say, passWithHost } = await openLine();
    await passWithHost(3_000);
    seen.length = 0;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_600);
    expect(seen).toEqual(["silent"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen).toEqual(["silent", "gone"]);
    await say({ kind: "role", role: "control" });
    expect(seen).toEqual(["silent", "gone", "well", "control"]);
  });

  it("brings input to the host's gate, and repeats what is held until it is let go", async () => {
    const { line, heard, held, say } = await openLine();
    const gate = new InputGate({ role: "control", size: { width: 100, height: 100 } });
    const actions: string[] = [];
    const pass = async () => {
      for (const message of heard.splice(0)) {
        if (message.kind !== "input") continue;
        const result = gate.take(message, performance.now());
        actions.push(
          ...result.actions.map((action) => (action.kind === "key" ? `${action.code} ${action.down}` : action.kind)),
        );
        await say({ kind: "input-ack", sequence: result.ack });
      }
    };
    line.input(shiftKey(true));
    held.codes.push(shift);
    await vi.advanceTimersByTimeAsync(0);
    await pass();
    expect(actions).toEqual(["ShiftLeft true"]);

    for (let quarter = 0; quarter < 12; quarter++) {
      await vi.advanceTimersByTimeAsync(250);
      expect(heard.map((message) => message.kind)).toContain("input");
      await pass();
    }
    expect(gate.heartbeatMissed(performance.now())).toBe(false);
    expect(actions).toEqual(["ShiftLeft true"]);

    held.codes.length = 0;
    line.input(shiftKey(false));
    await vi.advanceTimersByTimeAsync(0);
    await pass();
    expect(actions).toEqual(["ShiftLeft true", "ShiftLeft false"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard.filter((message) => message.kind === "input")).toEqual([]);
    expect(line.inputsSent).toBe(14);
  });

  it("merges moves while the network stands still, instead of piling them up there", async () => {
    const { line, near, heard } = await openLine();
    near.unsentBytes = 64 * 1024;
    for (let x = 0; x < 500; x++) line.input({ kind: "move", at: { x, y: 0 } });
    await vi.advanceTimersByTimeAsync(200);
    expect(heard.filter((message) => message.kind === "input")).toEqual([]);
    near.unsentBytes = 0;
    await vi.advanceTimersByTimeAsync(100);
    const inputs = heard.filter((message) => message.kind === "input");
    expect(inputs).toMatchObject([{ firstSequence: 1, events: [{ kind: "move", at: { x: 499, y: 0 } }] }]);
  });

  it("ends with the host's goodbye, and leaves no timer behind", async () => {
    const { seen, say } = await openLine();
    await say({ kind: "bye", reason: "kicked" });
    expect(seen.filter((word) => word !== "far closed")).toEqual(["moved", "bye kicked"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends when the pipe does", async () => {
    const { far, seen } = await openLine();
    far.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toContain("closed");
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["bytes that are no message", Uint8Array.of(0xff)],
    ["what only a viewer says", encodeControl({ kind: "ask-control" })],
    ["an acknowledgement of input that was never sent", encodeControl({ kind: "input-ack", sequence: 9 })],
  ])("tells a host why it ends when the host sends %s", async (_, bytes) => {
    const { heard, seen, say } = await openLine();
    await say(bytes);
    expect(seen).toContain("broken");
    expect(heard).toContainEqual({ kind: "bye", reason: "protocol-error" });
  });

  it("says goodbye when it is closed with a reason, and nothing more", async () => {
    const { line, heard, seen } = await openLine();
    line.close("viewer-left");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(heard.at(-1)).toEqual({ kind: "bye", reason: "viewer-left" });
    expect(seen).toEqual(["far closed"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
