import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { type Transport, transcriptHash } from "../../protocol/crypto/transcript.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { MeetingMessage, PathHeld } from "../../protocol/meeting.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { MJPEG_PREFIX, type ViewerConfig } from "../../protocol/signaling.ts";
import { type LaterWay, laterWays } from "../core/later-ways.ts";
import type { LinkFailure } from "../core/link-failure.ts";
import type { PathWish } from "../core/page-parameters.ts";
import type { ConnectStage } from "../core/session-state.ts";
import { HeldMessages, type Receiver } from "./held-messages.ts";
import { hasWebRtc, Peer } from "./peer.ts";
import { RelayPipe } from "./relay-pipe.ts";
import { SignalingPipe } from "./signaling-pipe.ts";

/** Chromium takes 15 s to say that there is no way, werift never says so. */
const CHANNEL_LIMIT_MS = 12_000;
/** Two connections to a server that both ends talk with already. */
const RELAY_LIMIT_MS = 8_000;
/** Agreeing to an unsealed picture may be another question to the person at the host, who has 30 s. */
const MJPEG_LIMIT_MS = 45_000;
/** Each pipe of a meeting has a number of its own; a link tries one of each kind. */
const ATTEMPTS = { channel: 1, relay: 2 } as const;

export type WaysOptions = {
  /** The directory of the page. */
  readonly base: URL;
  readonly path: Exclude<PathWish, "turn">;
  readonly config: ViewerConfig;
  /** What the two ends proved: every pipe is sealed by it. */
  readonly proven: Proven;
  readonly openAead: OpenAead;
  /** Seals a message for the host and sends it through the signaling server. */
  readonly say: (message: MeetingMessage) => void;
  /** Messages to the signaling server that wait for the network. */
  readonly unsentMessages: () => number;
};

export type OpenWay = {
  readonly pipe: Pipe;
  /** Where the picture comes from when the pipe does not carry it. */
  readonly pictureUrl: string | undefined;
  /** To be called once, at once: what came before is handed over first. */
  readonly listen: (receiver: Receiver) => void;
};

export type WaysHandlers = {
  readonly progress: (stage: ConnectStage) => void;
  /** Called at most once, after the admission. */
  readonly open: (way: OpenWay) => void;
  /** Called at most once, instead of `open`: every way that may be tried was. */
  readonly failed: (failure: LinkFailure) => void;
};

/**
 * The ways a pipe can take between two ends that have met: a data channel first, then sealed records through the server, and
 * MJPEG last, because nobody can seal that picture.
 */
