import { type ControlMessage, encodeControl, type Role } from "../../protocol/control.ts";
import type { CursorPlace, CursorShape } from "../../protocol/cursor.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { InputEvent } from "../../protocol/input.ts";
import { decodeMessage, type Message } from "../../protocol/message.ts";
import type { Path } from "../../protocol/pipe.ts";
import { UpdateReader, type UpdateStep } from "../../protocol/update.ts";
import { Heartbeat, PING_EVERY_MS, type Pulse } from "../core/heartbeat.ts";
import { type Held, InputLane } from "./input-lane.ts";
import type { OpenLink } from "./link.ts";

/** Silence is looked for more often than pings go out, so that it is said in time. */
const BEAT_EVERY_MS = PING_EVERY_MS / 2;

export type LineEnd =
  | { readonly kind: "bye"; readonly reason: CloseReason }
  | { readonly kind: "closed" }
  | { readonly kind: "broken"; readonly error: ProtocolError };

export type LineHandlers = {
  readonly update: (step: UpdateStep) => void;
  /** Parts of updates were dropped on the way: the picture is older than the host believes. */
  readonly missedPictures: () => void;
  readonly cursor: (cursor: CursorShape | CursorPlace) => void;
  readonly role: (role: Role) => void;
  readonly paused: (paused: boolean) => void;
  readonly rtt: (rttMs: number) => void;
  /** Whenever the answer to "is the host still there?" changes. */
  readonly pulse: (pulse: Pulse) => void;
  /** Called once, unless closed from here; nothing is called after it. */
  readonly ended: (end: LineEnd) => void;
};

/** What is said over one open pipe: takes the host's messages apart, keeps the heartbeat, sends input. */
export class Line {
  readonly path: Path;
  private readonly link: OpenLink;
  private readonly handlers: LineHandlers;
  private readonly nowMs: () => number;
  private readonly updates = new UpdateReader();
  private readonly heartbeat: Heartbeat;
  private readonly lane: InputLane;
  private readonly beating: ReturnType<typeof setInterval>;
  private lastPulse: Pulse = "well";
  private pingedMs = Number.NEGATIVE_INFINITY;
  private over: boolean = false;

  constructor(link: OpenLink, heldNow: () => Held, nowMs: () => number, handlers: LineHandlers) {
    this.path = link.pipe.path;
    this.link = link;
    this.handlers = handlers;
    this.nowMs = nowMs;
    this.heartbeat = new Heartbeat(nowMs());
    this.lane = new InputLane(link.pipe, heldNow, nowMs);
    this.beating = setInterval(() => this.beat(), BEAT_EVERY_MS);
  }

  /** Begins to listen, and says the first word. To be called once, when the handlers may be called. */
  open(): void {
    this.beat();
    this.link.listen({
      message: (bytes) => this.receive(bytes),
      missedPictures: () => this.missedPictures(),
      closed: () => this.end({ kind: "closed" }),
    });
  }

  get inputsSent(): number {
    return this.lane.sent;
  }

  input(event: InputEvent): void {
    if (!this.over) this.lane.add(event);
  }

  send(message: ControlMessage): void {
    if (!this.over) this.link.pipe.send(encodeControl(message));
  }

  /** Ends it from this side; with a reason, the host is told first. Idempotent. */
  close(reason: CloseReason | undefined): void {
    if (this.over) return;
    if (reason !== undefined) this.send({ kind: "bye", reason });
    this.stop();
  }

  /** What belongs to this line, beside its pipe, has failed. */
  fail(): void {
    this.end({ kind: "closed" });
  }

  private receive(bytes: Uint8Array): void {
    if (this.over) return;
    const nowMs = this.nowMs();
    this.heartbeat.heard(nowMs);
    this.tellPulse("well");
    try {
      this.take(decodeMessage(bytes), nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.send({ kind: "bye", reason: "protocol-error" });
      this.end({ kind: "broken", error });
    }
  }

  private missedPictures(): void {
    if (this.over) return;
    this.updates.skip();
    this.handlers.missedPictures();
  }

  private take(message: Message, nowMs: number): void {
    switch (message.kind) {
      case "update-part":
        for (const step of this.updates.read(message.bytes)) this.handlers.update(step);
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
    if (this.over || nowMs - this.pingedMs < PING_EVERY_MS - BEAT_EVERY_MS / 2) return;
    this.pingedMs = nowMs;
    this.send({ kind: "ping", clockMs: this.heartbeat.clock(nowMs) });
  }

  private tellPulse(pulse: Pulse): void {
    if (pulse === this.lastPulse) return;
    this.lastPulse = pulse;
    this.handlers.pulse(pulse);
  }

  private end(end: LineEnd): void {
    if (this.over) return;
    this.stop();
    this.handlers.ended(end);
  }

  private stop(): void {
    this.over = true;
    clearInterval(this.beating);
    this.lane.close();
    this.link.pipe.close();
  }
}
