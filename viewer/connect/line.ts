import { type ControlMessage, encodeControl, type Role } from "../../protocol/control.ts";
import type { CursorPlace, CursorShape } from "../../protocol/cursor.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { InputEvent } from "../../protocol/input.ts";
import { decodeMessage } from "../../protocol/message.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { ShortUpdate } from "../../protocol/short-update.ts";
import { UpdateReader, type UpdateStep } from "../../protocol/update.ts";
import { BEAT_EVERY_MS, Heartbeat, type Pulse } from "../core/heartbeat.ts";
import { type Held, InputLane } from "./input-lane.ts";
import type { OpenWay } from "./ways.ts";

/** Input that a lost connection swallowed is done when there is another, unless the person has been waiting for so long. */
const INPUT_MEANT_FOR_MS = 30_000;

export type LineEnd =
  | { readonly kind: "bye"; readonly reason: CloseReason }
  | { readonly kind: "closed" }
  | { readonly kind: "broken"; readonly error: ProtocolError };

export type LineHandlers = {
  /** The host goes on over the newest pipe: what was half there of the one before never comes. */
  readonly moved: () => void;
  readonly update: (step: UpdateStep) => void;
  readonly shortUpdate: (update: ShortUpdate, bytes: number) => void;
  /** Parts of updates were dropped on the way: the picture is older than the host believes. */
  readonly missedPictures: () => void;
  readonly cursor: (cursor: CursorShape | CursorPlace) => void;
  readonly role: (role: Role) => void;
  readonly paused: (paused: boolean) => void;
  readonly rtt: (rttMs: number) => void;
  /** Whenever the answer to "is the host still there?" changes. */
  readonly pulse: (pulse: Pulse) => void;
  /** The pipe is of no more use; unless the host said goodbye, `carry` may give it another. Not called when closed from here. */
  readonly ended: (end: LineEnd) => void;
};

/**
 * What a page and its host say to each other, over one pipe after another: takes the host's messages apart, keeps the
 * heartbeat, sends input. Both ends go on being heard on the pipe before until the first word comes on the new one.
 */
export class Line {
  /** Which page this is (protocol/control.ts, use-pipe). */
  private readonly page: number;
  private readonly handlers: LineHandlers;
  private readonly nowMs: () => number;
  private readonly lane: InputLane;
  private updates = new UpdateReader();
  private heartbeat: Heartbeat;
  /** Where everything is said. */
  private pipe: Pipe | undefined;
  /** The pipe before, until the host is heard on `pipe`. */
  private leaving: Pipe | undefined;
  private beating: ReturnType<typeof setInterval> | undefined;
  private lastPulse: Pulse = "well";
  private heardMs: number;
  private moves = 0;
  /** The last update painted; 0: none since the line was broken. */
  private lastPainted = 0;
  /** Not all that came could be painted. Until the host is heard on another pipe: the word of it may be lost with this one. */
  private asksRepaint: boolean = false;
  /** The host has been heard on `pipe`. */
  private hasArrived: boolean = false;
  private over: boolean = false;

  constructor(page: number, heldNow: () => Held, nowMs: () => number, handlers: LineHandlers) {
    this.page = page;
    this.handlers = handlers;
    this.nowMs = nowMs;
    this.heardMs = nowMs();
    this.heartbeat = new Heartbeat(this.heardMs);
    this.lane = new InputLane(heldNow, nowMs);
  }

  /** Goes on over this pipe, and tells the host so. */
  carry({ pipe, listen }: OpenWay): void {
    if (this.over) return pipe.close();
    const nowMs = this.nowMs();
    if (this.leaving !== undefined) {
      // The third pipe in a row: what was half there of the first never comes.
      this.leaving.close();
      this.updates.skip();
    }
    // Of a pipe that may be dead, and after what could not be painted, the host is to send again all that it has no receipt for.
    const painted = this.asksRepaint || this.lastPulse !== "well" ? 0 : this.lastPainted;
    this.leaving = this.pipe;
    this.pipe = pipe;
    this.hasArrived = false;
    this.heartbeat = new Heartbeat(nowMs);
    this.lastPulse = "well";
    this.beating ??= setInterval(() => this.beat(), BEAT_EVERY_MS);
    listen({
      message: (bytes) => this.receive(pipe, bytes),
      missedPictures: () => this.missedPictures(pipe),
      closed: () => this.closed(pipe),
    });
    this.moves += 1;
    this.send({ kind: "use-pipe", page: this.page, move: this.moves, painted });
    this.beat();
    this.lane.carry(pipe, nowMs - this.heardMs < INPUT_MEANT_FOR_MS);
  }

