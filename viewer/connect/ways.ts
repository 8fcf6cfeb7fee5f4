import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../protocol/crypto/transcript.ts";
import type { MeetingMessage, PathHeld } from "../../protocol/meeting.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { IceServer, ViewerConfig } from "../../protocol/signaling.ts";
import type { ConnectReport, StepReason } from "../core/connect-report.ts";
import { Ladder, type LadderEffect } from "../core/ladder.ts";
import type { LinkFailure } from "../core/link-failure.ts";
import type { PathWish } from "../core/page-parameters.ts";
import type { Attempt, AttemptParts } from "./attempt.ts";
import { MjpegAttempt } from "./mjpeg-attempt.ts";
import { hasWebRtc } from "./peer.ts";
import { PeerAttempt } from "./peer-attempt.ts";
import { PipeOutlet, type Receiver } from "./pipe-outlet.ts";
import { RelayAttempt } from "./relay-attempt.ts";

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

/** False: whoever the host is, this browser has no WebRTC, and nothing else that the page may use is open to it. */
export function hasWays(options: Pick<WaysOptions, "path" | "hurry" | "config" | "nowMs" | "report">): boolean {
  const { path, hurry, config, nowMs, report } = options;
  const ladder = new Ladder({ path, hurry, server: config, hasWebRtc: hasWebRtc() });
  if (!ladder.isExhausted) return true;
  for (const effect of ladder.next(nowMs())) if (effect.do === "leave") report.notUsed(effect.path, effect.reason);
  return false;
}

/** Carries out what the ladder decides: makes an attempt on each rung, and hands over the pipes that open. */
export class Ways {
  private readonly options: WaysOptions;
  private readonly handlers: WaysHandlers;
  private readonly ladder: Ladder;
  /** The ladder tries each rung once at a time. */
  private readonly attempts = new Map<Path, Attempt>();
  /** Pipes that are open, until the ladder says that they are used. */
  private readonly ready = new Map<Path, OpenWay>();
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

  /**
   * Sends the first offer while the host still decides: its approval then costs no time for candidates.
   * @param tookMs from the first word to the server
   */
  begin(tookMs: number): void {
    this.ladder.begun(this.options.nowMs(), tookMs);
    this.goOn();
  }

  /**
   * The host lets this viewer in: from now on pipes may open, and there is a limit to the search for one.
   * @param held the one way that the host holds to; where this page holds another, the host refuses that in words
   * @param tookMs to get so far, if no person was asked on the way
   */
  admit(held: PathHeld, tookMs: number | undefined): void {
    const { report, nowMs } = this.options;
    this.isAdmitted = true;
    this.ladder.admitted(held, nowMs(), tookMs);
    // Until now nobody could answer: its time counts from here.
    for (const path of this.attempts.keys()) report.started(path, nowMs());
    this.goOn();
  }

  /** The picture of the way in use is on the screen. */
  pictured(): void {
    if (this.ladder.pictured()) this.goOn();
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
      case "candidate":
      case "relay":
        for (const attempt of this.attempts.values()) if (attempt.number === message.attempt) attempt.hear(message);
        return;
      case "mjpeg":
        if (message.token === "") this.failed("mjpeg", "refused");
        else this.attempts.get("mjpeg")?.hear(message);
        return;
      case "message":
        this.attempts.get("mjpeg")?.hear(message);
        return;
      case "refused":
        this.failed("mjpeg", "refused");
    }
  }

  /** The signaling server is gone. False: nothing is left that could work without it. */
  signalingLost(): boolean {
    this.ladder.restNoMore();
    for (const attempt of [...this.attempts.values()]) attempt.signalingLost();
    return this.isAdmitted && this.attempts.size > 0;
  }

  /** Pipes, connections and timer end; nothing is called after it. */
  close(): void {
    this.over = true;
    clearTimeout(this.timer);
    for (const path of [...this.attempts.keys()]) this.end(path);
  }

  private goOn(): void {
    if (this.over) return;
    for (const effect of this.ladder.next(this.options.nowMs())) if (!this.over) this.carryOut(effect);
    if (this.over) return;
    if (this.ladder.isExhausted && !this.anyUsed) return this.fail();
    const dueMs = this.ladder.dueAtMs();
    // What was carried out may have led here, too, and set it.
    clearTimeout(this.timer);
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
    let attempt: Attempt;
    try {
      attempt = this.attempt(path);
    } catch {
      // WebRTC is forbidden by a policy of this browser, or it does not understand the server's ICE settings.
      this.ladder.failed(path, "not-understood");
      return;
    }
    this.attempts.set(path, attempt);
    attempt.begin();
  }

  /** @throws what a browser says that does not make such a connection */
  private attempt(path: Path): Attempt {
    const { base, config, unsentMessages } = this.options;
    this.counted += 1;
    const parts = this.partsFor(path, this.counted);
    switch (path) {
      case "direct":
        return new PeerAttempt(path, config.iceServers, parts);
      case "turn":
        return new PeerAttempt(path, this.turnServers, parts);
      case "relay":
        return new RelayAttempt(base, parts);
      case "mjpeg":
        return new MjpegAttempt(base, unsentMessages, parts);
    }
  }

  private partsFor(path: Path, number: number): AttemptParts {
    const { proven, openAead, say } = this.options;
    return {
      number,
      say,
      seal: (inner, transport, missedPictures = () => {}) => {
        const transcript = transcriptHash(proven.transcript, transport);
        const seal = { keys: proven.keys, transcript, epoch: number, openAead, missedPictures };
        return new SealedPipe(inner, { side: "viewer", ...seal });
      },
      listen: (pipe, pictureUrl) => {
        const outlet = new PipeOutlet(pipe, {
          opened: () => this.opened(path, { pipe, pictureUrl, listen: (receiver) => outlet.handTo(receiver) }),
          closed: () => {
            // Whoever uses a pipe hears of its end there; all that is left to do here is to free what it ran over.
            this.end(path);
            this.failed(path, "closed");
          },
        });
        return outlet;
      },
      failed: (reason) => this.failed(path, reason),
    };
  }

  private opened(path: Path, way: OpenWay): void {
    if (this.over || !this.attempts.has(path)) return;
    const { report, nowMs } = this.options;
    report.succeeded(path, nowMs());
    this.ready.set(path, way);
    this.ladder.opened(path);
    this.goOn();
  }

  private use(path: Path): void {
    const way = this.ready.get(path);
    if (way === undefined) return;
    this.ready.delete(path);
    this.anyUsed = true;
    this.handlers.open(way);
  }

  private failed(path: Path, reason: StepReason): void {
    if (this.over) return;
    if (reason === "refused") this.refused(path);
    this.ladder.failed(path, reason);
    this.goOn();
  }

  private refused(path: Path): void {
    if (path === "mjpeg") this.refusal = { kind: "mjpeg-refused" };
    // Of several ways one that the host does not give is no refusal of the viewer.
    else if (this.options.path === path) this.refusal = { kind: "refused", reason: "path-refused" };
  }

  private end(path: Path): void {
    const attempt = this.attempts.get(path);
    this.attempts.delete(path);
    this.ready.delete(path);
    attempt?.end();
  }

  private fail(): void {
    const failure = this.refusal ?? { kind: "no-path" };
    this.close();
    this.handlers.failed(failure);
  }
}
