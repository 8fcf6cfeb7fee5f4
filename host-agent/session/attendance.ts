import { LocalPriority } from "../core/local-priority.ts";
import { SessionLimits } from "../core/session-limits.ts";
import type { DeskPresence } from "../presence/open.ts";
import type { Seat } from "./seat.ts";

/** What of a seat is of concern to whoever sits at the desktop. */
export type Attendee = Pick<Seat, "id" | "label" | "role" | "isPresent" | "setInputAllowed" | "end">;

export type AttendanceEvents<Who extends Attendee> = {
  /** This session has lasted long: may it go on? `answer` says so. */
  readonly asksToContinue: (seat: Who, timeoutMs: number) => void;
  /** Nothing has come from this viewer for long; whoever has control gives it back. */
  readonly idle: (seat: Who) => void;
};

/**
 * Whoever sits at the desktop comes first: sees who is here, is not fought over the mouse, and is asked now and then
 * whether a session is still wanted. Knows every seat's limits and keeps one timer for all of them.
 */
export class Attendance<Who extends Attendee = Seat> {
  private readonly attended: boolean;
  private readonly nowMs: () => number;
  private readonly events: AttendanceEvents<Who>;
  private readonly priority = new LocalPriority();
  private readonly limits = new Map<Who, SessionLimits>();
  /** The seats about which the question stands. */
  private readonly asked = new Set<Who>();
  private presence: DeskPresence | undefined;
  private paused: boolean = false;
  private limitTimer: NodeJS.Timeout | undefined;
  private priorityTimer: NodeJS.Timeout | undefined;
  private closed: boolean = false;

  /** @param options.attended somebody is there to be asked: viewers are let in by a person, not unasked */
  constructor(options: { attended: boolean; nowMs: () => number; events: AttendanceEvents<Who> }) {
    this.attended = options.attended;
    this.nowMs = options.nowMs;
    this.events = options.events;
  }

  /** From now on the desktop itself says who is here. */
  shownBy(presence: DeskPresence): void {
    this.presence = presence;
    this.changed(this.paused);
  }

  entered(seat: Who): void {
    this.limits.set(seat, new SessionLimits({ attended: this.attended, nowMs: this.nowMs() }));
    this.setLimitTimer();
  }

  left(seat: Who): void {
    this.limits.delete(seat);
    this.asked.delete(seat);
    this.setLimitTimer();
  }

  /** Who is here, in which role, or whether sharing is paused has changed. */
  changed(paused: boolean): void {
    this.paused = paused;
    const viewers = [...this.limits.keys()].filter((seat) => seat.isPresent);
    this.presence?.show({ viewers: viewers.map(({ id, label, role }) => ({ id, label, role })), paused });
  }

  /** Input or a receipt came: somebody looks. */
  signOfLife(seat: Who): void {
    this.limits.get(seat)?.signOfLife(this.nowMs());
  }

  /** The person at the desktop has said whether a long session goes on. False: that was not the question. */
  answer(seat: Who, goesOn: boolean): boolean {
    const limits = this.limits.get(seat);
    if (limits === undefined || !this.asked.delete(seat)) return false;
    if (!goesOn) {
      seat.end("denied");
      return true;
    }
    limits.renew(this.nowMs());
    this.applyInput();
    this.setLimitTimer();
    return true;
  }

  /** The hand at the desktop moves: remote input is ignored for a while, and lets go of what it holds. */
  localMoved(): void {
    if (this.priority.localMoved(this.nowMs())) this.applyInput();
    clearTimeout(this.priorityTimer);
    const untilMs = this.priority.untilMs(this.nowMs());
    if (untilMs === undefined || this.closed) return;
    this.priorityTimer = setTimeout(() => this.applyInput(), untilMs - this.nowMs() + 1);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.limitTimer);
    clearTimeout(this.priorityTimer);
    await this.presence?.close();
  }

  private applyInput(): void {
    const handAway = this.priority.allows(this.nowMs());
    for (const [seat, limits] of this.limits) seat.setInputAllowed(handAway && limits.allowsInput);
  }

  private setLimitTimer(): void {
    clearTimeout(this.limitTimer);
    const dueMs = [...this.limits.values()].map((limits) => limits.wakeAtMs ?? Number.POSITIVE_INFINITY);
    const nextMs = Math.min(...dueMs);
    if (this.closed || !Number.isFinite(nextMs)) return;
    this.limitTimer = setTimeout(() => this.tick(), Math.max(nextMs - this.nowMs(), 0) + 1);
  }

  private tick(): void {
    const nowMs = this.nowMs();
    for (const [seat, limits] of [...this.limits]) {
      for (const effect of limits.tick(nowMs)) {
        if (effect.do === "ask-continue") {
          this.asked.add(seat);
          this.events.asksToContinue(seat, effect.endsAtMs - nowMs);
        }
        if (effect.do === "view-only") this.events.idle(seat);
        if (effect.do === "end") seat.end("expired");
      }
    }
    this.applyInput();
    this.setLimitTimer();
  }
}
