import { type ControlMessage, encodeControl, type Role } from "../../protocol/control.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { InputMessage } from "../../protocol/input.ts";
import { decodeMessage, type Message } from "../../protocol/message.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import type { InputInjector } from "../input/driver.ts";
import type { PictureStream } from "../pipeline/picture-stream.ts";
import { PageHeartbeat } from "./page-heartbeat.ts";
import { PageInput } from "./page-input.ts";

/** Pictures stay below half of it: only answers to somebody who asks and never listens fill more. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

export type ViewerPageEvents = {
  readonly asksControl: () => void;
  readonly wishes: (quality: number) => void;
  /** The first answer to a ping on a pipe, and then whenever it changes much. */
  readonly roundTrip: (rttMs: number) => void;
  /** Somebody is there: input, or a receipt for a picture. */
  readonly signOfLife: () => void;
  /** Something the viewer sent sets the picture free to go on. */
  readonly progress: () => void;
  /** The pipe broke or fell silent; held input is released by then. Another pipe may carry on, or this one when it is heard again. */
  readonly lost: () => void;
  /** The pipe that was thought lost is heard again, and carries on. */
  readonly found: () => void;
  /** Over for good. Called once; held input is released by then. */
  readonly ended: (reason: CloseReason) => void;
};

export type ViewerPageOptions = {
  /** Which page this is (protocol/control.ts, use-pipe): its input goes on being counted over all its pipes. */
  readonly id: number;
  readonly role: Role;
  readonly displaySize: Size;
  readonly injector: InputInjector;
  readonly nowMs: () => number;
  /** False: this machine has slept, and nobody may believe what waited meanwhile. Asked before anything is believed. */
  readonly awake: () => boolean;
  /** `after`: the last update that this page was sent, 0 for none; the stream goes on counting from there. */
  readonly openStream: (pipe: Pipe, after: number) => PictureStream;
  readonly closeStream: (stream: PictureStream) => void;
  readonly events: ViewerPageEvents;
};

/**
 * One page of one viewer, carried by one pipe after another: takes its messages apart, lets its input through the gate,
 * sends it the picture, answers its heartbeat and notices when it has gone.
 */
export class ViewerPage {
  readonly id: number;
  private readonly options: ViewerPageOptions;
  private readonly input: PageInput;
  private readonly heartbeat: PageHeartbeat;
  private carrier: Pipe | undefined;
  private newestMove = 0;
  /** The pipe is there but silent. */
  private parked = false;
  /** None while the picture goes another way (MJPEG), or no way. */
  private stream: PictureStream | undefined;
  /** Counted over all streams: a late receipt for a picture of one must not be taken for the next one's. */
  private lastSequence = 0;
  private role: Role;
  private paused = false;
  /** False while the hand at the desktop has the mouse, or a question about this session stands. */
  private inputAllowed = true;
  private ended = false;

  constructor(options: ViewerPageOptions) {
    this.id = options.id;
    this.options = options;
    this.role = options.role;
    const { role, displaySize, injector, nowMs, awake, events } = options;
    const acknowledge = (sequence: number) => this.send({ kind: "input-ack", sequence });
    this.input = new PageInput({ role, displaySize, injector, nowMs, acknowledge });
    this.heartbeat = new PageHeartbeat({
      nowMs,
      awake,
      pictureBytes: () => this.stream?.stats.bytes ?? 0,
      ask: (clockMs) => this.send({ kind: "ping", clockMs }),
      silent: () => this.lose(),
      roundTripChanged: (rttMs) => events.roundTrip(rttMs),
    });
  }

  /** What carries it now. */
  get pipe(): Pipe | undefined {
    return this.carrier;
  }

  /** The number of the viewer's last move (protocol/control.ts, use-pipe). */
  get move(): number {
    return this.newestMove;
  }

  /**
   * Goes on over this pipe: says there how things stand, and sends what the viewer has not got. Nothing more is said on the
   * one before.
   * @param painted the last update painted on the viewer's screen, as it says, or 0
   */
  carry(pipe: Pipe, move: number, painted: number): void {
    this.carrier = pipe;
    this.newestMove = move;
    this.parked = false;
    this.heartbeat.begin();
    this.send({ kind: "role", role: this.role });
    this.send({ kind: "paused", paused: this.paused });
    if (pipe.path === "mjpeg") {
      this.stopStream();
    } else if (this.stream === undefined) {
      this.stream = this.options.openStream(pipe, this.lastSequence);
      this.stream.setShowsPointer(this.role === "view");
      if (this.paused) this.stream.setPaused(true);
    } else {
      this.stream.moveTo(pipe, painted);
    }
    this.options.events.progress();
    this.heartbeat.ask();
  }

