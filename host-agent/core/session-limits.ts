const MINUTE_MS = 60_000;

/** With somebody at the desktop: after this long they are asked whether the session is to go on. */
export const CONTINUE_AFTER_MS = 30 * MINUTE_MS;
/** Nobody at the desktop: no session lasts longer than this, unless somebody there renews it. */
const MAX_SESSION_MS = 8 * 60 * MINUTE_MS;
/** How long the question stands before silence ends the session. */
export const CONTINUE_ANSWER_MS = 5 * MINUTE_MS;
/** A viewer who sends no input and receives no picture for this long loses control, and then the seat. */
export const IDLE_VIEW_ONLY_MS = 15 * MINUTE_MS;
const IDLE_END_MS = 60 * MINUTE_MS;

export type LimitEffect =
  /** Ask the person at the desktop whether this session goes on; `renew` is the yes. */
  | { readonly do: "ask-continue"; readonly endsAtMs: number }
  /** Nothing has happened for long: control goes back. */
  | { readonly do: "view-only" }
  /** Ends the session: nobody answered the question, or nothing has happened for very long. */
  | { readonly do: "end"; readonly why: "not-renewed" | "idle" };

type State =
  | { readonly at: "running"; readonly askAtMs: number }
  | { readonly at: "asking"; readonly endsAtMs: number }
  | { readonly at: "ended" };

/**
 * How long one viewer's session may last. A forgotten session is an open door: somebody at the desktop has to say now
 * and then that it is still wanted, and a viewer who has gone for lunch does not keep control.
 *
 * The shell calls `tick` at `wakeAtMs` and carries out what it returns.
 */
export class SessionLimits {
  private readonly attended: boolean;
  private state: State;
  private lastSignMs: number;
  private viewOnlySaid: boolean = false;

  /** @param start.attended somebody sits at the desktop and can be asked; false where viewers are let in unasked */
  constructor(start: { readonly attended: boolean; readonly nowMs: number }) {
    this.attended = start.attended;
    this.lastSignMs = start.nowMs;
    this.state = this.runningFrom(start.nowMs);
  }

  /** While the question stands, somebody who is asked must not be answered for by the viewer's own mouse. */
  get allowsInput(): boolean {
    return this.state.at === "running" || (this.state.at === "asking" && !this.attended);
  }

  /** Input came from the viewer, or a receipt for a picture. A heartbeat is no sign: an empty room sends it too. */
  signOfLife(nowMs: number): void {
    this.lastSignMs = nowMs;
    this.viewOnlySaid = false;
  }

  /**
   * The person at the desktop wants the session to go on.
   * @returns true when a question stood, which is answered now
   */
  renew(nowMs: number): boolean {
    const asked = this.state.at === "asking";
    if (this.state.at !== "ended") this.state = this.runningFrom(nowMs);
    return asked;
  }

  /** When `tick` has something to do; undefined: the session is over. */
  get wakeAtMs(): number | undefined {
    if (this.state.at === "ended") return undefined;
    const idleAtMs = this.lastSignMs + (this.viewOnlySaid ? IDLE_END_MS : IDLE_VIEW_ONLY_MS);
    return Math.min(idleAtMs, this.state.at === "running" ? this.state.askAtMs : this.state.endsAtMs);
  }

  tick(nowMs: number): LimitEffect[] {
    if (this.state.at === "ended") return [];
    const silentMs = nowMs - this.lastSignMs;
    if (silentMs >= IDLE_END_MS) return this.end("idle");
    if (this.state.at === "asking" && nowMs >= this.state.endsAtMs) return this.end("not-renewed");
    const effects: LimitEffect[] = [];
    if (silentMs >= IDLE_VIEW_ONLY_MS && !this.viewOnlySaid) {
      this.viewOnlySaid = true;
      effects.push({ do: "view-only" });
    }
    if (this.state.at === "running" && nowMs >= this.state.askAtMs) {
      // From now, not from when it was due: a host that slept meanwhile still gives the person the whole time.
      const endsAtMs = nowMs + CONTINUE_ANSWER_MS;
      this.state = { at: "asking", endsAtMs };
      effects.push({ do: "ask-continue", endsAtMs });
    }
    return effects;
  }

  private runningFrom(nowMs: number): State {
    return {
      at: "running",
      askAtMs: nowMs + (this.attended ? CONTINUE_AFTER_MS : MAX_SESSION_MS - CONTINUE_ANSWER_MS),
    };
  }

  private end(why: "not-renewed" | "idle"): LimitEffect[] {
    this.state = { at: "ended" };
    return [{ do: "end", why }];
  }
}
