import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { Meeting } from "./meeting.ts";
import { type PagesPorts, SeatPages } from "./seat-pages.ts";
import { SeatWays, type WaysPorts } from "./seat-ways.ts";
import { UnsealedWish } from "./unsealed-wish.ts";

/** From being let in (or from a broken pipe's return) to an open pipe; the viewer gives up a little sooner. */
const CONNECT_LIMIT_MS = 35_000;

/** What a seat needs of the host around it. */
export type SeatPorts = WaysPorts &
  PagesPorts & {
    /** A stream will be opened soon: its first picture is made ready. What is returned says that it need not be any more. */
    readonly preparePicture: () => () => void;
  };

export type SeatEvents = {
  /** The session goes on over a pipe of this kind: the first, one after a loss, or a better one. */
  readonly live: (path: Path) => void;
  readonly roundTrip: (path: Path, rttMs: number) => void;
  /** A way was tried in vain, and nothing as good is open; `why` is for people. */
  readonly noWay: (path: Path, why: string) => void;
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

/** Best first. */
const PATHS: readonly Path[] = ["direct", "turn", "relay", "mjpeg"];

type State =
  | { readonly at: "connecting"; readonly timer: NodeJS.Timeout }
  | { readonly at: "live"; readonly path: Path }
  | { readonly at: "away" }
  | { readonly at: "gone" };

/**
 * The place of one admitted viewer. It outlives its pipes: when one breaks, the viewer comes back through a new
 * meeting with the resume secret and finds role and seat as they were. While one works, the viewer may move to a better.
 */
export class Seat {
  readonly id: string;
  readonly label: string;
  readonly from: string;
  private readonly unsealed: UnsealedWish;
  private readonly ports: SeatPorts;
  private readonly events: SeatEvents;
  private state: State;
  private meeting: Meeting | undefined;
  /** A viewer that was here may come back, and try again when a way back fails. */
  private wasLive = false;
  private readonly ways: SeatWays;
  private readonly pages: SeatPages;
  private endPreparing: (() => void) | undefined;

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
    this.unsealed = new UnsealedWish(options);
    this.ports = options.ports;
    this.events = options.events;
    this.ways = new SeatWays(options.ports, (pipe) => this.attach(pipe));
    const { asksControl, wishes, signOfLife } = options.events;
    this.pages = new SeatPages(options.role, options.ports, {
      asksControl,
      wishes,
      signOfLife,
      live: (pipe) => this.live(pipe),
      roundTrip: (rttMs) => {
        if (this.state.at === "live") this.events.roundTrip(this.state.path, rttMs);
      },
      lost: () => {
        if (this.state.at === "live") this.lostSight();
      },
      ended: (reason) => this.leave(reason),
    });
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
    return this.state.at === "live" ? this.state.path : undefined;
  }

  get role(): Role {
    return this.pages.role;
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
        void this.ways.offer(message.attempt, message.way, message.sdp);
        return;
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
    if (this.unsealed.withdraw()) this.events.mjpegWithdrawn();
    this.ways.meet(undefined);
  }

  /** The person at the host has decided about the unsealed picture. False: that was not the question. */
  answerMjpeg(allowed: boolean): boolean {
    if (!this.unsealed.answer(allowed)) return false;
    if (allowed) void this.openMjpeg();
    else this.refusePath();
    return true;
  }

  setRole(role: Role): void {
    this.pages.setRole(role);
  }

  setPaused(paused: boolean): void {
    if (paused) this.prepared();
    this.pages.setPaused(paused);
  }

  setInputAllowed(allowed: boolean): void {
    this.pages.setInputAllowed(allowed);
  }

  resize(size: Size): void {
    this.pages.resize(size);
  }

  /** The machine has slept: whoever is there proves itself again before anything of it is believed. */
  slept(): void {
    this.pages.lose();
    this.ways.free();
    this.meeting?.end("viewer-left");
  }

  /** The seat is given up, now. */
  end(reason: CloseReason): void {
    const state = this.state;
    if (state.at === "gone") return;
    this.state = { at: "gone" };
    if (state.at === "connecting") clearTimeout(state.timer);
    this.pages.end(reason);
    this.leave(reason);
  }

  private takeMjpegWish(): void {
    if (!this.ways.permits("mjpeg")) return this.refusePath();
    const wasAsked = this.unsealed.isAsked;
    switch (this.unsealed.wish(() => this.answerMjpeg(false))) {
      case "allowed":
        void this.openMjpeg();
        return;
      case "forbidden":
        if (!this.wasLive) this.events.unsealedRefused();
        return this.refusePath();
      case "denied":
        return this.refusePath();
      case "asked":
        if (wasAsked) return;
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
    if (this.ways.isTrying) {
      // Only this way is closed.
      this.meeting?.send({ kind: "mjpeg", token: "" });
      return;
    }
    if (!this.wasLive) return this.end("path-refused");
    this.meeting?.refuse("path-refused");
    if (this.state.at === "live") this.pages.lose();
    else this.lostSight();
  }

  private attach(pipe: Pipe): void {
    // Not before: reading the display would have delayed the answer to the viewer's offer.
    if (this.state.at === "connecting" && !this.pages.paused && pipe.path !== "mjpeg") {
      this.endPreparing ??= this.ports.preparePicture();
    }
    pipe.listen({
      opened: () => {},
      message: (bytes) => this.pages.receive(pipe, bytes),
      copy: (bytes) => this.pages.receiveCopy(pipe, bytes),
      closed: (why) => {
        if (!this.pages.hasUsed(pipe) && this.ways.tries(pipe) && !this.isAsGoodAs(pipe.path)) {
          this.events.noWay(pipe.path, why);
        }
        this.ways.closed(pipe);
        this.pages.pipeClosed(pipe);
      },
    });
  }

  /** What the session goes over now is this good, or nobody is there any more. */
  private isAsGoodAs(path: Path): boolean {
    const { state } = this;
    return state.at === "gone" || (state.at === "live" && PATHS.indexOf(state.path) <= PATHS.indexOf(path));
  }

  private live(pipe: Pipe): void {
    if (this.state.at === "connecting") clearTimeout(this.state.timer);
    this.state = { at: "live", path: pipe.path };
    // Whatever was asked about an unsealed picture, this one is sealed.
    if (pipe.path !== "mjpeg" && this.unsealed.withdraw()) this.events.mjpegWithdrawn();
    this.wasLive = true;
    this.prepared();
    this.ways.moved(pipe);
    this.events.live(pipe.path);
  }

  /** Nothing open that is heard, nothing on its way: the seat waits for its viewer. */
  private lostSight(): void {
    if (this.state.at === "connecting") clearTimeout(this.state.timer);
    if (this.unsealed.withdraw()) this.events.mjpegWithdrawn();
    this.state = { at: "away" };
    this.prepared();
    this.ways.endMjpeg();
    this.events.away();
  }

  private leave(reason: CloseReason): void {
    if (this.state.at === "connecting") clearTimeout(this.state.timer);
    this.state = { at: "gone" };
    this.prepared();
    this.unsealed.withdraw();
    this.meeting?.refuse(reason);
    this.meeting = undefined;
    this.ways.meet(undefined);
    this.ways.free();
    this.events.gone(reason);
  }

  private prepared(): void {
    this.endPreparing?.();
    this.endPreparing = undefined;
  }

  private connectTimer(): NodeJS.Timeout {
    return setTimeout(() => (this.wasLive ? this.lostSight() : this.end("no-progress")), CONNECT_LIMIT_MS);
  }
}
