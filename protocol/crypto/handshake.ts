import { equalBytes } from "@noble/ciphers/utils.js";
import { type CloseReason, ProtocolError } from "../errors.ts";
import type { HandshakeMessage, Mode } from "../handshake-message.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import {
  type AssociatedData,
  channelIdentifier,
  decodeAssociatedData,
  encodeAssociatedData,
  resumeHint,
  sessionId,
} from "./associated-data.ts";
import {
  type Contribution,
  confirmationTag,
  deriveGenerator,
  drawScalar,
  sessionKey,
  sharedPoint,
  shareOf,
} from "./cpace.ts";
import { SessionKeys } from "./keys.ts";
import type { ProofTranscript } from "./transcript.ts";

/*
 * The proof, as two state machines without clock or socket. Messages: handshake-message.ts.
 *
 *   host    hello(hn, modes)   ->
 *           <-  share-a(mode, Ya, ADa)   viewer
 *   host    share-b(Yb, ADb)   ->
 *           <-  proof-a(Ta)              viewer        the viewer shows first that it knows the secret
 *   host    proof-b(Tb)        ->                      only after a good Ta; the viewer believes nothing before it
 *
 * A bad Ta is the only thing that counts as a guess; who owns the code counts it before `receive` compares.
 * A handshake takes one Ta and then it is over, whichever way. Messages out of order or twice end it.
 */
export type HandshakeStep =
  | { readonly kind: "send"; readonly message: HandshakeMessage }
  | ({ readonly kind: "proven" } & Proven)
  | { readonly kind: "failed"; readonly reason: CloseReason };

/** The session's keys, and what its pipes are bound to (transcript.ts). */
export type Proven = { readonly keys: SessionKeys; readonly transcript: ProofTranscript };

type RandomBytes = (length: number) => Uint8Array;
const NOTHING = new Uint8Array();

type ViewerState =
  | { readonly at: "awaiting-hello" }
  | {
      readonly at: "awaiting-share";
      readonly sid: Uint8Array;
      readonly scalar: Uint8Array;
      readonly own: Contribution;
      readonly hostNonce: Uint8Array;
    }
  | { readonly at: "awaiting-proof"; readonly proven: Proven; readonly expectedTag: Uint8Array }
  | { readonly at: "over" };

export type ViewerHandshakeOptions = {
  readonly room: string;
  /** The 16 bytes sent with the join. */
  readonly viewerNonce: Uint8Array;
  readonly mode: Mode;
  /** 8 digits as text, 16 link bytes, or the 32 bytes of a resume secret (room-code.ts, meeting.ts). */
  readonly secret: Uint8Array;
  readonly randomBytes: RandomBytes;
};

/** The viewer's end. Fails with `wrong-code` when either end does not know the secret: the two cannot be told apart. */
export class ViewerHandshake {
  private readonly options: ViewerHandshakeOptions;
  private state: ViewerState = { at: "awaiting-hello" };

  constructor(options: ViewerHandshakeOptions) {
    this.options = options;
  }

  receive(message: HandshakeMessage): HandshakeStep[] {
    const state = this.state;
    this.state = { at: "over" };
    if (state.at === "over") return [failed("protocol-error")];
    if (message.kind === "refused") return [failed(message.reason)];
    try {
      if (state.at === "awaiting-hello" && message.kind === "hello") return this.greeted(message);
      if (state.at === "awaiting-share" && message.kind === "share-b") return this.shared(state, message);
      if (state.at === "awaiting-proof" && message.kind === "proof-b") {
        const knows = equalBytes(message.tag, state.expectedTag);
        return [knows ? { kind: "proven", ...state.proven } : failed("wrong-code")];
      }
    } catch (error) {
      if (error instanceof ProtocolError) return [failed("protocol-error")];
      throw error;
    }
    return [failed("protocol-error")];
  }

  private greeted(hello: HandshakeMessage & { kind: "hello" }): HandshakeStep[] {
    const { room, viewerNonce, mode, secret, randomBytes } = this.options;
    if (!hello.modes.includes(mode)) return [failed("expired")];
    const sid = sessionId(room, hello.hostNonce, viewerNonce);
    const scalar = drawScalar(randomBytes);
    const share = shareOf(scalar, deriveGenerator(secret, channelIdentifier(room, mode), sid));
    const data = encodeAssociatedData(mode === "resume" ? resumeHint(secret) : NOTHING, viewerNonce);
    this.state = { at: "awaiting-share", sid, scalar, own: { share, data }, hostNonce: hello.hostNonce };
    return [{ kind: "send", message: { kind: "share-a", mode, share, data } }];
  }

  private shared(
    state: ViewerState & { at: "awaiting-share" },
    message: HandshakeMessage & { kind: "share-b" },
  ): HandshakeStep[] {
    const problem = problemOf(decodeAssociatedData(message.data), state.hostNonce);
    if (problem !== undefined) return [failed(problem)];
    const { proven, viewerTag, hostTag } = finish(state.sid, state.scalar, message.share, state.own, message);
    this.state = { at: "awaiting-proof", proven, expectedTag: hostTag };
    return [{ kind: "send", message: { kind: "proof-a", tag: viewerTag } }];
  }
}

