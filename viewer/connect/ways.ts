import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { type Transport, transcriptHash } from "../../protocol/crypto/transcript.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { MeetingMessage, PathHeld, PeerWay, RelayInvitation } from "../../protocol/meeting.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import { type IceServer, MJPEG_PREFIX, type ViewerConfig } from "../../protocol/signaling.ts";
import type { ConnectReport, StepReason } from "../core/connect-report.ts";
import { Ladder, type LadderEffect } from "../core/ladder.ts";
import type { LinkFailure } from "../core/link-failure.ts";
import type { PathWish } from "../core/page-parameters.ts";
import { hasWebRtc, Peer } from "./peer.ts";
import { PipeOutlet, type Receiver } from "./pipe-outlet.ts";
import { RelayPipe } from "./relay-pipe.ts";
import { SignalingPipe } from "./signaling-pipe.ts";

export type WaysOptions = {
  /** The directory of the page. */
  readonly base: URL;
  readonly path: PathWish;
  /** The session was lost and comes back: every way is tried at once. */
  readonly hurry: boolean;
  readonly config: ViewerConfig;
  /** What the two ends proved: every pipe is sealed by it. */
  readonly proven: Proven;
  readonly openAead: OpenAead;
  readonly nowMs: () => number;
  readonly report: Pick<ConnectReport, "started" | "succeeded" | "failed" | "notUsed">;
  /** Seals a message for the host and sends it through the signaling server. */
  readonly say: (message: MeetingMessage) => void;
  /** Messages to the signaling server that wait for the network. */
  readonly unsentMessages: () => number;
};

export type OpenWay = {
  readonly pipe: Pipe;
  /** Where the picture comes from when the pipe does not carry it. */
  readonly pictureUrl: string | undefined;
  /** To be called once, before anything is said on the pipe. */
  readonly listen: (receiver: Receiver) => void;
};

export type WaysHandlers = {
  /** The first way, and after it only better ones. */
  readonly open: (way: OpenWay) => void;
  /** Called at most once, and never after `open`: every way that may be tried was. */
  readonly failed: (failure: LinkFailure) => void;
};

/** One rung being tried, or open. */
type Attempt = {
  readonly path: Path;
  /** The pipe's epoch: each is used once in a meeting. */
  readonly number: number;
  readonly end: () => void;
  readonly peer?: { readonly connection: Peer; offerSdp: string };
  readonly signaling?: SignalingPipe;
  /** There once its pipe is open, until the ladder says that it is used. */
  ready?: OpenWay;
};

