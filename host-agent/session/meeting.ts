import { randomBytes } from "node:crypto";
import { HostHandshake, type Proven } from "../../protocol/crypto/handshake.ts";
import { SealedSignals } from "../../protocol/crypto/sealed-signals.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeMessage,
  type Mode,
} from "../../protocol/handshake-message.ts";
import { decodeMeeting, encodeMeeting, type MeetingMessage } from "../../protocol/meeting.ts";
import { NONCE_BYTES } from "../../protocol/signaling.ts";

/** A stranger gets this long to prove it knows the secret. */
const HANDSHAKE_LIMIT_MS = 8_000;

export type MeetingEvents = {
  /** The live secret of a mode; `hint` tells which seat's resume secret is meant. */
  readonly secretFor: (mode: Mode, hint: Uint8Array) => Uint8Array | undefined;
  /** A proof is about to be compared. False: this code takes no more guesses. */
  readonly maySpendGuess: (mode: Mode) => boolean;
  /** The other end knows the secret. Everything from here on is sealed. */
  readonly proven: (mode: Mode) => void;
  readonly message: (message: MeetingMessage) => void;
  /** Called once. The server is told to forget this viewer's socket unless the viewer left by itself. */
  readonly ended: (reason: CloseReason) => void;
};

type State =
  | { readonly at: "proving"; readonly handshake: HostHandshake }
  | { readonly at: "proven"; readonly signals: SealedSignals; readonly proven: Proven }
  | { readonly at: "ended" };

/** The host's end of one conversation through the signaling server: proof first, then sealed messages. */
export class Meeting {
  /** The viewer's socket, as the server names it. */
  readonly viewer: string;
  private state: State;
  private readonly sendBytes: (bytes: Uint8Array) => void;
  private readonly events: MeetingEvents;
  private readonly limit: NodeJS.Timeout;
  /** What the viewer claims to know: set when its share comes. */
  private claim: Mode | undefined;

  constructor(options: {
    room: string;
    viewer: string;
    viewerNonce: Uint8Array;
    send: (bytes: Uint8Array) => void;
    events: MeetingEvents;
  }) {
    this.viewer = options.viewer;
    this.sendBytes = options.send;
    this.events = options.events;
    const handshake = new HostHandshake({
      room: options.room,
      viewerNonce: options.viewerNonce,
      hostNonce: randomBytes(NONCE_BYTES),
      secretFor: (mode, hint) => {
        this.claim = mode;
        return this.events.secretFor(mode, hint);
      },
      randomBytes,
    });
    this.state = { at: "proving", handshake };
    this.limit = setTimeout(() => this.refuse("no-answer"), HANDSHAKE_LIMIT_MS);
  }

  /** Says hello; the viewer's proof follows. */
  start(): void {
    if (this.state.at === "proving") this.sendClear(this.state.handshake.start());
  }

  /** What the two ends proved, by which the pipes of this meeting are sealed. */
  get proven(): Proven | undefined {
    return this.state.at === "proven" ? this.state.proven : undefined;
  }

  receive(bytes: Uint8Array): void {
    try {
      const message = decodeHandshake(bytes);
      if (this.state.at === "proving") this.prove(this.state, message);
      else if (this.state.at === "proven" && message.kind === "sealed") {
        this.events.message(decodeMeeting(this.state.signals.open(message.box)));
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.refuse("protocol-error");
    }
  }

  send(message: MeetingMessage): void {
    if (this.state.at !== "proven") return;
    this.sendClear({ kind: "sealed", box: this.state.signals.seal(encodeMeeting(message)) });
  }

  /** Tells the viewer why, in a sealed word once there is a key, and ends. */
  refuse(reason: CloseReason): void {
    if (this.state.at === "ended") return;
    if (this.state.at === "proven") this.send({ kind: "refused", reason });
    else this.sendClear({ kind: "refused", reason });
    this.end(reason);
  }

  /** Idempotent. */
  end(reason: CloseReason): void {
    if (this.state.at === "ended") return;
    this.state = { at: "ended" };
    clearTimeout(this.limit);
    this.events.ended(reason);
  }

  private prove(state: State & { at: "proving" }, message: HandshakeMessage): void {
    const claim = this.claim;
    if (message.kind === "proof-a" && claim !== undefined && !this.events.maySpendGuess(claim)) {
      return this.refuse("code-burned");
    }
    for (const step of state.handshake.receive(message)) {
      if (step.kind === "send") this.sendClear(step.message);
      else if (step.kind === "failed") this.end(step.reason);
      else if (step.kind === "proven" && claim !== undefined) {
        clearTimeout(this.limit);
        this.state = { at: "proven", signals: new SealedSignals(step.keys, "host"), proven: step };
        this.events.proven(claim);
      }
    }
  }

  private sendClear(message: HandshakeMessage): void {
    this.sendBytes(encodeHandshake(message));
  }
}
