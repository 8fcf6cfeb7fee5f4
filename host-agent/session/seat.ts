import type { Role } from "../../protocol/control.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import { decodeMessage } from "../../protocol/message.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { Meeting } from "./meeting.ts";
import { SeatWays, type WaysPorts } from "./seat-ways.ts";
import { UnsealedWish } from "./unsealed-wish.ts";
import { ViewerLink, type ViewerLinkOptions } from "./viewer-link.ts";

/** From being let in (or from a broken pipe's return) to an open pipe; the viewer gives up a little sooner. */
const CONNECT_LIMIT_MS = 35_000;

/** What a seat needs of the host around it. */
export type SeatPorts = WaysPorts &
  Pick<ViewerLinkOptions, "openStream" | "closeStream" | "injector" | "nowMs" | "awake"> & {
    readonly displaySize: () => Size;
    /** A stream will be opened soon: its first picture is made ready. What is returned says that it need not be any more. */
    readonly preparePicture: () => () => void;
    /** The link asks the desk to look again. */
    readonly progress: () => void;
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
  role: Role;
  private readonly unsealed: UnsealedWish;
  private readonly ports: SeatPorts;
  private readonly events: SeatEvents;
  private state: State;
  private meeting: Meeting | undefined;
  /** The viewer's page, also while no pipe carries it: when it comes back, its input goes on where it was. */
  private link: ViewerLink | undefined;
  /** Whose pipe each is, from the moment its viewer uses it. */
  private readonly carried = new WeakMap<Pipe, ViewerLink>();
  /** A viewer that was here may come back, and try again when a way back fails. */
  private wasLive = false;
  private readonly ways: SeatWays;
  private paused = false;
  private inputAllowed = true;
  private readonly onlyMjpeg: boolean;
  private endPreparing: (() => void) | undefined;

  constructor(options: {
    id: string;
    label: string;
    from: string;
    role: Role;
    /** Its viewer can be shown nothing but an unsealed picture. */
    onlyMjpeg: boolean;
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
    this.onlyMjpeg = options.onlyMjpeg;
    this.unsealed = new UnsealedWish(options);
    this.ports = options.ports;
    this.events = options.events;
    this.ways = new SeatWays(options.ports, (pipe) => this.attach(pipe));
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

  /** The viewer is (again) in a proven meeting; it hears its role and the secret to come back with next time. */
  welcome(meeting: Meeting, resumeSecret: Uint8Array): void {
    this.meeting?.end("viewer-left");
    this.meeting = meeting;
    this.ways.meet(meeting);
    if (this.state.at === "away") this.state = { at: "connecting", timer: this.connectTimer() };
    else if (this.state.at === "connecting") this.state.timer.refresh();
    if (this.state.at === "connecting" && !this.paused && !this.onlyMjpeg) {
      this.endPreparing ??= this.ports.preparePicture();
    }
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
    this.role = role;
    this.link?.setRole(role);
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    if (paused) this.prepared();
    this.link?.setPaused(paused);
  }

  setInputAllowed(allowed: boolean): void {
    this.inputAllowed = allowed;
    this.link?.setInputAllowed(allowed);
  }

  resize(size: Size): void {
    this.link?.resize(size);
  }

  /** The machine has slept: whoever is there proves itself again before anything of it is believed. */
  slept(): void {
    this.link?.lose();
    this.ways.free();
    this.meeting?.end("viewer-left");
  }

  /** The seat is given up, now. */
  end(reason: CloseReason): void {
    const state = this.state;
    if (state.at === "gone") return;
    this.state = { at: "gone" };
    if (state.at === "connecting") clearTimeout(state.timer);
    this.link?.end(reason);
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
    if (this.state.at === "live") this.link?.lose();
    else this.lostSight();
  }

  /** Listens to a pipe. It carries nothing before its viewer says, as its first message, that the session goes on there. */
  private attach(pipe: Pipe): void {
    pipe.listen({
      opened: () => {},
      message: (bytes) => {
        const link = this.carried.get(pipe);
        if (link === undefined) this.firstWord(pipe, bytes);
        else link.receive(pipe, bytes);
      },
      closed: (why) => {
        if (!this.carried.has(pipe) && this.ways.tries(pipe) && !this.isAsGoodAs(pipe.path)) {
          this.events.noWay(pipe.path, why);
        }
        this.ways.closed(pipe);
        if (this.link?.pipe === pipe) this.link.lose();
      },
    });
  }

  /** What the session goes over now is this good, or nobody is there any more. */
  private isAsGoodAs(path: Path): boolean {
    const { state } = this;
    return state.at === "gone" || (state.at === "live" && PATHS.indexOf(state.path) <= PATHS.indexOf(path));
  }

  private firstWord(pipe: Pipe, bytes: Uint8Array): void {
    if (this.state.at === "gone" || !this.ports.awake()) return;
    try {
      const word = decodeMessage(bytes);
      if (word.kind === "use-pipe") return this.use(pipe, word.page, word.move);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    pipe.close();
  }

  private use(pipe: Pipe, page: number, move: number): void {
    const before = this.link;
    if (before?.page === page && move <= before.move) {
      // The viewer has moved on from here already, over a faster pipe; what it said here before it did still counts.
      this.carried.set(pipe, before);
      return;
    }
    const link = before?.page === page ? before : this.openLink(page);
    this.link = link;
    this.carried.set(pipe, link);
    // First the new page, then the end of the one it replaces: that end is no loss then.
    if (before !== undefined && before !== link) before.end("viewer-left");
    link.carry(pipe, move);
    this.live(pipe);
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

  private openLink(page: number): ViewerLink {
    const { displaySize, progress, ...ports } = this.ports;
    const { asksControl, wishes, signOfLife } = this.events;
    const link: ViewerLink = new ViewerLink({
      ...ports,
      page,
      role: this.role,
      displaySize: displaySize(),
      events: {
        asksControl,
        wishes,
        signOfLife,
        progress,
        roundTrip: (rttMs) => {
          if (this.state.at === "live") this.events.roundTrip(this.state.path, rttMs);
        },
        lost: () => {
          if (this.link === link && this.state.at === "live") this.lostSight();
        },
        found: () => {
          if (this.link !== link || link.pipe === undefined || this.isGone) return;
          link.carry(link.pipe, link.move);
          this.live(link.pipe);
        },
        ended: (reason) => {
          if (this.link === link && this.state.at !== "gone") this.leave(reason);
        },
      },
    });
    if (this.paused) link.setPaused(true);
    link.setInputAllowed(this.inputAllowed);
    return link;
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
