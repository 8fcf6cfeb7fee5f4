import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { MJPEG_PREFIX, NONCE_BYTES, type ViewerConfig } from "../../protocol/signaling.ts";
import type { LinkFailure, ServerProblem } from "../core/link-failure.ts";
import type { PathWish } from "../core/page-parameters.ts";
import type { ConnectStage } from "../core/session-state.ts";
import { HeldMessages, type Receiver } from "./held-messages.ts";
import { Meeting, type Proof } from "./meeting.ts";
import { hasWebRtc, Peer } from "./peer.ts";
import { Signaling } from "./signaling.ts";
import { SignalingPipe } from "./signaling-pipe.ts";

/** Each silence that a person would otherwise sit through, ms. */
const LIMITS = {
  /** A host that is there greets at once; then two short messages each way. */
  proof: 10_000,
  /** Without a question to a person, admission follows the proof at once. */
  admission: 10_000,
  /** The host gives its person 30 s. */
  approval: 45_000,
  /** werift reports no failure of its own, and Chromium takes 15 s. */
  channel: 12_000,
  /** Agreeing to MJPEG may be another question to the person at the host. */
  mjpeg: 45_000,
} as const;
/** One connection per link: its number only matters once a link replaces its own. */
const ATTEMPT = 1;

export type LinkRequest = {
  /** The directory of the page. */
  readonly base: URL;
  readonly config: Promise<ViewerConfig>;
  readonly room: string;
  readonly proof: Proof;
  /** What the person at the host reads about this viewer. */
  readonly label: string;
  readonly path: Extract<PathWish, "auto" | "direct" | "mjpeg">;
  readonly randomBytes: (length: number) => Uint8Array;
};

export type OpenLink = {
  readonly pipe: Pipe;
  readonly role: Role;
  /** Where the picture comes from when the pipe does not carry it. */
  readonly pictureUrl: string | undefined;
  /** To be called once, at once: what came before is handed over first. */
  readonly listen: (receiver: Receiver) => void;
};

export type LinkHandlers = {
  /** The person at the host is being asked. */
  readonly asking: () => void;
  readonly progress: (stage: ConnectStage) => void;
  /** Let in; the secret opens the next link to the same seat. */
  readonly admitted: (resumeSecret: Uint8Array) => void;
  readonly open: (link: OpenLink) => void;
  /** Called once, instead of `open`; nothing is called after it. */
  readonly failed: (failure: LinkFailure) => void;
  /** The host's own connection to the server came or went, also long after `open`. */
  readonly hostPresent: (present: boolean) => void;
};

/** One try to get from a room number and a secret to an open pipe: join, prove, be admitted, connect, fall back. */
export class Link {
  private readonly request: LinkRequest;
  private readonly handlers: LinkHandlers;
  private readonly nonce: Uint8Array;
  private readonly signaling: Signaling;
  private readonly meeting: Meeting;
  private config: ViewerConfig = { iceServers: [], mjpeg: true };
  private peer: Peer | undefined;
  private mjpeg: SignalingPipe | undefined;
  private role: Role | undefined;
  private hasAnswer: boolean = false;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private readonly held = new HeldMessages(() => this.unusedPipeClosed());
  private phase: "arriving" | "open" | "over" = "arriving";

  constructor(request: LinkRequest, handlers: LinkHandlers) {
    this.request = request;
    this.handlers = handlers;
    this.nonce = request.randomBytes(NONCE_BYTES);
    this.signaling = new Signaling(request.base, {
      signal: (data) => this.meeting.receive(data),
      hostPresent: (present) => this.hostPresence(present),
      lost: () => this.signalingLost(),
    });
    const { room, proof, randomBytes } = request;
    const transmit = (data: Uint8Array) => this.signaling.send(data);
    this.meeting = new Meeting(
      { room, nonce: this.nonce, proof, randomBytes, transmit },
      {
        proven: () => this.proven(),
        message: (message) => this.met(message),
        failed: (reason) => this.refused(reason),
      },
    );
  }

  async start(): Promise<void> {
    const [connected, config] = await Promise.all([this.signaling.connect(), this.request.config]);
    this.config = config;
    if (!connected) {
      this.fail({ kind: "problem", problem: "server-unreachable" });
      return;
    }
    if (this.phase === "over") return;
    this.limit(LIMITS.proof, { kind: "problem", problem: "no-answer" });
    const joined = await this.signaling.join(this.request.room, this.nonce);
    if (!joined.ok) this.fail({ kind: "problem", problem: joinProblem(joined.error) });
  }

  /** Gives up, or leaves: pipe, connection, socket and timer end. Nothing is called after it. */
  close(): void {
    this.phase = "over";
    clearTimeout(this.deadline);
    this.held.drop();
    this.peer?.close();
    this.mjpeg?.close();
    this.signaling.close();
  }

  private proven(): void {
    this.limit(LIMITS.admission, { kind: "problem", problem: "no-answer" });
    const peer = this.request.path === "mjpeg" ? undefined : this.openPeer();
    this.peer = peer;
    this.meeting.send({ kind: "introduce", label: this.request.label, onlyMjpeg: peer === undefined });
    if (peer === undefined) return;
    this.held.listenTo(peer.pipe, () => void this.channelOpened(peer));
    // While the host still decides: approval then costs no time for candidates.
    peer.offer().catch(() => peer.pipe.end("this browser could not make an offer"));
  }