export class Ways {
  private readonly options: WaysOptions;
  private readonly handlers: WaysHandlers;
  private readonly held = new HeldMessages(() => this.unusedPipeClosed());
  private path: PathHeld;
  private later: LaterWay[];
  private peer: Peer | undefined;
  private asksRelay: boolean = false;
  private relay: SealedPipe | undefined;
  private mjpeg: SignalingPipe | undefined;
  private offerSdp: string | undefined;
  /** The peer's pipe, sealed: there once the answer says which connection it is bound to. */
  private sealed: SealedPipe | undefined;
  private admitted: boolean = false;
  private over: boolean = false;
  private deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WaysOptions, handlers: WaysHandlers) {
    this.options = options;
    this.handlers = handlers;
    const { path } = options;
    this.path = path;
    this.later = laterWays(path, options.config, hasWebRtc());
    if (path === "auto" || path === "direct") this.peer = this.openPeer();
  }

  /** Nothing sealed is possible: only an unsealed picture can work. */
  get onlyMjpeg(): boolean {
    return this.peer === undefined && !this.later.includes("relay");
  }

  /** Sends the offer while the host still decides: its approval then costs no time for candidates. */
  begin(): void {
    const { peer } = this;
    if (peer === undefined) return;
    peer.offer().catch(() => {
      peer.pipe.end("this browser could not make an offer");
      this.unusedPipeClosed();
    });
  }

  /**
   * The host lets this viewer in: from now on a pipe may be used, and there is a limit to the search for one.
   * @param held the one way that the host holds to; where this page holds another, the host refuses that in words
   */
  admit(held: PathHeld): void {
    this.admitted = true;
    if (this.path === "auto" && held !== "auto") this.hold(held);
    const { peer } = this;
    if (peer === undefined || peer.pipe.state === "closed") {
      this.fallBack();
    } else if (this.sealed?.state === "open") {
      void this.channelOpened(peer, this.sealed);
    } else {
      this.handlers.progress(this.sealed === undefined ? "answer" : "ice");
      this.deadline = setTimeout(() => this.fallBack(), CHANNEL_LIMIT_MS);
    }
  }

  /** What the host says about the ways. */
  hear(message: MeetingMessage): void {
    switch (message.kind) {
      case "answer":
        if (message.attempt === ATTEMPTS.channel && this.peer !== undefined) void this.answered(this.peer, message.sdp);
        return;
      case "candidate":
        if (message.attempt === ATTEMPTS.channel) this.peer?.addCandidate(message.mid, message.candidate);
        return;
      case "message":
        this.mjpeg?.receive(message.bytes);
        return;
      case "mjpeg":
        if (this.mjpeg !== undefined) this.opened(this.mjpeg, this.pictureUrl(message.token));
        return;
      case "relay":
        if (message.attempt === ATTEMPTS.relay && this.asksRelay) this.meetAtRelay(message.token);
        return;
      case "refused":
        if (this.mjpeg !== undefined) this.fail({ kind: "mjpeg-refused" });
    }
  }

  /** The signaling server is gone. False: nothing is left that could work without it. */
  signalingLost(): boolean {
    this.mjpeg?.end("the connection to the server was lost");
    // With both ends' candidates exchanged a channel may still open, and so may a relay whose token is here; their own
    // limits end that.
    return this.admitted && (this.peer !== undefined || this.relay !== undefined);
  }

  /** Pipe, connection and timer end; nothing is called after it. */
  close(): void {
    this.over = true;
    clearTimeout(this.deadline);
    this.held.drop();
    this.peer?.close();
    this.relay?.close();
    this.mjpeg?.close();
  }

  private hold(path: PathHeld): void {
    this.path = path;
    this.later = laterWays(path, this.options.config, hasWebRtc());
    if (path === "direct") return;
    this.peer?.close();
    this.peer = undefined;
  }

  private openPeer(): Peer | undefined {
    if (!hasWebRtc()) return undefined;
    const { config, say } = this.options;
    try {
      return new Peer(config.iceServers, {
        offer: (sdp) => {
          this.offerSdp = sdp;
          say({ kind: "offer", attempt: ATTEMPTS.channel, sdp });
        },
        candidate: (mid, candidate) => say({ kind: "candidate", attempt: ATTEMPTS.channel, mid, candidate }),
      });
    } catch {
      // Forbidden by a policy of this browser, or it does not understand the server's ICE settings.
      return undefined;
    }
  }

  private async answered(peer: Peer, answerSdp: string): Promise<void> {
    if (this.sealed !== undefined || this.over) return;
    try {
      const offerSdp = this.offerSdp ?? "";
      const sealed = this.seal(peer.pipe, ATTEMPTS.channel, { kind: "webrtc", offerSdp, answerSdp });
      this.sealed = sealed;
      this.held.listenTo(sealed, () => void this.channelOpened(peer, sealed));
      if (this.admitted) this.handlers.progress("ice");
      await peer.answer(answerSdp);
    } catch (error) {
      // An answer that is no SDP or does not fit the offer, unless the connection was given up meanwhile.
      if (!(error instanceof ProtocolError || error instanceof DOMException)) throw error;
      if (peer === this.peer) this.fail({ kind: "refused", reason: "protocol-error" });
    }
  }

  private seal(inner: Pipe, epoch: number, transport: Transport): SealedPipe {
    const { proven, openAead } = this.options;
    const transcript = transcriptHash(proven.transcript, transport);
    const missedPictures = () => this.held.missedPictures();
    return new SealedPipe(inner, { side: "viewer", keys: proven.keys, transcript, epoch, openAead, missedPictures });
  }

  private async channelOpened(peer: Peer, pipe: SealedPipe): Promise<void> {
    if (!this.admitted) return;
    peer.pipe.path = await peer.path();
    if (peer === this.peer) this.opened(pipe, undefined);
  }

  private unusedPipeClosed(): void {
    // Before the admission nothing is lost yet: `admit` finds the pipe closed.
    const inUse = this.peer !== undefined || this.relay !== undefined;
    if (this.admitted && !this.over && inUse) this.fallBack();
  }

  private fallBack(): void {
    const { peer, relay } = this;
    this.peer = undefined;
    this.relay = undefined;
    this.asksRelay = false;
    peer?.close();
    relay?.close();
    clearTimeout(this.deadline);
    const way = this.later.shift();
    if (way === "relay") this.askRelay();
    else if (way === "mjpeg") this.askMjpeg();
    else this.fail({ kind: this.path === "auto" || this.path === "mjpeg" ? "mjpeg-refused" : "no-path" });
  }

  private askRelay(): void {
    this.asksRelay = true;
    this.deadline = setTimeout(() => this.fallBack(), RELAY_LIMIT_MS);
    this.options.say({ kind: "want-relay", attempt: ATTEMPTS.relay });
  }

  private meetAtRelay(token: string): void {
    this.asksRelay = false;
    if (token !== "") {
      const inner = new RelayPipe(this.options.base, token);
      const pipe = this.seal(inner, ATTEMPTS.relay, { kind: "relay", epoch: ATTEMPTS.relay });
      this.relay = pipe;
      this.held.listenTo(pipe, () => this.opened(pipe, undefined));
    } else if (this.path === "relay") {
      this.fail({ kind: "refused", reason: "path-refused" });
    } else {
      this.fallBack();
    }
  }

  private askMjpeg(): void {
    const { say, unsentMessages } = this.options;
    this.deadline = setTimeout(() => this.fail({ kind: "mjpeg-refused" }), MJPEG_LIMIT_MS);
    this.mjpeg = new SignalingPipe({ send: (bytes) => say({ kind: "message", bytes }), unsentMessages });
    // The host's first messages may come before the token does: they are held until then.
    this.held.listenTo(this.mjpeg, () => {});
    say({ kind: "want-mjpeg" });
  }

  private pictureUrl(token: string): string {
    return new URL(MJPEG_PREFIX.slice(1) + token, this.options.base).href;
  }

  private opened(pipe: Pipe, pictureUrl: string | undefined): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.deadline);
    this.handlers.open({ pipe, pictureUrl, listen: (receiver) => this.held.handTo(receiver) });
  }

  private fail(failure: LinkFailure): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.deadline);
    this.handlers.failed(failure);
  }
}
