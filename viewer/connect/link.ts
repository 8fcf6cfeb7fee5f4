import type { Role } from "../../protocol/control.ts";
import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import { HeldWords } from "../../protocol/held-words.ts";
import type { MeetingMessage, PathHeld } from "../../protocol/meeting.ts";
import { NONCE_BYTES, type ViewerConfig } from "../../protocol/signaling.ts";
import { type ConnectReport, STEP_LIMITS_MS, type StepName } from "../core/connect-report.ts";
import { type LinkFailure, type ServerProblem, stepReason } from "../core/link-failure.ts";
import type { ConnectStage } from "../core/session-state.ts";
import { Meeting, type Proof } from "./meeting.ts";
import { Signaling } from "./signaling.ts";
import { hasWays, type OpenWay, Ways, type WaysOptions } from "./ways.ts";

/** Without a question to a person, admission follows the proof at once. The other limits are the report's. */
const ADMISSION_LIMIT_MS = 10_000;

/** The server is gone: what both ends know of each other by then makes a connection soon, or never. */
const WITHOUT_SERVER_LIMIT_MS = 4_000;

/**
 * What is said to the host while its own connection to the server is away: the server would drop it. It takes a hundred
 * messages of a viewer at once, and more than this many are nobody's conversation. Whoever overflows loses its meeting: the
 * host misses the boxes that were dropped.
 */
const MAX_SAID_MEANWHILE = 64;

/** The same for every link of a page. */
export type LinkSetting = {
  /** The directory of the page. */
  readonly base: URL;
  readonly config: Promise<ViewerConfig>;
  /** What the person at the host reads about this viewer. */
  readonly label: string;
  readonly path: WaysOptions["path"];
  readonly nowMs: () => number;
  /** What happens on the way is told here, step by step. */
  readonly report: ConnectReport;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly openAead: OpenAead;
};

export type LinkRequest = LinkSetting & {
  readonly room: string;
  readonly proof: Proof;
  /** The session was lost and comes back: every way is tried at once. */
  readonly hurry: boolean;
};

export type OpenLink = OpenWay & { readonly role: Role };

