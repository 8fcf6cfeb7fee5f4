import type { Role } from "../protocol/control.ts";
import type { CloseReason } from "../protocol/errors.ts";
import type { InputEvent } from "../protocol/input.ts";
import { parseRoomCode, type RoomCode, type RoomLink } from "../protocol/room-code.ts";
import { Entrance } from "./connect/entrance.ts";
import type { Held } from "./connect/input-lane.ts";
import type { Link, LinkSetting, OpenLink } from "./connect/link.ts";
import type { SeatStore } from "./connect/seat-store.ts";
import { Connection, type ConnectionEnd, type Display } from "./connection.ts";
import type { Pulse } from "./core/heartbeat.ts";
import type { ArrivalEnd } from "./core/link-failure.ts";
import type { PageParameters } from "./core/page-parameters.ts";
import {
  type EndReason,
  hasSeat,
  isArriving,
  LONG_LOSS_MS,
  type LossReason,
  mayControl,
  type Seat,
  transition,
  type ViewerEvent,
  type ViewerState,
} from "./core/session-state.ts";

export type SessionParts = {
  readonly setting: Omit<LinkSetting, "path">;
  readonly parameters: PageParameters;
  readonly display: Display;
  readonly seats: SeatStore;
  readonly heldNow: () => Held;
  readonly random: () => number;
  readonly changed: (state: ViewerState) => void;
  /** The host has answered the request for control, or changed the role by itself. */
  readonly roleSaid: () => void;
};

/** One seat at the host's desk, from the code to the end, over as many links and pipes as it takes. */
export class ViewerSession {
  private readonly parts: SessionParts;
  /** Tells the host that this is still the same page, whose input goes on (protocol/control.ts, use-pipe). */
  private readonly page: number;
  private readonly entrance: Entrance;
  private current: ViewerState = { kind: "join" };
  private role: Role = "view";
  /** The link that the connection's pipe came from: better ones may still come of it. */
  private link: Link | undefined;
  private connection: Connection | undefined;
  private earlierInputs = 0;
  private longLoss: ReturnType<typeof setTimeout> | undefined;
  /** To be told of when the first picture of the new pipe is painted. */
  private moveToTell: boolean = false;

  constructor(parts: SessionParts) {
    this.parts = parts;
    const { setting, parameters, seats, random } = parts;
    this.page = new DataView(setting.randomBytes(4).buffer).getUint32(0);
    this.entrance = new Entrance({ ...setting, path: parameters.path }, seats, random, {
      joining: (room) => this.dispatch({ kind: "joining", room }),
      asking: () => this.dispatch({ kind: "asking" }),
      progress: (stage) => this.dispatch({ kind: "progress", stage }),
      opened: (link, open) => this.connect(link, open),
      arrivalFailed: (end) => this.arrivalFailed(end),
      recoveryFailed: (reason) => this.finish(reason),
    });
  }

  /** Of the newest way in. */
  get room(): string | undefined {
    return this.entrance.room;
  }

  get state(): ViewerState {
    return this.current;
  }

  /** A snapshot; counts are since the page was opened, each input event is counted once. */
  stats() {
    return {
      state: this.current.kind,
      path: this.connection?.path,
      rttMs: this.current.kind === "live" ? this.current.rttMs : undefined,
      inputsSent: this.earlierInputs + (this.connection?.inputsSent ?? 0),
      screen: this.parts.display.screen.stats,
    };
  }

  /** From the form: a code or a link, as typed or pasted. */
  join(text: string): void {
    const parsed = parseRoomCode(text);
    if (parsed.kind === "problem") this.dispatch({ kind: "join-failed", problem: parsed.problem });
    else this.enter(parsed);
  }

  enter(entry: RoomCode | RoomLink): void {
    if (!this.isUnderWay) this.entrance.enter(entry);
  }

  /** After a reload: takes up the seat this tab had, if it had one. */
  returnToSeat(): void {
    if (!this.isUnderWay) this.entrance.returnToSeat();
  }

  askControl(): void {
    this.connection?.send({ kind: "ask-control" });
  }

  /** What hands did. Without effect unless this viewer controls a picture it sees; letting go always passes. */
  input(event: InputEvent): void {
    if (mayControl(this.current) || event.kind === "release") this.connection?.input(event);
  }

  /** The person at this page wants no more, wherever it stands. */
  disconnect(): void {
    if (hasSeat(this.current)) {
      this.finish("viewer-left");
      return;
    }
    this.close("viewer-left");
    this.entrance.forget();
    this.dispatch({ kind: "given-up" });
  }

  /**
   * The page goes away, perhaps to be reloaded. No goodbye, or the host would give the seat up: it sees the pipe close,
   * lets go of what was held and keeps the seat for a while, and this tab remembers it.
   */
  leavePage(): void {
    this.close(undefined);
  }

  /** The network is back, or the person wants no more waiting: the next try is made now. */
  hurry(): void {
    this.entrance.hurry();
  }

  private get isUnderWay(): boolean {
    return hasSeat(this.current) || isArriving(this.current);
  }

  private arrivalFailed(event: ArrivalEnd): void {
    const { report, nowMs } = this.parts.setting;
    report.ended(nowMs(), event.kind === "ended" ? event.reason : event.problem);
    this.dispatch(event);
  }

  /** Goes on over a new pipe: the first, a better one, or one after a loss. */
  private connect(link: Link, open: OpenLink): void {
    const { parameters, setting } = this.parts;
    const before = this.link;
    this.link = link;
    if (isArriving(this.current) && this.connection === undefined) setting.report.started("picture", setting.nowMs());
    if (this.connection === undefined) {
      this.connection = this.openConnection();
      // Later the host says it first on each pipe; what it said at the admission may be old by then.
      this.setRole(open.role);
    }
    this.connection.carry(open);
    if (before !== link) before?.close();
    if (parameters.quality > 0) this.connection.send({ kind: "wish", quality: parameters.quality });
  }

