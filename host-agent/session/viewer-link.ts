import { type ControlMessage, encodeControl, type Role } from "../../protocol/control.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { InputMessage } from "../../protocol/input.ts";
import { decodeMessage, type Message } from "../../protocol/message.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { type InputAction, InputGate } from "../core/input-gate.ts";
import type { InputInjector } from "../input/driver.ts";
import type { PictureStream } from "../pipeline/picture-stream.ts";

const HEARTBEAT_MS = 1_000;
/** A viewer that says nothing for this long is lost; what it held was let go long before. */
const SILENCE_LIMIT_MS = 4_500;
/** A beat this late means that this program did not run; what the viewer said meanwhile is still to be read. */
const LATE_BEAT_MS = 2_500;

/** A round trip that wavers is news only now and then. */
const TELL_RTT_EVERY_MS = 10_000;

export type ViewerLinkEvents = {
  readonly asksControl: () => void;
  readonly wishes: (quality: number) => void;
  /** The first answer to a ping, and then whenever it changes much. */
  readonly roundTrip: (rttMs: number) => void;
  /** Somebody is there: input, or a receipt for a picture. */
  readonly signOfLife: () => void;
  /** Something the viewer sent sets the picture free to go on. */
  readonly progress: () => void;
  /** The pipe is of no more use. Called once; held input is released by then. */
  readonly ended: (reason: CloseReason) => void;
};

/**
 * One open pipe of one viewer: takes its messages apart, lets its input through the gate, answers its heartbeat and
 * notices when it has gone. Without `stream` the picture goes another way (MJPEG).
 */
export class ViewerLink {
  readonly pipe: Pipe;
  readonly stream: PictureStream | undefined;
  private readonly gate: InputGate;
  private readonly injector: InputInjector;
  private readonly nowMs: () => number;
  private readonly events: ViewerLinkEvents;
  private readonly heartbeat: NodeJS.Timeout;
  private gateTimer: NodeJS.Timeout | undefined;
  private lastWordMs: number;
  private lastBeatMs: number;
  private toldRtt: { readonly rttMs: number; readonly atMs: number } | undefined;
  private role: Role;
  private paused = false;
  /** False while the hand at the desktop has the mouse, or a question about this session stands. */
  private inputAllowed = true;
  private ended = false;

  constructor(options: {
    pipe: Pipe;
    stream: PictureStream | undefined;
    role: Role;
    displaySize: Size;
    injector: InputInjector;
    nowMs: () => number;
    events: ViewerLinkEvents;
  }) {
    this.pipe = options.pipe;
    this.stream = options.stream;
    this.injector = options.injector;
    this.nowMs = options.nowMs;
    this.events = options.events;
    this.role = options.role;
    this.gate = new InputGate({ role: options.role, size: options.displaySize });
    this.lastWordMs = this.nowMs();
    this.lastBeatMs = this.lastWordMs;
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.send({ kind: "role", role: options.role });
    this.stream?.setShowsPointer(options.role === "view");
    this.beat();
  }

  send(message: ControlMessage): void {
    this.pipe.send(encodeControl(message));
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
    this.gate.resize(size);
  }

  receive(bytes: Uint8Array): void {
    if (this.ended) return;
    this.lastWordMs = this.nowMs();
    try {
      this.take(decodeMessage(bytes));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end("protocol-error");
    }
  }

  /** Says why, lets go of everything held, stops. Idempotent. */
  end(reason: CloseReason): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.gateTimer);
    this.inject(this.gate.releaseAll());
    this.send({ kind: "bye", reason });
    this.pipe.close();
    this.events.ended(reason);
  }

  /** While its input may not pass, a viewer is as one that only looks on; what it held is let go. */
  private applyRole(): void {
    this.inject(this.gate.setRole(this.paused || !this.inputAllowed ? "view" : this.role));
  }

  private take(message: Message): void {
    switch (message.kind) {
      case "input":
        return this.takeInput(message);
      case "receipt":
        this.stream?.receipt(message.sequence, this.nowMs());
        this.events.signOfLife();
        return this.events.progress();
      case "ping":
        return this.send({ kind: "pong", clockMs: message.clockMs });
      case "pong":
        return this.takePong(message.clockMs);
      case "repaint":
        this.stream?.repaint();
        return this.events.progress();
      case "wish":
        return this.events.wishes(message.quality);
      case "ask-control":
        return this.events.asksControl();
      case "bye":
        return this.end("viewer-left");
      default:
        throw new ProtocolError("unknown-type", `a viewer does not send ${message.kind}`);
    }
  }

  private takeInput(message: InputMessage): void {
    this.events.signOfLife();
    const result = this.gate.take(message, this.nowMs());
    this.inject(result.actions);
    this.send({ kind: "input-ack", sequence: result.ack });
    if (result.close !== undefined) return this.end(result.close);
    this.setGateTimer();
  }

  private takePong(clockMs: number): void {
    const rttMs = (wrapped(this.nowMs()) - clockMs) >>> 0;
    if (rttMs > 60_000) throw new ProtocolError("out-of-range", "a pong for no ping");
    const told = this.toldRtt;
    const changed = told === undefined || Math.abs(told.rttMs - rttMs) > Math.max(20, told.rttMs / 2);
    if (!changed || (told !== undefined && this.nowMs() - told.atMs < TELL_RTT_EVERY_MS)) return;
    this.toldRtt = { rttMs, atMs: this.nowMs() };
    this.events.roundTrip(rttMs);
  }

  private beat(): void {
    const nowMs = this.nowMs();
    const late = nowMs - this.lastBeatMs > LATE_BEAT_MS;
    this.lastBeatMs = nowMs;
    if (!late && nowMs - this.lastWordMs >= SILENCE_LIMIT_MS) return this.end("no-progress");
    this.send({ kind: "ping", clockMs: wrapped(nowMs) });
  }

  private setGateTimer(): void {
    clearTimeout(this.gateTimer);
    const wakeAtMs = this.gate.wakeAtMs(this.nowMs());
    if (wakeAtMs === undefined) return;
    this.gateTimer = setTimeout(
      () => {
        this.inject(this.gate.tick(this.nowMs()));
        this.setGateTimer();
      },
      Math.max(wakeAtMs - this.nowMs(), 1),
    );
  }

  private inject(actions: readonly InputAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "pointer":
          this.injector.pointer(action.to);
          break;
        case "button":
          this.injector.button(action.button, action.down);
          break;
        case "wheel":
          this.injector.wheel(action.dx, action.dy);
          break;
        case "key":
          this.injector.key(action);
          break;
        case "text":
          this.injector.text(action.text);
      }
    }
  }
}

const wrapped = (ms: number): number => Math.floor(ms) >>> 0;