export type LinkHandlers = {
  /** The person at the host is being asked. */
  readonly asking: () => void;
  readonly progress: (stage: ConnectStage) => void;
  /** Let in; the secret opens the next link to the same seat. */
  readonly admitted: (resumeSecret: Uint8Array) => void;
  /** The first way that works, and later only better ones. */
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
  private readonly words = new HeldWords(MAX_SAID_MEANWHILE);
  private config: ViewerConfig = { iceServers: [], mjpeg: true, relay: true };
  private ways: Ways | undefined;
  private role: Role | undefined;
  private startedMs = 0;
  /** When the person at the host was asked; undefined: a rule decides. */
  private askedMs: number | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  /** What is being waited for, for the report. */
  private step: StepName = "server";
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
    const transmit = (data: Uint8Array) => this.words.say(() => this.signaling.send(data));
    this.meeting = new Meeting(
      { room, nonce: this.nonce, proof, randomBytes, transmit },
      {
        proven: (proven) => this.proven(proven),
        message: (message) => this.met(message),
        failed: (reason) => this.refused(reason),
      },
    );
  }

  async start(): Promise<void> {
    this.startedMs = this.request.nowMs();
    this.begin("server", STEP_LIMITS_MS.server);
    const [connected, config] = await Promise.all([this.signaling.connect(), this.request.config]);
    this.config = config;
    if (!connected) {
      this.fail({ kind: "problem", problem: "server-unreachable" });
      return;
    }
    if (this.phase === "over") return;
    this.done();
    // Before anybody at the host hears of it, and without using a code.
    if (!hasWays({ ...this.request, config })) return this.fail({ kind: "no-webrtc" });
    this.begin("code", STEP_LIMITS_MS.code);
    this.limit(STEP_LIMITS_MS.code, { kind: "problem", problem: "no-answer" });
    const joined = await this.signaling.join(this.request.room, this.nonce);
    if (!joined.ok) this.fail({ kind: "problem", problem: joinProblem(joined.error) });
  }

  /** There is a picture on the screen: whatever is better now may take over. */
  pictured(): void {
    this.ways?.pictured();
  }

  /** Gives up, or leaves: pipe, connection, socket and timer end. Nothing is called after it. */
  close(): void {
    this.phase = "over";
    clearTimeout(this.deadline);
    this.ways?.close();
    this.signaling.close();
  }

  private proven(proven: Proven): void {
    this.done();
    this.begin("approval", ADMISSION_LIMIT_MS);
    this.limit(ADMISSION_LIMIT_MS, { kind: "problem", problem: "no-answer" });
    const { base, path, hurry, nowMs, report, label, openAead } = this.request;
    const say = (message: MeetingMessage) => this.meeting.send(message);
    const unsentMessages = () => this.signaling.unsentMessages + this.words.count;
    const ways = new Ways(
      { base, path, hurry, nowMs, report, config: this.config, proven, openAead, say, unsentMessages },
      {
        open: (way) => this.opened(way),
        failed: (failure) => this.fail(failure),
      },
    );
    this.ways = ways;
    say({ kind: "introduce", label, onlyMjpeg: ways.onlyMjpeg });
    ways.begin(this.request.nowMs() - this.startedMs);
  }

  private met(message: MeetingMessage): void {
    if (this.phase === "over") return;
    switch (message.kind) {
      case "asking":
        // After the admission it is about an unsealed picture, and that wait has its own limit.
        if (this.role === undefined) {
          this.askedMs = this.request.nowMs();
          this.begin("approval", STEP_LIMITS_MS.approval);
          this.limitAnswer(this.askedMs);
        }
        if (this.phase === "arriving") this.handlers.asking();
        return;
      case "admitted":
        if (this.role === undefined) this.admitted(message.role, message.path, message.resumeSecret);
        return;
      case "refused":
        // After the admission this one is about the unsealed picture only: it is not permitted, or the server has none.
        if (this.role !== undefined && message.reason === "path-refused") this.ways?.hear(message);
        else this.refused(message.reason);
        return;
      case "answer":
      case "candidate":
      case "message":
      case "mjpeg":
      case "relay":
      case "ice":
        this.ways?.hear(message);
        return;
      case "introduce":
      case "offer":
      case "want-mjpeg":
      case "want-relay":
        // Only a viewer says these.
        this.refused("protocol-error");
    }
  }

  private admitted(role: Role, path: PathHeld, resumeSecret: Uint8Array): void {
    this.role = role;
    clearTimeout(this.deadline);
    if (this.askedMs !== undefined) this.done();
    else this.request.report.notUsed("approval", "not-needed");
    this.handlers.admitted(resumeSecret);
    this.handlers.progress("ways");
    this.ways?.admit(path, this.askedMs === undefined ? this.request.nowMs() - this.startedMs : undefined);
  }

  private opened(way: OpenWay): void {
    const { role } = this;
    if (this.phase === "over" || role === undefined) return;
    this.phase = "open";
    this.handlers.progress("picture");
    this.handlers.open({ ...way, role });
  }

  private signalingLost(): void {
    const mayStillOpen = this.ways?.signalingLost() ?? false;
    if (this.phase !== "arriving") return;
    const failure = { kind: "problem", problem: "server-unreachable" } as const;
    if (mayStillOpen) this.limit(WITHOUT_SERVER_LIMIT_MS, failure);
    else this.fail(failure);
  }

  private hostPresence(present: boolean): void {
    if (this.phase === "over") return;
    if (this.role === undefined) {
      if (!present) this.limit(ADMISSION_LIMIT_MS, { kind: "problem", problem: "no-answer" });
      // The question still stands there: its person has as long as before.
      else if (this.askedMs !== undefined) this.limitAnswer(this.askedMs);
    }
    // The host has another connection: what it was asked on the one before, nobody will answer.
    if (this.step === "code" && present) return this.fail({ kind: "problem", problem: "host-moved" });
    // Whoever is back is the same host: nobody else has the room's owner token.
    if (present) this.words.release();
    else this.words.hold();
    this.handlers.hostPresent(present);
  }

  private refused(reason: CloseReason): void {
    this.fail({ kind: "refused", reason });
  }

  private begin(step: StepName, limitMs: number): void {
    const { report, nowMs } = this.request;
    this.step = step;
    report.started(step, nowMs(), limitMs);
  }

  private done(): void {
    const { report, nowMs } = this.request;
    report.succeeded(this.step, nowMs());
  }

  private limit(limitMs: number, failure: LinkFailure): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.fail(failure), limitMs);
  }

  private limitAnswer(askedMs: number): void {
    const leftMs = askedMs + STEP_LIMITS_MS.approval - this.request.nowMs();
    this.limit(Math.max(leftMs, 0), { kind: "refused", reason: "no-answer" });
  }

  private fail(failure: LinkFailure): void {
    if (this.phase !== "arriving") return;
    const { report, nowMs } = this.request;
    if (this.role === undefined && failure.kind !== "no-webrtc") report.failed(this.step, nowMs(), stepReason(failure));
    // The host refuses before anything is tried when only an unsealed picture could work.
    if (failure.kind === "refused" && failure.reason === "path-refused" && this.ways?.onlyMjpeg) {
      report.notUsed("mjpeg", "host-has-it-off");
    }
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
