import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { InputInjector } from "../input/driver.ts";
import type { PictureStream } from "../pipeline/picture-stream.ts";
import type { Meeting } from "./meeting.ts";
import { SeatWays, type WaysPorts } from "./seat-ways.ts";
import { ViewerLink } from "./viewer-link.ts";

/** From being let in (or from a broken pipe's return) to an open pipe; the viewer gives up a little sooner. */
const CONNECT_LIMIT_MS = 35_000;

/** Silence of the person at the host is a refusal. */
export const ANSWER_LIMIT_MS = 30_000;

/** What a seat needs of the host around it. */
export type SeatPorts = WaysPorts & {
  readonly openStream: (pipe: Pipe) => PictureStream;
  readonly closeStream: (stream: PictureStream) => void;
  readonly displaySize: () => Size;
  readonly injector: InputInjector;
  readonly nowMs: () => number;
  /** The link asks the desk to look again. */
  readonly progress: () => void;
};

export type SeatEvents = {
  /** A pipe is open, and with it the way for picture and input. */
  readonly live: (path: Path) => void;
  readonly roundTrip: (path: Path, rttMs: number) => void;
  readonly asksControl: () => void;
  /** Input, or a receipt for a picture. */
  readonly signOfLife: () => void;
  /** WebRTC does not work there: may the picture go out unsealed? Answer with `answerMjpeg`. */
  readonly wantsMjpeg: () => void;
  /** That question needs no answer any more: whoever it was about has gone, or tries again. */
  readonly mjpegWithdrawn: () => void;
  /** Nothing but an unsealed picture would reach this viewer, and the host's policy forbids it. */
  readonly unsealedRefused: () => void;
  readonly wishes: (quality: number) => void;
  /** The viewer is lost without a word; how long the seat waits for it is the host's business. */
  readonly away: () => void;
  readonly gone: (reason: CloseReason) => void;
};

type State =
  | { readonly at: "connecting"; readonly timer: NodeJS.Timeout }
  | { readonly at: "live"; readonly link: ViewerLink }
  | { readonly at: "away" }
  | { readonly at: "gone" };

/**
 * The place of one admitted viewer. It outlives its pipes: when one breaks, the viewer comes back through a new
 * meeting with the resume secret and finds role and seat as they were.
 */
export class Seat {
  readonly id: string;
  readonly label: string;
  readonly from: string;
  role: Role;
  private mjpegAllowed: boolean;
  private readonly mjpegAskable: boolean;
  private mjpegQuestion: NodeJS.Timeout | undefined;
  private readonly ports: SeatPorts;
  private readonly events: SeatEvents;
  private state: State;
  private meeting: Meeting | undefined;
  /** A viewer that was here may come back, and try again when a way back fails. */
  private wasLive = false;
  private readonly ways: SeatWays;
  private paused = false;
  private inputAllowed = true;

  constructor(options: {
    id: string;
    label: string;
    from: string;
    role: Role;
    mjpegAllowed: boolean;
    /** The person at the host may still be asked about an unsealed picture. */
    mjpegAskable: boolean;
    ports: SeatPorts;
    events: SeatEvents;
  }) {
    this.id = options.id;
    this.label = options.label;
    this.from = options.from;
    this.role = options.role;
    this.mjpegAllowed = options.mjpegAllowed;
    this.mjpegAskable = options.mjpegAskable;
    this.ports = options.ports;
    this.events = options.events;
    this.ways = new SeatWays(options.ports, (pipe, opened) => this.attach(pipe, opened));
    this.state = { at: "connecting", timer: this.connectTimer() };
  }

  get isGone(): boolean {
    return this.state.at === "gone";
  }

  /** Whether somebody is there right now, or at least on the way in. */
  get isPresent(): boolean {
    return this.state.at === "connecting" || this.state.at === "live";
  }

  get path(): Path | undefined {
    return this.state.at === "live" ? this.state.link.pipe.path : undefined;
  }

  /** The viewer is (again) in a proven meeting; it hears its role and the secret to come back with next time. */
  welcome(meeting: Meeting, resumeSecret: Uint8Array): void {
    this.meeting?.end("viewer-left");
    this.meeting = meeting;
    this.ways.meet(meeting);
    if (this.state.at === "away") this.state = { at: "connecting", timer: this.connectTimer() };
    else if (this.state.at === "connecting") this.state.timer.refresh();
    meeting.send({ kind: "admitted", role: this.role, path: this.ports.path, resumeSecret });
  }

  /** A sealed word of the viewer, after it was admitted. */
  hear(meeting: Meeting, message: MeetingMessage): void {
    if (meeting !== this.meeting || this.state.at === "gone") return;
    switch (message.kind) {
      case "offer":
        return this.ways.offer(message.attempt, message.sdp);
      case "candidate":
        return this.ways.candidate(message.attempt, message.mid, message.candidate);
      case "want-relay":
        void this.ways.relay(message.attempt);
        return;
      case "want-mjpeg":
        return this.takeMjpegWish();
      case "message":
        return this.ways.message(message.bytes);
    }
  }

