import type { Path } from "../../protocol/pipe.ts";
import type { EndReason, JoinProblem, LossReason } from "./session-state.ts";

/**
 * What a viewer has to get through, in this order on the page. `direct` to `mjpeg` are the rungs of the connection
 * ladder, best first, and may be tried side by side; `picture` is from the first open pipe to the first painted picture.
 */
export const STEP_NAMES = ["server", "code", "approval", "direct", "turn", "relay", "mjpeg", "picture"] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** Why a step came to nothing. Only words of this list: no address, secret or token can get into a report through it. */
export type StepReason =
  | "unreachable" // the server did not answer, or its connection broke
  | "busy" // the server has no room left
  | "too-many" // too many tries from this address
  | "no-such-room"
  | "no-answer" // the host, or its person, said nothing in time
  | "wrong-code"
  | "code-burned"
  | "code-used"
  | "seat-lost"
  | "refused" // somebody, or a rule of the host, said no
  | "no-way-found" // ICE tried every pair of addresses
  | "closed" // it was open or nearly so, and broke
  | "time-is-up"
  | "not-understood" // the other side broke the protocol
  | "given-up"; // the person at this page cancelled, or the session ended first

/** Why a step was not even tried. */
export type NotUsedReason =
  | "not-needed" // a better way was there already, or nobody has to be asked
  | "forced-other" // the page's address, or the host, holds to another way
  | "no-webrtc" // this browser has none
  | "no-turn-server"
  | "host-has-it-off"
  | "server-has-it-off";

/** `sinceMs` is on the clock of `nowMs`, `tookMs` and `limitMs` are durations. */
export type StepState =
  | { readonly at: "waiting" }
  | { readonly at: "trying"; readonly sinceMs: number; readonly limitMs: number }
  | { readonly at: "ok"; readonly sinceMs: number; readonly tookMs: number }
  | { readonly at: "failed"; readonly sinceMs: number; readonly tookMs: number; readonly reason: StepReason }
  | { readonly at: "not-used"; readonly reason: NotUsedReason };

/** The session's pipe is `path` from here on. */
export type Move = { readonly path: Path; readonly atMs: number };

/** One loss of a session that was live, and what came of it. `tries`: links that were made to come back. */
export type Attempt = {
  readonly lostMs: number;
  readonly why: LossReason;
  readonly tries: number;
  readonly back: Move | undefined;
};

export type ReportSnapshot = {
  /** When the way in began; undefined before it. */
  readonly startedMs: number | undefined;
  readonly steps: { readonly [Name in StepName]: StepState };
  /** Oldest first, at most MAX_MOVES; where a session goes on over the same path nothing is added. */
  readonly moves: readonly Move[];
  /** Oldest first, at most MAX_ATTEMPTS. */
  readonly attempts: readonly Attempt[];
  /** All losses, also those that `attempts` has let go of. */
  readonly losses: number;
  readonly lastReason: { readonly reason: EndReason | JoinProblem | LossReason; readonly atMs: number } | undefined;
};

/**
 * How long a step may take where `started` is not told, ms: what the page promises in words. Whoever owns the timer
 * takes its limit from here, or hands in its own.
 */
export const STEP_LIMITS_MS: { readonly [Name in StepName]: number } = {
  server: 10_000,
  code: 10_000,
  approval: 45_000,
  direct: 12_000,
  turn: 12_000,
  relay: 8_000,
  mjpeg: 45_000,
  picture: 15_000,
};

export const MAX_MOVES = 12;
export const MAX_ATTEMPTS = 8;

const RUNGS: readonly Path[] = ["direct", "turn", "relay", "mjpeg"];

const WAITING: ReportSnapshot["steps"] = {
  server: { at: "waiting" },
  code: { at: "waiting" },
  approval: { at: "waiting" },
  direct: { at: "waiting" },
  turn: { at: "waiting" },
  relay: { at: "waiting" },
  mjpeg: { at: "waiting" },
  picture: { at: "waiting" },
};

export const EMPTY_REPORT: ReportSnapshot = {
  startedMs: undefined,
  steps: WAITING,
  moves: [],
  attempts: [],
  losses: 0,
  lastReason: undefined,
};

/**
 * What happened on the way to the picture and after it, for the person at this page. Whoever does a step tells it here;
 * each change hands a new snapshot to `changed`. Every `nowMs` is of one monotonic clock: the page's performance.now().
 */
export class ConnectReport {
  private readonly changed: (snapshot: ReportSnapshot) => void;
  private current: ReportSnapshot = EMPTY_REPORT;

