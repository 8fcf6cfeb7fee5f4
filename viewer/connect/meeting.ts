import { type HandshakeStep, type Proven, ViewerHandshake } from "../../protocol/crypto/handshake.ts";
import { SealedSignals } from "../../protocol/crypto/sealed-signals.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import { decodeHandshake, encodeHandshake, type Mode } from "../../protocol/handshake-message.ts";
import { decodeMeeting, encodeMeeting, type MeetingMessage } from "../../protocol/meeting.ts";

/** What the viewer knows that a stranger does not. */
export type Proof = { readonly mode: Mode; readonly secret: Uint8Array };

export type MeetingHandlers = {
  /**
   * From now on `send` works: only a host that knows the secret can open what is said. Whether this one does is not known yet, but
   * waiting to be told would cost a round trip. The keys seal this meeting's pipes.
   */
  readonly keyed: (proven: Proven) => void;
  /** The host has shown that it knows the secret. What it says comes after this. */
  readonly proven: () => void;
  readonly message: (message: MeetingMessage) => void;
  /** The proof failed, or the other end broke the protocol. Called once; nothing is called after it. */
  readonly failed: (reason: CloseReason) => void;
};

export type MeetingOptions = {
  readonly room: string;
  /** The 16 bytes sent with the join. */
  readonly nonce: Uint8Array;
  readonly proof: Proof;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Hands one signal to the signaling server, for the host. */
  readonly transmit: (data: Uint8Array) => void;
};

type State =
  | { readonly at: "proving" }
  /** The words that are said wait at a host that is still to show who it is; none of its own are heard. */
  | { readonly at: "keyed"; readonly sealed: SealedSignals }
  | { readonly at: "proven"; readonly sealed: SealedSignals }
  | { readonly at: "over" };

/** The viewer's end of a meeting: first the proof, then sealed messages. Knows neither socket nor clock. */
export class Meeting {
  private readonly options: MeetingOptions;
  private readonly handlers: MeetingHandlers;
  private readonly handshake: ViewerHandshake;
  private state: State = { at: "proving" };

  constructor(options: MeetingOptions, handlers: MeetingHandlers) {
    this.options = options;
    this.handlers = handlers;
    const { room, nonce, proof, randomBytes } = options;
    this.handshake = new ViewerHandshake({ room, viewerNonce: nonce, ...proof, randomBytes });
  }

  /** Takes one signal from the server, in the order they came. */
  receive(data: Uint8Array): void {
    const { state } = this;
    if (state.at === "over") return;
    try {
      const message = decodeHandshake(data);
      if (state.at !== "proven") {
        for (const step of this.handshake.receive(message)) this.follow(step);
      } else if (message.kind === "sealed") {
        this.handlers.message(decodeMeeting(state.sealed.open(message.box)));
      }
      // Anything else after the proof is not from the host, who seals: the server may say it, and is not believed.
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail("protocol-error");
    }
  }

  /** Without effect before there are keys and after a failure. */
  send(message: MeetingMessage): void {
    const { state } = this;
    if (state.at !== "keyed" && state.at !== "proven") return;
    const box = state.sealed.seal(encodeMeeting(message));
    this.options.transmit(encodeHandshake({ kind: "sealed", box }));
  }

  private follow(step: HandshakeStep): void {
    const { state } = this;
    switch (step.kind) {
      case "send":
        this.options.transmit(encodeHandshake(step.message));
        return;
      case "keyed":
        this.state = { at: "keyed", sealed: new SealedSignals(step.keys, "viewer") };
        this.handlers.keyed(step);
        return;
      case "proven":
        if (state.at === "keyed") this.state = { at: "proven", sealed: state.sealed };
        this.handlers.proven();
        return;
      case "failed":
        this.fail(step.reason);
    }
  }

  private fail(reason: CloseReason): void {
    if (this.state.at === "over") return;
    this.state = { at: "over" };
    this.handlers.failed(reason);
  }
}