  private openPeer(): Peer | undefined {
    if (!hasWebRtc()) return undefined;
    try {
      return new Peer(this.config.iceServers, {
        offer: (sdp) => this.meeting.send({ kind: "offer", attempt: ATTEMPT, sdp }),
        candidate: (mid, candidate) => this.meeting.send({ kind: "candidate", attempt: ATTEMPT, mid, candidate }),
      });
    } catch {
      // Forbidden by a policy of this browser, or it does not understand the server's ICE settings.
      return undefined;
    }
  }

  private met(message: MeetingMessage): void {
    if (this.phase === "over") return;
    switch (message.kind) {
      case "asking":
        if (this.phase !== "arriving") return;
        this.limit(LIMITS.approval, { kind: "refused", reason: "no-answer" });
        this.handlers.asking();
        return;
      case "admitted":
        if (this.role === undefined) this.admitted(message.role, message.resumeSecret);
        return;
      case "refused":
        if (this.role === undefined) this.refused(message.reason);
        else if (this.phase === "arriving") this.fail({ kind: "mjpeg-refused" });
        return;
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
      case "introduce":
      case "offer":
      case "want-mjpeg":
        // Only a viewer says these.
        this.refused("protocol-error");
    }
  }

  private admitted(role: Role, resumeSecret: Uint8Array): void {
    this.role = role;
    this.handlers.admitted(resumeSecret);
    if (this.peer === undefined) {
      this.fallBack();
    } else if (this.peer.pipe.state === "open") {
      void this.channelOpened(this.peer);
    } else if (this.peer.pipe.state === "closed") {
      this.fallBack();
    } else {
      this.handlers.progress(this.hasAnswer ? "ice" : "answer");
      this.limit(LIMITS.channel, () => this.fallBack());
    }
  }

  private async answered(peer: Peer, sdp: string): Promise<void> {
    this.hasAnswer = true;
    if (this.role !== undefined && this.phase === "arriving") this.handlers.progress("ice");
    try {
      await peer.answer(sdp);
    } catch {
      // An answer that is no SDP or does not fit the offer, unless the connection was given up meanwhile.
      if (peer === this.peer) this.refused("protocol-error");
    }
  }

  private async channelOpened(peer: Peer): Promise<void> {
    if (this.role === undefined) return;
    peer.pipe.path = await peer.path();
    if (peer === this.peer) this.opened(peer.pipe, undefined);
  }

  private fallBack(): void {
    const unused = this.peer;
    this.peer = undefined;
    unused?.close();
    if (this.request.path === "direct") {
      this.fail({ kind: "no-path" });
    } else if (this.config.mjpeg) {
      this.limit(LIMITS.mjpeg, { kind: "mjpeg-refused" });
      this.mjpeg = new SignalingPipe({
        send: (bytes) => this.meeting.send({ kind: "message", bytes }),
        unsentMessages: () => this.signaling.unsentMessages,
      });
      // The host's first messages may come before the token does: they are held until then.
      this.held.listenTo(this.mjpeg, () => {});
      this.meeting.send({ kind: "want-mjpeg" });
    } else {
      this.fail({ kind: "mjpeg-refused" });
    }
  }

  private pictureUrl(token: string): string {
    return new URL(MJPEG_PREFIX.slice(1) + token, this.request.base).href;
  }

  private opened(pipe: Pipe, pictureUrl: string | undefined): void {
    const { role } = this;
    if (this.phase !== "arriving" || role === undefined) return;
    this.phase = "open";
    clearTimeout(this.deadline);
    this.handlers.progress("picture");
    this.handlers.open({ pipe, role, pictureUrl, listen: (receiver) => this.held.handTo(receiver) });
  }

  private unusedPipeClosed(): void {
    // Before the admission nothing is lost yet: `admitted` finds the pipe closed.
    if (this.phase === "arriving" && this.peer !== undefined && this.role !== undefined) this.fallBack();
  }

  private signalingLost(): void {
    this.mjpeg?.end("the connection to the server was lost");
    // With both ends' candidates exchanged, a channel may still open; its own limit ends that.
    const connecting = this.role !== undefined && this.peer !== undefined;
    if (this.phase === "arriving" && !connecting) this.fail({ kind: "problem", problem: "server-unreachable" });
  }

  private hostPresence(present: boolean): void {
    if (this.phase === "over") return;
    if (this.phase === "arriving" && !present) {
      this.limit(LIMITS.admission, { kind: "problem", problem: "no-answer" });
    }
    this.handlers.hostPresent(present);
  }

  private refused(reason: CloseReason): void {
    this.fail({ kind: "refused", reason });
  }

  private limit(limitMs: number, then: LinkFailure | (() => void)): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => (typeof then === "function" ? then() : this.fail(then)), limitMs);
  }

  private fail(failure: LinkFailure): void {
    if (this.phase !== "arriving") return;
    this.close();
    this.handlers.failed(failure);
  }
}

function joinProblem(error: string): ServerProblem {
  switch (error) {
    case "no-such-room":
    case "busy":
    case "too-many":
      return error;
    default:
      return "server-unreachable";
  }
}