type HostState =
  | { readonly at: "awaiting-share" }
  | {
      readonly at: "awaiting-proof";
      readonly proven: Proven;
      readonly expectedTag: Uint8Array;
      readonly ownTag: Uint8Array;
    }
  | { readonly at: "over" };

export type HostHandshakeOptions = {
  readonly room: string;
  /** The 16 bytes that came with the knock. */
  readonly viewerNonce: Uint8Array;
  /** 16 fresh random bytes. */
  readonly hostNonce: Uint8Array;
  /**
   * The live secret of a mode, or undefined when there is none. Asked in `start` and again when the viewer's share comes.
   * `hint` tells which seat's resume secret is meant (associated-data.ts `resumeHint`); empty for the other modes.
   */
  readonly secretFor: (mode: Mode, hint: Uint8Array) => Uint8Array | undefined;
  readonly randomBytes: RandomBytes;
};

/** The host's end. What it refuses, it also tells the viewer. */
export class HostHandshake {
  private readonly options: HostHandshakeOptions;
  private state: HostState = { at: "awaiting-share" };

  constructor(options: HostHandshakeOptions) {
    this.options = options;
  }

  /** The first message of all. Whether a seat still waits for its viewer shows only in its hint, so resuming is always on offer. */
  start(): HandshakeMessage {
    const { hostNonce, secretFor } = this.options;
    const live = (["code", "link"] as const).filter((mode) => secretFor(mode, NOTHING) !== undefined);
    return { kind: "hello", hostNonce, modes: [...live, "resume"] };
  }

  receive(message: HandshakeMessage): HandshakeStep[] {
    const state = this.state;
    this.state = { at: "over" };
    if (state.at === "over") return [failed("protocol-error")];
    try {
      if (state.at === "awaiting-share" && message.kind === "share-a") return this.shared(message);
      if (state.at === "awaiting-proof" && message.kind === "proof-a") {
        if (!equalBytes(message.tag, state.expectedTag)) return refuse("wrong-code");
        return [
          { kind: "send", message: { kind: "proof-b", tag: state.ownTag } },
          { kind: "proven", ...state.proven },
        ];
      }
    } catch (error) {
      if (error instanceof ProtocolError) return refuse("protocol-error");
      throw error;
    }
    return refuse("protocol-error");
  }

  private shared(message: HandshakeMessage & { kind: "share-a" }): HandshakeStep[] {
    const { room, viewerNonce, hostNonce, secretFor, randomBytes } = this.options;
    const theirs = decodeAssociatedData(message.data);
    const problem = problemOf(theirs, viewerNonce);
    if (problem !== undefined) return refuse(problem);
    const secret = secretFor(message.mode, theirs.extra);
    if (secret === undefined) return refuse("expired");
    const sid = sessionId(room, hostNonce, viewerNonce);
    const scalar = drawScalar(randomBytes);
    const share = shareOf(scalar, deriveGenerator(secret, channelIdentifier(room, message.mode), sid));
    const own = { share, data: encodeAssociatedData(NOTHING, hostNonce) };
    const { proven, viewerTag, hostTag } = finish(sid, scalar, message.share, message, own);
    this.state = { at: "awaiting-proof", proven, expectedTag: viewerTag, ownTag: hostTag };
    return [{ kind: "send", message: { kind: "share-b", ...own } }];
  }
}

/** Both ends' last step: the keys, and the two tags that show who knows them. Wipes the scalar and what came of it. */
function finish(
  sid: Uint8Array,
  scalar: Uint8Array,
  peerShare: Uint8Array,
  viewer: Contribution,
  host: Contribution,
): { proven: Proven; viewerTag: Uint8Array; hostTag: Uint8Array } {
  const shared = sharedPoint(scalar, peerShare);
  const isk = sessionKey(sid, shared, viewer, host);
  const found = {
    proven: { keys: new SessionKeys(sid, isk), transcript: { sid, viewer: copyOf(viewer), host: copyOf(host) } },
    viewerTag: confirmationTag(sid, isk, viewer),
    hostTag: confirmationTag(sid, isk, host),
  };
  for (const spent of [scalar, shared, isk]) spent.fill(0);
  return found;
}

/** A message's parts are views on bytes that belong to whoever received them. */
const copyOf = ({ share, data }: Contribution): Contribution => ({ share: share.slice(), data: data.slice() });

function problemOf(theirs: AssociatedData, nonce: Uint8Array): CloseReason | undefined {
  if (theirs.version !== PROTOCOL_VERSION) return "version-mismatch";
  return equalBytes(theirs.nonce, nonce) ? undefined : "protocol-error";
}

const failed = (reason: CloseReason): HandshakeStep => ({ kind: "failed", reason });

function refuse(reason: CloseReason): HandshakeStep[] {
  return [{ kind: "send", message: { kind: "refused", reason } }, failed(reason)];
}
