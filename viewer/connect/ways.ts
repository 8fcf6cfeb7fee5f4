import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../protocol/crypto/transcript.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { MJPEG_PREFIX, type ViewerConfig } from "../../protocol/signaling.ts";
import type { PathWish } from "../core/page-parameters.ts";
import type { ConnectStage } from "../core/session-state.ts";
import { HeldMessages, type Receiver } from "./held-messages.ts";
import { hasWebRtc, Peer } from "./peer.ts";
import { SignalingPipe } from "./signaling-pipe.ts";

/** Chromium takes 15 s to say that there is no way, werift never says so. */
const CHANNEL_LIMIT_MS = 12_000;
/** Agreeing to an unsealed picture may be another question to the person at the host, who has 30 s. */
const MJPEG_LIMIT_MS = 45_000;
/** One connection per link: its number only matters once a link replaces its own. */
const ATTEMPT = 1;

export type WaysOptions = {
  /** The directory of the page. */
  readonly base: URL;
  readonly path: Extract<PathWish, "auto" | "direct" | "mjpeg">;
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
  readonly failed: (why: "no-path" | "mjpeg-refused" | "protocol-error") => void;
};

/** The ways a pipe can take between two ends that have met: a data channel first, MJPEG through the server last. */
export class Ways {
  private readonly options: WaysOptions;
  private readonly handlers: WaysHandlers;
  private readonly held = new HeldMessages(() => this.unusedPipeClosed());
  private peer: Peer | undefined;
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
    if (options.path !== "mjpeg") this.peer = this.openPeer();
  }

  /** No data channel is possible: only an unsealed picture can work. */
  get onlyMjpeg(): boolean {
    return this.peer === undefined;
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

  /** The host lets this viewer in: from now on a pipe may be used, and there is a limit to the search for one. */
  admit(): void {
    this.admitted = true;
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
        if (message.attempt === ATTEMPT && this.peer !== undefined) void this.answered(this.peer, message.sdp);
        return;
      case "candidate":
        if (message.attempt === ATTEMPT) this.peer?.addCandidate(message.mid, message.candidate);
        return;
      case "message":
        this.mjpeg?.receive(message.bytes);
        return;
      case "mjpeg":
        if (this.mjpeg !== undefined) this.opened(this.mjpeg, this.pictureUrl(message.token));
        return;
      case "refused":
        if (this.mjpeg !== undefined) this.fail("mjpeg-refused");
    }
  }

  /** The signaling server is gone. False: nothing is left that could work without it. */
  signalingLost(): boolean {
    this.mjpeg?.end("the connection to the server was lost");
    // With both ends' candidates exchanged, a channel may still open; its own limit ends that.
    return this.admitted && this.peer !== undefined;
  }

  /** Pipe, connection and timer end; nothing is called after it. */
  close(): void {
    this.over = true;
    clearTimeout(this.deadline);
    this.held.drop();
    this.peer?.close();
    this.mjpeg?.close();
  }

  private openPeer(): Peer | undefined {
    if (!hasWebRtc()) return undefined;
    const { config, say } = this.options;
    try {
      return new Peer(config.iceServers, {
        offer: (sdp) => {
          this.offerSdp = sdp;
          say({ kind: "offer", attempt: ATTEMPT, sdp });
        },
        candidate: (mid, candidate) => say({ kind: "candidate", attempt: ATTEMPT, mid, candidate }),
      });
    } catch {
      // Forbidden by a policy of this browser, or it does not understand the server's ICE settings.
      return undefined;
    }
  }

  private async answered(peer: Peer, answerSdp: string): Promise<void> {
    if (this.sealed !== undefined || this.over) return;
    try {
      const sealed = this.seal(peer, answerSdp);
      this.sealed = sealed;
      this.held.listenTo(sealed, () => void this.channelOpened(peer, sealed));
      if (this.admitted) this.handlers.progress("ice");
      await peer.answer(answerSdp);
    } catch (error) {
      // An answer that is no SDP or does not fit the offer, unless the connection was given up meanwhile.
      if (!(error instanceof ProtocolError || error instanceof DOMException)) throw error;
      if (peer === this.peer) this.fail("protocol-error");
    }
  }

  private seal(peer: Peer, answerSdp: string): SealedPipe {
    const { proven, openAead } = this.options;
    const offerSdp = this.offerSdp ?? "";
    const transcript = transcriptHash(proven.transcript, { kind: "webrtc", offerSdp, answerSdp });
    return new SealedPipe(peer.pipe, { side: "viewer", keys: proven.keys, transcript, epoch: ATTEMPT, openAead });
  }

  private async channelOpened(peer: Peer, pipe: SealedPipe): Promise<void> {
    if (!this.admitted) return;
    peer.pipe.path = await peer.path();
    if (peer === this.peer) this.opened(pipe, undefined);
  }

  private unusedPipeClosed(): void {
    // Before the admission nothing is lost yet: `admit` finds the pipe closed.
    if (this.admitted && !this.over && this.peer !== undefined) this.fallBack();
  }

  private fallBack(): void {
    const unused = this.peer;
    this.peer = undefined;
    unused?.close();
    clearTimeout(this.deadline);
    const { path, config, say, unsentMessages } = this.options;
    if (path === "direct") {
      this.fail("no-path");
    } else if (config.mjpeg) {
      this.deadline = setTimeout(() => this.fail("mjpeg-refused"), MJPEG_LIMIT_MS);
      this.mjpeg = new SignalingPipe({ send: (bytes) => say({ kind: "message", bytes }), unsentMessages });
      // The host's first messages may come before the token does: they are held until then.
      this.held.listenTo(this.mjpeg, () => {});
      say({ kind: "want-mjpeg" });
    } else {
      this.fail("mjpeg-refused");
    }
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

  private fail(why: "no-path" | "mjpeg-refused" | "protocol-error"): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.deadline);
    this.handlers.failed(why);
  }
}