  private openConnection(): Connection {
    const { display, heldNow, setting } = this.parts;
    const { nowMs } = setting;
    return new Connection(
      this.page,
      display,
      { heldNow, nowMs },
      {
        moved: () => this.moved(),
        painted: () => this.painted(),
        role: (role) => this.roleSaid(role),
        paused: (paused) => this.pauseSaid(paused),
        rtt: (rttMs) => this.dispatch({ kind: "rtt", rttMs }),
        pulse: (pulse) => this.pulse(pulse),
        ended: (end) => this.connectionEnded(end),
      },
    );
  }

  private moved(): void {
    const seat = this.seat();
    if (seat === undefined) return;
    if (this.current.kind === "reconnecting") this.connection?.awaitPicture();
    if (this.current.kind !== "live" && this.current.kind !== "paused") return;
    // Between an image and a canvas the page changes over when there is something to be seen.
    this.moveToTell = (seat.path === "mjpeg") !== (this.current.path === "mjpeg");
    if (!this.moveToTell) this.tellMove(seat);
  }

  private tellMove(seat: Seat): void {
    const { report, nowMs } = this.parts.setting;
    this.moveToTell = false;
    report.moved(seat.path, nowMs());
    this.dispatch({ kind: "moved", seat });
  }

  private painted(): void {
    const { report, nowMs } = this.parts.setting;
    const seat = this.seat();
    if (seat === undefined) return;
    if (isArriving(this.current)) report.succeeded("picture", nowMs());
    if (this.current.kind !== "live") report.moved(seat.path, nowMs());
    this.dispatch({ kind: "painted", seat });
    if (this.moveToTell) this.tellMove(seat);
    this.link?.pictured();
  }

  /** Undefined: without a pipe there is no way to name, and what comes late of the last one is no news. */
  private seat(): Seat | undefined {
    const path = this.connection?.path;
    if (path === undefined) return undefined;
    // Hands and keys are sealed on every path; a picture in a plain image is what nobody can seal.
    return { path, role: this.role, sealed: path !== "mjpeg" };
  }

  private setRole(role: Role): void {
    this.role = this.parts.parameters.viewOnly ? "view" : role;
    this.parts.display.cursor.setRole(this.role);
  }

  private roleSaid(role: Role): void {
    this.setRole(role);
    this.dispatch({ kind: "role", role: this.role });
    this.parts.roleSaid();
  }

  private pauseSaid(paused: boolean): void {
    const seat = this.seat();
    if (!paused) this.dispatch({ kind: "going-on", painted: this.connection?.painted ?? false });
    else if (seat !== undefined) this.dispatch({ kind: "paused", seat });
  }

  private pulse(pulse: Pulse): void {
    switch (pulse) {
      case "silent":
        this.lose("host-silent");
        return;
      case "gone":
        this.entrance.recover();
        return;
      case "well":
        // It was only late.
        this.entrance.endRecovery();
        this.heardAgain();
    }
  }

  private heardAgain(): void {
    const { report, nowMs } = this.parts.setting;
    const seat = this.seat();
    if (seat === undefined) return;
    report.moved(seat.path, nowMs());
    if (this.connection?.paused === true) this.dispatch({ kind: "paused", seat });
    else if (this.connection?.painted === true) this.dispatch({ kind: "heard-again", seat });
  }

  private connectionEnded(end: ConnectionEnd): void {
    // A host says "no-progress" when it lost sight of us, and "viewer-left" on a pipe whose viewer has a newer one.
    const takesBack = end.kind === "bye" && (end.reason === "no-progress" || end.reason === "viewer-left");
    if (end.kind === "no-picture" && isArriving(this.current)) {
      this.finish("no-picture");
    } else if (end.kind === "closed" || end.kind === "no-picture" || takesBack || this.entrance.isRecovering) {
      const path = this.current.kind === "live" || this.current.kind === "paused" ? this.current.path : undefined;
      this.lose(path === "mjpeg" || path === "relay" ? "signaling" : "network");
      this.entrance.recover();
    } else if (end.kind === "bye") {
      this.finish(end.reason);
    } else {
      reportError(end.error);
      this.finish("protocol-error");
    }
  }

  private lose(why: LossReason): void {
    const { report, nowMs } = this.parts.setting;
    if (hasSeat(this.current)) report.lost(nowMs(), why);
    this.dispatch({ kind: "lost", why, nowMs: nowMs() });
  }

  private finish(reason: EndReason): void {
    this.close("viewer-left");
    this.entrance.forget();
    this.parts.setting.report.ended(this.parts.setting.nowMs(), reason);
    this.dispatch({ kind: "ended", reason });
  }

  /** Ends everything that is open or on its way; with a reason, says goodbye first. */
  private close(reason: CloseReason | undefined): void {
    this.entrance.close();
    this.drop(reason);
    this.parts.display.screen.reset();
    this.parts.display.image.close();
  }

  private drop(reason: CloseReason | undefined): void {
    const { connection, link } = this;
    this.connection = undefined;
    this.link = undefined;
    this.earlierInputs += connection?.inputsSent ?? 0;
    connection?.close(reason);
    link?.close();
  }

  private dispatch(event: ViewerEvent): void {
    const next = transition(this.current, event);
    if (next === this.current) return;
    const wasLost = this.current.kind === "reconnecting";
    this.current = next;
    if ((next.kind === "reconnecting") !== wasLost) {
      clearTimeout(this.longLoss);
      if (!wasLost) this.longLoss = setTimeout(() => this.dispatch({ kind: "long-lost" }), LONG_LOSS_MS);
    }
    this.parts.changed(next);
  }
}