  constructor(changed: (snapshot: ReportSnapshot) => void = () => {}) {
    this.changed = changed;
  }

  get snapshot(): ReportSnapshot {
    return this.current;
  }

  /** Somebody typed a code, opened a link or reloaded: what was before is forgotten. */
  began(nowMs: number): void {
    this.become({ ...EMPTY_REPORT, startedMs: nowMs });
  }

  /** Another link to the same seat: its steps begin anew. After a loss it counts as a try to come back. */
  retried(): void {
    const { attempts } = this.current;
    const open = attempts.at(-1);
    const counted = open === undefined || open.back !== undefined ? attempts : replaceLast(attempts, tried(open));
    this.become({ ...this.current, steps: WAITING, attempts: counted });
  }

  /** Also for a step that was over: it is being tried again. */
  started(step: StepName, nowMs: number, limitMs: number = STEP_LIMITS_MS[step]): void {
    this.setStep(step, { at: "trying", sinceMs: nowMs, limitMs });
  }

  succeeded(step: StepName, nowMs: number): void {
    this.setStep(step, { at: "ok", ...this.timeOf(step, nowMs) });
  }

  failed(step: StepName, nowMs: number, reason: StepReason): void {
    this.setStep(step, { at: "failed", ...this.timeOf(step, nowMs), reason });
  }

  notUsed(step: StepName, reason: NotUsedReason): void {
    this.setStep(step, { at: "not-used", reason });
  }

  /**
   * The session uses this path now, for the first time, after a loss (also over the same path: the host was only late), or
   * because it is better. Worse rungs that are not open are not needed any more; better ones may still be tried.
   */
  moved(path: Path, nowMs: number): void {
    const { steps, moves, attempts } = this.current;
    const move: Move = { path, atMs: nowMs };
    const open = attempts.at(-1);
    const worse = RUNGS.slice(RUNGS.indexOf(path) + 1).filter((rung) => isPending(steps[rung]));
    const settled = worse.map((rung) => [rung, { at: "not-used", reason: "not-needed" }] as const);
    const own = steps[path].at !== "ok" ? { [path]: { at: "ok", ...this.timeOf(path, nowMs) } as const } : {};
    this.become({
      ...this.current,
      steps: { ...steps, ...own, ...Object.fromEntries(settled) },
      moves: moves.at(-1)?.path === path ? moves : [...moves, move].slice(-MAX_MOVES),
      attempts:
        open === undefined || open.back !== undefined ? attempts : replaceLast(attempts, { ...open, back: move }),
    });
  }

  /** The session was live and is not any more. Said again while it is lost, only the reason changes. */
  lost(nowMs: number, why: LossReason): void {
    const { attempts, losses } = this.current;
    const open = attempts.at(-1);
    const lastReason = { reason: why, atMs: nowMs };
    if (open !== undefined && open.back === undefined) {
      this.become({ ...this.current, attempts: replaceLast(attempts, { ...open, why }), lastReason });
      return;
    }
    const loss: Attempt = { lostMs: nowMs, why, tries: 0, back: undefined };
    this.become({
      ...this.current,
      attempts: [...attempts, loss].slice(-MAX_ATTEMPTS),
      losses: losses + 1,
      lastReason,
    });
  }

  /** It is over, or the form is back. What is still being tried will not be any more. */
  ended(nowMs: number, reason: EndReason | JoinProblem): void {
    const over = STEP_NAMES.filter((name) => this.current.steps[name].at === "trying").map(
      (name) => [name, { at: "failed", ...this.timeOf(name, nowMs), reason: "given-up" }] as const,
    );
    const steps = { ...this.current.steps, ...Object.fromEntries(over) };
    this.become({ ...this.current, steps, lastReason: { reason, atMs: nowMs } });
  }

  private timeOf(step: StepName, nowMs: number): { sinceMs: number; tookMs: number } {
    const state = this.current.steps[step];
    const sinceMs = state.at === "trying" ? state.sinceMs : nowMs;
    return { sinceMs, tookMs: nowMs - sinceMs };
  }

  private setStep(step: StepName, state: StepState): void {
    this.become({ ...this.current, steps: { ...this.current.steps, [step]: state } });
  }

  private become(next: ReportSnapshot): void {
    this.current = next;
    this.changed(next);
  }
}

function isPending({ at }: StepState): boolean {
  return at === "waiting" || at === "trying";
}

function tried(attempt: Attempt): Attempt {
  return { ...attempt, tries: attempt.tries + 1 };
}

function replaceLast(attempts: readonly Attempt[], last: Attempt): readonly Attempt[] {
  return [...attempts.slice(0, -1), last];
}
