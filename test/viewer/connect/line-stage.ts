import { expect, vi } from "vitest";
import { InputGate } from "../../../host-agent/core/input-gate.ts";
import { type ControlMessage, encodeControl } from "../../../protocol/control.ts";
import type { Button, InputEvent } from "../../../protocol/input.ts";
import type { KeyCode } from "../../../protocol/key-code.ts";
import { decodeMessage, type Message } from "../../../protocol/message.ts";
import type { Path } from "../../../protocol/pipe.ts";
import { encodeShortUpdate } from "../../../protocol/short-update.ts";
import { encodeUpdate } from "../../../protocol/update.ts";
import { Line } from "../../../viewer/connect/line.ts";
import { PipeOutlet } from "../../../viewer/connect/pipe-outlet.ts";
import { type MemoryPipe, memoryPipePair } from "../../support/memory-pipe.ts";
import { code, keyEvent } from "../../support/strokes.ts";

export const PAGE = 77;
export const shift = code("ShiftLeft");
export const shiftKey = (down: boolean): InputEvent => keyEvent("ShiftLeft", down);

/** The host's own gate, over however many pipes. */
export function hostWithGate() {
  const gate = new InputGate({ role: "control", size: { width: 100, height: 100 } });
  const typed: string[] = [];
  /** Takes the input that came over a pipe; what it acknowledges is returned and has yet to be said. */
  const take = ({ heard }: Pick<FarEnd, "heard">): ControlMessage | undefined => {
    let ack: ControlMessage | undefined;
    for (const message of heard.splice(0)) {
      if (message.kind !== "input") continue;
      const result = gate.take(message, performance.now());
      expect(result.close).toBeUndefined();
      for (const action of result.actions) {
        if (action.kind === "key") typed.push(`${action.code} ${action.down ? "down" : "up"}`);
      }
      ack = { kind: "input-ack", sequence: result.ack };
    }
    return ack;
  };
  return { gate, typed, take };
}

export type FarEnd = {
  readonly near: MemoryPipe;
  readonly far: MemoryPipe;
  readonly heard: Message[];
  gap: () => void;
};

/** A line over pipes whose other ends are in the test's hands; the first is open. Time is the test's own. */
export async function openLine(path: Path = "direct") {
  const seen: string[] = [];
  const held: { buttons: Button[]; codes: KeyCode[] } = { buttons: [], codes: [] };
  const line = new Line(
    PAGE,
    () => held,
    () => performance.now(),
    {
      moved: () => seen.push("moved"),
      update: (step) => seen.push(step.kind === "end" ? `end ${step.sequence}` : step.kind),
      shortUpdate: ({ sequence }, bytes) => seen.push(`short ${sequence} of ${bytes} bytes`),
      missedPictures: () => seen.push("gap"),
      cursor: (cursor) => seen.push(cursor.kind),
      role: (role) => seen.push(role),
      paused: (paused) => seen.push(`paused ${paused}`),
      rtt: (rttMs) => seen.push(`rtt ${rttMs}`),
      pulse: (pulse) => seen.push(pulse),
      ended: (end) => seen.push(end.kind === "bye" ? `bye ${end.reason}` : end.kind),
    },
  );
  /** Goes on over a new pipe. */
  const carry = async (over: Path): Promise<FarEnd> => {
    const [near, far] = memoryPipePair(over);
    const heard: Message[] = [];
    const end: FarEnd = { near, far, heard, gap: () => {} };
    far.listen({
      opened: () => {},
      message: (bytes) => heard.push(decodeMessage(bytes)),
      closed: () => seen.push("far closed"),
    });
    const outlet = new PipeOutlet(near, { opened: () => {}, closed: () => {} });
    await vi.advanceTimersByTimeAsync(0);
    line.carry({ pipe: near, pictureUrl: undefined, listen: (receiver) => outlet.handTo(receiver) });
    end.gap = () => outlet.missedPictures();
    await vi.advanceTimersByTimeAsync(0);
    return end;
  };
  const first = await carry(path);
  const say = async (message: ControlMessage | Uint8Array, { far } = first) => {
    far.send(message instanceof Uint8Array ? message : encodeControl(message));
    await vi.advanceTimersByTimeAsync(0);
  };
  /** Time passes with a host that answers, as a real one does. */
  const passWithHost = async (durationMs: number) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
      await vi.advanceTimersByTimeAsync(100);
      for (const message of first.heard.splice(0)) {
        if (message.kind === "ping") first.far.send(encodeControl({ kind: "pong", clockMs: message.clockMs }));
      }
    }
  };
  return { line, ...first, seen, held, say, passWithHost, carry, gap: first.gap };
}

const SIZE = { width: 200, height: 200 };
/** A small update: one part. */
export function smallUpdate(sequence: number): Uint8Array {
  const rects = [{ rect: { x: 0, y: 0, ...SIZE }, encoding: "solid", data: Uint8Array.of(1, 2, 3) }] as const;
  const [part = new Uint8Array()] = encodeUpdate({ sequence, size: SIZE, rects });
  return part;
}
/** One that goes before what waits. */
export function letter(sequence: number): Uint8Array {
  const rects = [
    { rect: { x: 9, y: 9, width: 9, height: 18 }, encoding: "solid", data: Uint8Array.of(1, 2, 3) },
  ] as const;
  return encodeShortUpdate({ sequence, size: SIZE, rects });
}
/** A large one: several parts. */
export function largeUpdate(sequence: number): Uint8Array[] {
  const rects = [{ rect: { x: 0, y: 0, ...SIZE }, encoding: "exact", data: new Uint8Array(40_000) }] as const;
  return encodeUpdate({ sequence, size: SIZE, rects });
}