  /** What the session goes over now. */
  get path(): Path | undefined {
    return this.pipe?.path;
  }

  get inputsSent(): number {
    return this.lane.sent;
  }

  input(event: InputEvent): void {
    if (!this.over) this.lane.add(event);
  }

  send(message: ControlMessage): void {
    if (message.kind === "receipt") this.lastPainted = message.sequence;
    if (message.kind === "repaint") this.asksRepaint = true;
    if (!this.over) this.pipe?.send(encodeControl(message));
  }

  /** Ends it from this side; with a reason, the host is told first. Idempotent. */
  close(reason: CloseReason | undefined): void {
    if (this.over) return;
    if (reason !== undefined) this.send({ kind: "bye", reason });
    this.over = true;
    this.rest();
    this.lane.close();
  }

  /** What belongs to the pipe, beside it, has failed. */
  fail(): void {
    if (this.pipe !== undefined) this.end({ kind: "closed" });
  }

  private receive(pipe: Pipe, bytes: Uint8Array): void {
    if (this.over || (pipe !== this.pipe && pipe !== this.leaving)) return;
    const nowMs = this.nowMs();
    this.heardMs = nowMs;
    if (pipe === this.pipe) {
      this.heartbeat.heard(nowMs);
      this.arrive();
      this.tellPulse("well");
    }
    try {
      this.take(pipe, bytes, nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.send({ kind: "bye", reason: "protocol-error" });
      this.end({ kind: "broken", error });
    }
  }

  /** The host speaks on the new pipe, so it says nothing on the one before any more. */
  private arrive(): void {
    if (this.hasArrived) return;
    this.hasArrived = true;
    this.asksRepaint = false;
    this.leaving?.close();
    this.leaving = undefined;
    this.updates = new UpdateReader();
    this.handlers.moved();
  }

  private closed(pipe: Pipe): void {
    if (pipe === this.leaving) this.leaving = undefined;
    if (pipe === this.pipe) this.end({ kind: "closed" });
  }

  private missedPictures(pipe: Pipe): void {
    if (this.over || (pipe !== this.pipe && pipe !== this.leaving)) return;
    this.updates.skip();
    this.handlers.missedPictures();
  }

  private take(pipe: Pipe, bytes: Uint8Array, nowMs: number): void {
    const message = decodeMessage(bytes);
    switch (message.kind) {
      case "update-part":
        for (const step of this.updates.read(message.bytes)) this.handlers.update(step);
        return;
      case "short-update":
        // What it refers to may be among what is missing.
        if (!this.updates.hasGap) this.handlers.shortUpdate(message, bytes.length);
        return;
      case "cursor-shape":
      case "cursor-place":
        this.handlers.cursor(message);
        return;
      case "input-ack":
        this.lane.acknowledged(message.sequence);
        return;
      case "role":
        this.handlers.role(message.role);
        return;
      case "paused":
        this.handlers.paused(message.paused);
        return;
      case "ping":
        this.send({ kind: "pong", clockMs: message.clockMs });
        return;
      case "pong": {
        if (pipe !== this.pipe) return;
        const rttMs = this.heartbeat.pong(message.clockMs, nowMs);
        if (rttMs !== undefined) this.handlers.rtt(rttMs);
        return;
      }
      case "bye":
        this.end({ kind: "bye", reason: message.reason });
        return;
      default:
        throw new ProtocolError("unknown-type", `a host does not send ${message.kind}`);
    }
  }

  private beat(): void {
    const nowMs = this.nowMs();
    this.tellPulse(this.heartbeat.beat(nowMs));
    if (this.pipe === undefined) return;
    const clockMs = this.heartbeat.ping(nowMs);
    if (clockMs !== undefined) this.send({ kind: "ping", clockMs });
  }

  private tellPulse(pulse: Pulse): void {
    if (pulse === this.lastPulse) return;
    this.lastPulse = pulse;
    this.handlers.pulse(pulse);
  }

  private end(end: LineEnd): void {
    if (this.over || this.pipe === undefined) return;
    this.rest();
    this.handlers.ended(end);
  }

  private rest(): void {
    clearInterval(this.beating);
    this.beating = undefined;
    const { pipe, leaving } = this;
    this.pipe = undefined;
    this.leaving = undefined;
    this.lastPainted = 0;
    pipe?.close();
    leaving?.close();
  }
}
