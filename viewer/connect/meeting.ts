import { type HandshakeStep, type Proven, ViewerHandshake } from "../../protocol/crypto/handshake.ts";
import { SealedSignals } from "../../protocol/crypto/sealed-signals.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import { decodeHandshake, encodeHandshake, type Mode } from "../../protocol/handshake-message.ts";
import { decodeMeeting, encodeMeeting, type MeetingMessage } from "../../protocol/meeting.ts";

/** What the viewer knows that a stranger does not. */
export type Proof = { readonly mode: Mode; readonly secret: Uint8Array };

export type MeetingHandlers = {
  /** Both ends have shown that they know the secret; from now on `send` works. The keys seal this meeting's pipes. */
  readonly proven: (proven: Proven) => void;
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

/** The viewer's end of a meeting: first the proof, then sealed messages. Knows neither socket nor clock. */
export class Meeting {
  private readonly options: MeetingOptions;
  private readonly handlers: MeetingHandlers;
  private readonly handshake: ViewerHandshake;
  private sealed: SealedSignals | undefined;
  private over: boolean = false;

  constructor(options: MeetingOptions, handlers: MeetingHandlers) {
    this.options = options;
    this.handlers = handlers;
    const { room, nonce, proof, randomBytes } = options;
    this.handshake = new ViewerHandshake({ room, viewerNonce: nonce, ...proof, randomBytes });
  }

  /** Takes one signal from the server, in the order they came. */
  receive(data: Uint8Array): void {
    if (this.over) return;
    try {
      const message = decodeHandshake(data);
      if (this.sealed === undefined) {
        for (const step of this.handshake.receive(message)) this.follow(step);
      } else if (message.kind === "sealed") {
        this.handlers.message(decodeMeeting(this.sealed.open(message.box)));
      }
      // Anything else after the proof is not from the host, who seals: the server may say it, and is not believed.
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail("protocol-error");
    }
  }

  /** Without effect before the proof and after a failure. */
  send(message: MeetingMessage): void {
    if (this.over || this.sealed === undefined) return;
    const box = this.sealed.seal(encodeMeeting(message));
    this.options.transmit(encodeHandshake({ kind: "sealed", box }));
  }

  private follow(step: HandshakeStep): void {
    switch (step.kind) {
      case "send":
        this.options.transmit(encodeHandshake(step.message));
        return;
      case "proven":
        this.sealed = new SealedSignals(step.keys, "viewer");
        this.handlers.proven(step);
        return;
      case "failed":
        this.fail(step.reason);
    }
  }

  private fail(reason: CloseReason): void {
    if (this.over) return;
    this.over = true;
    this.handlers.failed(reason);
  }
}