  /** The viewer's socket at the server is gone. A running peer-to-peer pipe does not care. */
  meetingEnded(meeting: Meeting): void {
    if (meeting !== this.meeting) return;
    this.meeting = undefined;
    if (this.endQuestion()) this.events.mjpegWithdrawn();
    this.ways.meet(undefined);
  }

  /** The person at the host has decided about the unsealed picture. False: that was not the question. */
  answerMjpeg(allowed: boolean): boolean {
    if (!this.endQuestion()) return false;
    this.mjpegAllowed = allowed;
    if (allowed) void this.openMjpeg();
    else this.refusePath();
    return true;
  }

  setRole(role: Role): void {
    this.role = role;
    if (this.state.at === "live") this.state.link.setRole(role);
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    if (this.state.at === "live") this.state.link.setPaused(paused);
  }

  setInputAllowed(allowed: boolean): void {
    this.inputAllowed = allowed;
    if (this.state.at === "live") this.state.link.setInputAllowed(allowed);
  }

  resize(size: Size): void {
    if (this.state.at === "live") this.state.link.resize(size);
  }

  /** The seat is given up, now. */
  end(reason: CloseReason): void {
    const state = this.state;
    if (state.at === "gone") return;
    this.state = { at: "gone" };
    if (state.at === "live") state.link.end(reason);
    else if (state.at === "connecting") clearTimeout(state.timer);
    this.leave(reason);
  }

  private takeMjpegWish(): void {
    if (!this.ways.permits("mjpeg")) return this.refusePath();
    if (this.mjpegAllowed) void this.openMjpeg();
    else if (!this.mjpegAskable) {
      if (!this.wasLive) this.events.unsealedRefused();
      this.refusePath();
    } else if (this.mjpegQuestion === undefined) {
      this.mjpegQuestion = setTimeout(() => this.answerMjpeg(false), ANSWER_LIMIT_MS);
      if (this.state.at === "connecting") this.state.timer.refresh();
      this.meeting?.send({ kind: "asking" });
      this.events.wantsMjpeg();
    }
  }

  private async openMjpeg(): Promise<void> {
    if (!(await this.ways.mjpeg())) this.refusePath();
  }

  /** No way for the picture that is allowed. Whoever was here before keeps the seat, and may find a way later. */
  private refusePath(): void {
    if (!this.wasLive) return this.end("path-refused");
    this.meeting?.refuse("path-refused");
    if (this.state.at === "live") this.state.link.end("no-progress");
    else this.lostSight();
  }

  /** Listens to a pipe; when it opens it becomes the seat's link in place of the one before. */
  private attach(pipe: Pipe, opened: () => void): void {
    let link: ViewerLink | undefined;
    pipe.listen({
      opened: () => {
        // First the new link, then the end of what it replaces: that end is no loss then.
        link = this.startLink(pipe);
        opened();
      },
      message: (bytes) => link?.receive(bytes),
      closed: () => link?.end("no-progress"),
    });
  }

  private startLink(pipe: Pipe): ViewerLink {
    const stream = pipe.path === "mjpeg" ? undefined : this.ports.openStream(pipe);
    const link: ViewerLink = new ViewerLink({
      pipe,
      stream,
      role: this.role,
      displaySize: this.ports.displaySize(),
      injector: this.ports.injector,
      nowMs: this.ports.nowMs,
      events: {
        asksControl: this.events.asksControl,
        wishes: this.events.wishes,
        roundTrip: (rttMs) => this.events.roundTrip(pipe.path, rttMs),
        progress: this.ports.progress,
        signOfLife: this.events.signOfLife,
        ended: (reason) => this.linkEnded(link, reason),
      },
    });
    const before = this.state;
    this.state = { at: "live", link };
    this.wasLive = true;
    if (before.at === "live") before.link.end("viewer-left");
    else if (before.at === "connecting") clearTimeout(before.timer);
    if (pipe.path !== "mjpeg") this.ways.endMjpeg();
    if (this.paused) link.setPaused(true);
    link.setInputAllowed(this.inputAllowed);
    this.events.live(pipe.path);
    return link;
  }

  private linkEnded(link: ViewerLink, reason: CloseReason): void {
    if (link.stream !== undefined) this.ports.closeStream(link.stream);
    if (this.state.at !== "live" || this.state.link !== link) return;
    if (reason !== "no-progress") return this.leave(reason);
    this.lostSight();
  }

  /** Nothing open, nothing on its way: the seat waits for its viewer. */
  private lostSight(): void {
    if (this.state.at === "connecting") clearTimeout(this.state.timer);
    this.endQuestion();
    this.ways.free();
    this.state = { at: "away" };
    this.events.away();
  }

  /** False: there was none. */
  private endQuestion(): boolean {
    if (this.mjpegQuestion === undefined) return false;
    clearTimeout(this.mjpegQuestion);
    this.mjpegQuestion = undefined;
    return true;
  }

  private leave(reason: CloseReason): void {
    this.state = { at: "gone" };
    this.endQuestion();
    this.meeting?.refuse(reason);
    this.meeting = undefined;
    this.ways.meet(undefined);
    this.ways.free();
    this.events.gone(reason);
  }

  private connectTimer(): NodeJS.Timeout {
    return setTimeout(() => (this.wasLive ? this.lostSight() : this.end("no-progress")), CONNECT_LIMIT_MS);
  }
}
