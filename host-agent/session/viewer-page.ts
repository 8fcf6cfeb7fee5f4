import { type ControlMessage, encodeControl, type Role } from "../../protocol/control.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { InputMessage } from "../../protocol/input.ts";
import { decodeMessage, type Message } from "../../protocol/message.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { InputGate } from "../core/input-gate.ts";
import type { InputInjector } from "../input/driver.ts";
import { injectAll } from "../input/inject-all.ts";
import type { PictureStream } from "../pipeline/picture-stream.ts";

const HEARTBEAT_MS = 1_000;
/** A viewer asks once a second. One that does not is asked: a page in the background may be kept from asking, not from answering. */
const ASKED_AFTER_MS = 1_500;
/** What a round trip takes is asked now and then all the same, and each second while so many bytes of pictures are sent. */
const MEASURE_EVERY_MS = 30_000;
const BUSY_BYTES = 16 * 1024;
/** A viewer that says nothing for this long is lost; what it held was let go long before. */
const SILENCE_LIMIT_MS = 4_500;
/** A beat this late means that this program did not run; what the viewer said meanwhile is still to be read. */
const LATE_BEAT_MS = 2_500;
/**
 * An acknowledgement holds for all input before it, so one for many messages is enough: one for each would, in a flood, be
 * hundreds that a slow way back has still to carry when the Bye comes behind them.
 */
const ACKNOWLEDGE_EVERY_MS = 10;