  /** The pipe is gone, or whoever is at its other end: lets go of everything held and waits for another pipe. */
  lose(): void {
    if (this.ended || !this.heartbeat.isBeating) return;
    this.rest();
    this.options.events.lost();
  }

  setRole(role: Role): void {
    this.role = role;
    this.applyRole();
    this.stream?.setShowsPointer(role === "view");
    this.send({ kind: "role", role });
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    this.applyRole();
    this.stream?.setPaused(paused);
    this.send({ kind: "paused", paused });
  }

  /** Not allowed: input is taken and acknowledged, so that nothing of it comes later, but goes nowhere. */
  setInputAllowed(allowed: boolean): void {
    if (this.inputAllowed === allowed) return;
    this.inputAllowed = allowed;
    this.applyRole();
  }

  resize(size: Size): void {
    this.input.resize(size);
  }

  /** A message of the pipe that carries it, or of one that did and has something left. */
  receive(pipe: Pipe, bytes: Uint8Array): void {
    this.hear(pipe, () => this.take(pipe, decodeMessage(bytes)));
  }

  /** A message out of its turn, as good a sign of life as others: input, taken if all that came before it was. */
  receiveCopy(pipe: Pipe, bytes: Uint8Array): void {
    this.hear(pipe, () => {
      const message = decodeMessage(bytes);
      if (message.kind !== "input") throw new ProtocolError("unknown-type", `a copy of ${message.kind}`);
      if (this.input.follows(message)) this.takeInput(message);
    });
  }

  private hear(pipe: Pipe, take: () => void): void {
    const { awake, events } = this.options;
    if (this.ended || !awake()) return;
    if (pipe === this.carrier) {
      this.heartbeat.heard();
      if (this.parked) events.found();
    }
    // A parked page's earlier pipe has nothing to say: whatever it brings comes again on the next one.
    if (!this.heartbeat.isBeating) return;
    try {
      take();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end("protocol-error");
    }
  }

  /** Says why, lets go of everything held, stops. Idempotent. */
  end(reason: CloseReason): void {
    if (this.ended) return;
    this.ended = true;
    this.rest();
    this.send({ kind: "bye", reason });
    this.carrier?.close();
    this.options.events.ended(reason);
  }

  private send(message: ControlMessage): void {
    if (!this.parked) this.carrier?.send(encodeControl(message));
  }

  private rest(): void {
    this.heartbeat.rest();
    this.input.rest();
    this.stopStream();
    this.parked = !this.ended;
  }

  private stopStream(): void {
    if (this.stream === undefined) return;
    this.lastSequence = this.stream.lastSequence;
    this.options.closeStream(this.stream);
    this.stream = undefined;
  }

  /** While its input may not pass, a viewer is as one that only looks on; what it held is let go. */
  private applyRole(): void {
    this.input.setRole(this.paused || !this.inputAllowed ? "view" : this.role);
  }

  private take(pipe: Pipe, message: Message): void {
    const { nowMs, events } = this.options;
    switch (message.kind) {
      case "input":
        return this.takeInput(message);
      case "receipt":
        if (pipe === this.carrier) this.stream?.receipt(message.sequence, nowMs(), message.paintTenthsMs / 10);
        events.signOfLife();
        return events.progress();
      case "ping":
        if (pipe.unsentBytes > MAX_UNSENT_BYTES) return this.end("flooded");
        return this.send({ kind: "pong", clockMs: message.clockMs });
      case "pong":
        return pipe === this.carrier ? this.takePong(message.clockMs) : undefined;
      case "repaint":
        this.stream?.repaint();
        return events.progress();
      case "wish":
        return events.wishes(message.quality);
      case "ask-control":
        return events.asksControl();
      case "bye":
        return this.end("viewer-left");
      default:
        throw new ProtocolError("unknown-type", `a viewer does not send ${message.kind}`);
    }
  }

  private takeInput(message: InputMessage): void {
    this.options.events.signOfLife();
    const close = this.input.take(message);
    if (close !== undefined) this.end(close);
  }

  private takePong(clockMs: number): void {
    const rttMs = this.heartbeat.answered(clockMs);
    if (rttMs !== undefined) this.stream?.roundTrip(rttMs, this.options.nowMs());
  }
}