/** Carries out what the ladder decides: makes the connections of each rung, and hands over the pipes that open. */
export class Ways {
  private readonly options: WaysOptions;
  private readonly handlers: WaysHandlers;
  private readonly ladder: Ladder;
  private attempts: readonly Attempt[] = [];
  private counted = 0;
  private turnServers: readonly IceServer[] = [];
  private isAdmitted: boolean = false;
  private anyUsed: boolean = false;
  /** Said to this page in so many words by the host, and more telling than that every way was tried. */
  private refusal: LinkFailure | undefined;
  private over: boolean = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WaysOptions, handlers: WaysHandlers) {
    this.options = options;
    this.handlers = handlers;
    const { path, hurry, config } = options;
    this.ladder = new Ladder({ path, hurry, server: config, hasWebRtc: hasWebRtc() });
  }

  /** Nothing sealed is possible: only an unsealed picture can work. */
  get onlyMjpeg(): boolean {
    return this.ladder.onlyMjpeg;
  }

  /** Sends the first offer while the host still decides: its approval then costs no time for candidates. */
  begin(): void {
    this.goOn();
  }

  /**
   * The host lets this viewer in: from now on pipes may open, and there is a limit to the search for one.
   * @param held the one way that the host holds to; where this page holds another, the host refuses that in words
   */
  admit(held: PathHeld): void {
    const { report, nowMs } = this.options;
    this.isAdmitted = true;
    this.ladder.admitted(held, nowMs());
    // Until now nobody could answer: its time counts from here.
    if (this.attempts.some(({ path }) => path === "direct")) report.started("direct", nowMs());
    this.goOn();
  }

  /** What the host says about the ways. */
  hear(message: MeetingMessage): void {
    switch (message.kind) {
      case "ice":
        this.turnServers = message.servers.filter(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
        this.ladder.iceSaid(message.policy, this.turnServers.length > 0);
        this.goOn();
        return;
      case "answer":
        void this.answered(this.attempt(message.attempt), message.sdp);
        return;
      case "candidate":
        this.attempt(message.attempt)?.peer?.connection.addCandidate(message.mid, message.candidate);
        return;
      case "message":
        this.attempts.find(({ signaling }) => signaling !== undefined)?.signaling?.receive(message.bytes);
        return;
      case "mjpeg":
        this.mjpegOffered(message.token);
        return;
      case "relay":
        this.meetAtRelay(this.attempt(message.attempt), message);
        return;
      case "refused":
        this.refusal = { kind: "mjpeg-refused" };
        this.failed("mjpeg", "refused");
    }
  }

  /** The signaling server is gone. False: nothing is left that could work without it. */
  signalingLost(): boolean {
    for (const { signaling } of this.attempts) signaling?.end("the connection to the server was lost");
    // With both ends' candidates exchanged a channel may still open, and so may a relay whose ticket is here; their own
    // limits end that.
    return this.isAdmitted && this.attempts.length > 0;
  }

  /** Pipes, connections and timer end; nothing is called after it. */
  close(): void {
    this.over = true;
    clearTimeout(this.timer);
    for (const attempt of this.attempts) attempt.end();
    this.attempts = [];
  }

  private goOn(): void {
    if (this.over) return;
    clearTimeout(this.timer);
    for (const effect of this.ladder.next(this.options.nowMs())) if (!this.over) this.carryOut(effect);
    if (this.over) return;
    if (this.ladder.isExhausted && !this.anyUsed) return this.fail();
    const dueMs = this.ladder.dueAtMs();
    if (dueMs !== undefined) this.timer = setTimeout(() => this.goOn(), Math.max(dueMs - this.options.nowMs(), 0));
  }

  private carryOut(effect: LadderEffect): void {
    const { report, nowMs } = this.options;
    const { path } = effect;
    switch (effect.do) {
      case "start":
        report.started(path, nowMs(), effect.limitMs);
        this.start(path);
        return;
      case "use":
        this.use(path);
        return;
      case "stop":
        report.failed(path, nowMs(), effect.reason);
        this.end(path);
        return;
      case "leave":
        report.notUsed(path, effect.reason);
        this.end(path);
    }
  }

  private start(path: Path): void {
    this.counted += 1;
    const number = this.counted;
    switch (path) {
      case "direct":
      case "turn":
        this.startPeer(path, number);
        return;
      case "relay":
        this.attempts = [...this.attempts, { path, number, end: () => {} }];
        this.options.say({ kind: "want-relay", attempt: number });
        return;
      case "mjpeg":
        this.startMjpeg(number);
    }
  }

  private startPeer(way: PeerWay, number: number): void {
    const { config, say } = this.options;
    let connection: Peer;
    try {
      connection = new Peer(way, way === "direct" ? config.iceServers : this.turnServers, {
        offer: (sdp) => {
          const attempt = this.attempt(number);
          if (attempt?.peer !== undefined) attempt.peer.offerSdp = sdp;
          say({ kind: "offer", attempt: number, way, sdp });
        },
        candidate: (mid, candidate) => say({ kind: "candidate", attempt: number, mid, candidate }),
        noWay: () => this.failed(way, "no-way-found"),
      });
    } catch {
      // Forbidden by a policy of this browser, or it does not understand the server's ICE settings.
      this.ladder.failed(way, "not-understood");
      return;
    }
    const attempt: Attempt = {
      path: way,
      number,
      end: () => connection.close(),
      peer: { connection, offerSdp: "" },
    };
    this.attempts = [...this.attempts, attempt];
    connection.offer().catch(() => this.failed(way, "not-understood"));
  }

  private async answered(attempt: Attempt | undefined, answerSdp: string): Promise<void> {
    const { peer } = attempt ?? {};
    if (attempt === undefined || peer === undefined || !peer.connection.expectsAnswer) return;
    try {
      const pipe = this.seal(peer.connection.pipe, attempt.number, {
        kind: "webrtc",
        offerSdp: peer.offerSdp,
        answerSdp,
      });
      this.listen(attempt, pipe, undefined);
      await peer.connection.answer(answerSdp);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof DOMException)) throw error;
      this.failed(attempt.path, "not-understood");
    }
  }

  private meetAtRelay(attempt: Attempt | undefined, { url, ticket }: RelayInvitation): void {
    if (attempt?.path !== "relay") return;
    if (ticket === "") {
      if (this.options.path === "relay") this.refusal = { kind: "refused", reason: "path-refused" };
      this.failed("relay", "refused");
      return;
    }
    // In the shape of a URL, but perhaps with a port or an address that cannot be.
    if (url !== "" && !URL.canParse(url)) return this.failed("relay", "not-understood");
    const missed = { pictures: () => {} };
    const inner = new RelayPipe(url === "" ? this.options.base : new URL(url), ticket);
    const pipe = this.seal(inner, attempt.number, { kind: "relay", epoch: attempt.number }, () => missed.pictures());
    const joined: Attempt = { ...attempt, end: () => pipe.close() };
    this.attempts = this.attempts.map((one) => (one === attempt ? joined : one));
    const outlet = this.listen(joined, pipe, undefined);
    missed.pictures = () => outlet.missedPictures();
  }

  private startMjpeg(number: number): void {
    const { say, unsentMessages } = this.options;
    const signaling = new SignalingPipe({ send: (bytes) => say({ kind: "message", bytes }), unsentMessages });
    this.attempts = [...this.attempts, { path: "mjpeg", number, signaling, end: () => signaling.close() }];
    say({ kind: "want-mjpeg" });
  }

  private mjpegOffered(token: string): void {
    if (token === "") {
      this.refusal = { kind: "mjpeg-refused" };
      this.failed("mjpeg", "refused");
      return;
    }
    const attempt = this.attempts.find(({ signaling }) => signaling !== undefined);
    if (attempt?.signaling === undefined) return;
    this.listen(attempt, attempt.signaling, new URL(MJPEG_PREFIX.slice(1) + token, this.options.base).href);
  }

  private listen(attempt: Attempt, pipe: Pipe, pictureUrl: string | undefined): PipeOutlet {
    const outlet = new PipeOutlet(pipe, {
      opened: () => {
        this.opened(attempt, { pipe, pictureUrl, listen: (receiver) => outlet.handTo(receiver) });
      },
      closed: () => {
        // Whoever uses a pipe hears of its end there; all that is left to do here is to free what it ran over.
        this.attempts = this.attempts.filter((one) => one !== attempt);
        attempt.end();
        this.failed(attempt.path, "closed");
      },
    });
    return outlet;
  }

  private opened(attempt: Attempt, way: OpenWay): void {
    if (this.over || !this.attempts.includes(attempt)) return;
    const { report, nowMs } = this.options;
    report.succeeded(attempt.path, nowMs());
    attempt.ready = way;
    this.ladder.opened(attempt.path);
    this.goOn();
  }

  private use(path: Path): void {
    const attempt = this.attempts.find((one) => one.path === path && one.ready !== undefined);
    if (attempt?.ready === undefined) return;
    const way = attempt.ready;
    delete attempt.ready;
    this.anyUsed = true;
    this.handlers.open(way);
  }

  private failed(path: Path, reason: StepReason): void {
    if (this.over) return;
    this.ladder.failed(path, reason);
    this.goOn();
  }

  private attempt(number: number): Attempt | undefined {
    return this.attempts.find((one) => one.number === number);
  }

  private end(path: Path): void {
    const ended = this.attempts.filter((one) => one.path === path);
    this.attempts = this.attempts.filter((one) => one.path !== path);
    for (const attempt of ended) attempt.end();
  }

  private seal(inner: Pipe, epoch: number, transport: Transport, missedPictures = () => {}): SealedPipe {
    const { proven, openAead } = this.options;
    const transcript = transcriptHash(proven.transcript, transport);
    return new SealedPipe(inner, { side: "viewer", keys: proven.keys, transcript, epoch, openAead, missedPictures });
  }

  private fail(): void {
    const failure = this.refusal ?? { kind: "no-path" };
    this.close();
    this.handlers.failed(failure);
  }
}