/** Pictures stay below half of it: only answers to somebody who asks and never listens fill more. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
const LONGEST_RTT_MS = 60_000;
/** A round trip that wavers is news only now and then. */
const TELL_RTT_EVERY_MS = 10_000;

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
  private readonly gate: InputGate;
  private carrier: Pipe | undefined;
  private newestMove = 0;
  /** The pipe is there but silent. */
  private parked = false;
  /** None while the picture goes another way (MJPEG), or no way. */
  private stream: PictureStream | undefined;
  /** Counted over all streams: a late receipt for a picture of one must not be taken for the next one's. */
  private lastSequence = 0;
  private heartbeat: NodeJS.Timeout | undefined;
  private gateTimer: NodeJS.Timeout | undefined;
  /** While it runs, what is to be acknowledged waits for it. */
  private ackTimer: NodeJS.Timeout | undefined;
  private owedAck: number | undefined;
  private lastWordMs = 0;
  private lastBeatMs = 0;
  private lastPingMs = 0;
  /** Of pictures, up to the last beat. */
  private sentBytes = 0;
  private toldRtt: { readonly rttMs: number; readonly atMs: number } | undefined;
  private role: Role;
  private paused = false;
  /** False while the hand at the desktop has the mouse, or a question about this session stands. */
  private inputAllowed = true;
  private ended = false;

  constructor(options: ViewerPageOptions) {
    this.id = options.id;
    this.options = options;
    this.role = options.role;
    this.gate = new InputGate({ role: options.role, size: options.displaySize });
  }

  /** What carries it now. */
  get pipe(): Pipe | undefined {
    return this.carrier;
  }

  /** The number of the viewer's last move (protocol/control.ts, use-pipe). */
  get move(): number {
    return this.newestMove;
  }

  /** Goes on over this pipe: says there how things stand, and sends what the viewer has not got. Nothing more is said on the one before. */
  carry(pipe: Pipe, move: number): void {
    const { nowMs, openStream } = this.options;
    this.carrier = pipe;
    this.newestMove = move;
    this.parked = false;
    this.toldRtt = undefined;
    this.lastWordMs = nowMs();
    this.lastBeatMs = this.lastWordMs;
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS);
    this.send({ kind: "role", role: this.role });
    this.send({ kind: "paused", paused: this.paused });
    if (pipe.path === "mjpeg") {
      this.stopStream();
    } else if (this.stream === undefined) {
      this.stream = openStream(pipe, this.lastSequence);
      this.stream.setShowsPointer(this.role === "view");
      if (this.paused) this.stream.setPaused(true);
    } else {
      this.stream.moveTo(pipe);
    }
    this.options.events.progress();
    this.ping();
  }

  /** The pipe is gone, or whoever is at its other end: lets go of everything held and waits for another pipe. */
  lose(): void {
    if (this.ended || this.heartbeat === undefined) return;
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
    this.gate.resize(size);
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
      if (this.gate.follows(message)) this.takeInput(message);
    });
  }

  private hear(pipe: Pipe, take: () => void): void {
    const { awake, nowMs, events } = this.options;
    if (this.ended || !awake()) return;
    if (pipe === this.carrier) {
      this.lastWordMs = nowMs();
      if (this.parked) events.found();
    }
    // A parked page's earlier pipe has nothing to say: whatever it brings comes again on the next one.
    if (this.heartbeat === undefined) return;
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
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
    clearTimeout(this.gateTimer);
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.owedAck = undefined;
    this.inject(this.gate.releaseAll());
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
    this.inject(this.gate.setRole(this.paused || !this.inputAllowed ? "view" : this.role));
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
    const { nowMs, events } = this.options;
    events.signOfLife();
    const result = this.gate.take(message, nowMs());
    this.inject(result.actions);
    this.acknowledge(result.ack);
    if (result.close !== undefined) return this.end(result.close);
    this.setGateTimer();
  }

  /** At once, or together with what comes in the next few milliseconds. */
  private acknowledge(sequence: number): void {
    if (this.ackTimer !== undefined) {
      this.owedAck = sequence;
      return;
    }
    this.owedAck = undefined;
    this.send({ kind: "input-ack", sequence });
    this.ackTimer = setTimeout(() => {
      this.ackTimer = undefined;
      if (this.owedAck !== undefined) this.acknowledge(this.owedAck);
    }, ACKNOWLEDGE_EVERY_MS);
  }

  private takePong(clockMs: number): void {
    const nowMs = this.options.nowMs();
    const rttMs = (wrapped(nowMs) - clockMs) >>> 0;
    // An answer that a machine asleep or a pipe that stood still kept back: it says nothing about the way as it is now.
    if (rttMs > LONGEST_RTT_MS) return;
    this.stream?.roundTrip(rttMs, nowMs);
    const told = this.toldRtt;
    const changed = told === undefined || Math.abs(told.rttMs - rttMs) > Math.max(20, told.rttMs / 2);
    if (!changed || (told !== undefined && nowMs - told.atMs < TELL_RTT_EVERY_MS)) return;
    this.toldRtt = { rttMs, atMs: nowMs };
    this.options.events.roundTrip(rttMs);
  }

  private beat(): void {
    if (!this.options.awake()) return;
    const nowMs = this.options.nowMs();
    const late = nowMs - this.lastBeatMs > LATE_BEAT_MS;
    this.lastBeatMs = nowMs;
    const silentMs = nowMs - this.lastWordMs;
    if (!late && silentMs >= SILENCE_LIMIT_MS) return this.lose();
    const sentBytes = this.stream?.stats.bytes ?? 0;
    // A new stream counts from nought.
    const isBusy = Math.abs(sentBytes - this.sentBytes) >= BUSY_BYTES;
    this.sentBytes = sentBytes;
    if (isBusy || silentMs >= ASKED_AFTER_MS || nowMs - this.lastPingMs >= MEASURE_EVERY_MS) this.ping();
  }

  private ping(): void {
    this.lastPingMs = this.options.nowMs();
    this.send({ kind: "ping", clockMs: wrapped(this.lastPingMs) });
  }

  private setGateTimer(): void {
    const { nowMs } = this.options;
    clearTimeout(this.gateTimer);
    const wakeAtMs = this.gate.wakeAtMs(nowMs());
    if (wakeAtMs === undefined) return;
    this.gateTimer = setTimeout(
      () => {
        this.inject(this.gate.tick(nowMs()));
        this.setGateTimer();
      },
      Math.max(wakeAtMs - nowMs(), 1),
    );
  }

  private inject(actions: Parameters<typeof injectAll>[1]): void {
    injectAll(this.options.injector, actions);
  }
}

const wrapped = (ms: number): number => Math.floor(ms) >>> 0;
