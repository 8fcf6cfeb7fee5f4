import type { Role } from "../../protocol/control.ts";
import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { MeetingMessage, PathHeld } from "../../protocol/meeting.ts";
import { NONCE_BYTES, type ViewerConfig } from "../../protocol/signaling.ts";
import type { LinkFailure, ServerProblem } from "../core/link-failure.ts";
import type { ConnectStage } from "../core/session-state.ts";
import { Meeting, type Proof } from "./meeting.ts";
import { Signaling } from "./signaling.ts";
import { type OpenWay, Ways, type WaysOptions } from "./ways.ts";

/** Each silence that a person would otherwise sit through, ms. The search for a way has its own (ways.ts). */
const LIMITS = {
  /** A host that is there greets at once; then two short messages each way. */
  proof: 10_000,
  /** Without a question to a person, admission follows the proof at once. */
  admission: 10_000,
  /** The host gives its person 30 s. */
  approval: 45_000,
} as const;

export type LinkRequest = {
  /** The directory of the page. */
  readonly base: URL;
  readonly config: Promise<ViewerConfig>;
  readonly room: string;
  readonly proof: Proof;
  /** What the person at the host reads about this viewer. */
  readonly label: string;
  readonly path: WaysOptions["path"];
  readonly randomBytes: (length: number) => Uint8Array;
  readonly openAead: OpenAead;
};

export type OpenLink = OpenWay & { readonly role: Role };

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
  private config: ViewerConfig = { iceServers: [], mjpeg: true, relay: true };
  private ways: Ways | undefined;
  private role: Role | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
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
        proven: (proven) => this.proven(proven),
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
    this.ways?.close();
    this.signaling.close();
  }

  private proven(proven: Proven): void {
    this.limit(LIMITS.admission, { kind: "problem", problem: "no-answer" });
    const { base, path, label } = this.request;
    const say = (message: MeetingMessage) => this.meeting.send(message);
    const unsentMessages = () => this.signaling.unsentMessages;
    const ways = new Ways(
      { base, path, config: this.config, proven, openAead: this.request.openAead, say, unsentMessages },
      {
        progress: this.handlers.progress,
        open: (way) => this.opened(way),
        failed: (failure) => this.fail(failure),
      },
    );
    this.ways = ways;
    say({ kind: "introduce", label, onlyMjpeg: ways.onlyMjpeg });
    ways.begin();
  }

  private met(message: MeetingMessage): void {
    if (this.phase === "over") return;
    switch (message.kind) {
      case "asking":
        // After the admission it is about an unsealed picture, and that wait has its own limit.
        if (this.role === undefined) this.limit(LIMITS.approval, { kind: "refused", reason: "no-answer" });
        if (this.phase === "arriving") this.handlers.asking();
        return;
      case "admitted":
        if (this.role === undefined) this.admitted(message.role, message.path, message.resumeSecret);
        return;
      case "refused":
        if (this.role === undefined) this.refused(message.reason);
        else this.ways?.hear(message);
        return;
      case "answer":
      case "candidate":
      case "message":
      case "mjpeg":
      case "relay":
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
    this.handlers.admitted(resumeSecret);
    this.ways?.admit(path);
  }

  private opened(way: OpenWay): void {
    const { role } = this;
    if (this.phase !== "arriving" || role === undefined) return;
    this.phase = "open";
    this.handlers.progress("picture");
    this.handlers.open({ ...way, role });
  }

  private signalingLost(): void {
    const mayStillOpen = this.ways?.signalingLost() ?? false;
    if (this.phase === "arriving" && !mayStillOpen) this.fail({ kind: "problem", problem: "server-unreachable" });
  }

  private hostPresence(present: boolean): void {
    if (this.phase === "over") return;
    if (this.role === undefined && !present) {
      this.limit(LIMITS.admission, { kind: "problem", problem: "no-answer" });
    }
    this.handlers.hostPresent(present);
  }

  private refused(reason: CloseReason): void {
    this.fail({ kind: "refused", reason });
  }

  private limit(limitMs: number, failure: LinkFailure): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.fail(failure), limitMs);
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
