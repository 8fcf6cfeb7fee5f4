/** The page looks twice a second whether there is something to ask or to say. */
export const BEAT_EVERY_MS = 500;
/**
 * The page asks a silent host this often, and one that is heard anyway only to measure the round trip. What is lost on its way
 * is sent again after a second at most, so an answer still comes before the host is taken for silent. Asking is all that an
 * idle session does: half as often again would be a third more of the host's processor.
 */
const PING_EVERY_MS = 1_500;
const MEASURE_EVERY_MS = 3_000;
/** Beats come a little early or late. */
const SLACK_MS = BEAT_EVERY_MS / 2;
/** No word for so long, though it was asked and the question said again: the picture may be old, and what is held is let go. */
export const SILENT_AFTER_MS = 3_000;
/** Then a new connection is made beside the old one; waiting longer never brought one back sooner. */
export const REPLACE_AFTER_MS = 4_000;
/** A beat this late means that this page itself did not run (sleep, a throttled tab), not that the host was silent. */
const LATE_BEAT_MS = 2_500;
/** Round trips looked at for the one that is shown: a single late answer shows nothing, a real change the third of its kind. */
const ROUND_TRIPS = 5;

export type Pulse = "well" | "silent" | "gone";

/** Tells from when the host was last heard how the connection is. One for each pipe; times are of one monotonic clock. */
export class Heartbeat {
  private heardMs: number;
  private beatMs: number;
  private pingedMs = Number.NEGATIVE_INFINITY;
  private last: Pulse = "well";
  private readonly roundTripsMs: number[] = [];

  constructor(nowMs: number) {
    this.heardMs = nowMs;
    this.beatMs = nowMs;
  }

  /** Anything at all came from the host. */
  heard(nowMs: number): void {
    this.heardMs = nowMs;
    this.last = "well";
  }

  /** To be asked with each beat. */
  beat(nowMs: number): Pulse {
    const late = nowMs - this.beatMs > LATE_BEAT_MS;
    this.beatMs = nowMs;
    // What arrived meanwhile still waits in the browser's queue behind this timer: judge at the next beat.
    if (!late) this.last = pulseAfter(nowMs - this.heardMs);
    return this.last;
  }

  /** To be asked with each beat: the word of a ping that is to be sent now. */
  ping(nowMs: number): number | undefined {
    const isHeard = nowMs - this.heardMs < BEAT_EVERY_MS;
    if (nowMs - this.pingedMs < (isHeard ? MEASURE_EVERY_MS : PING_EVERY_MS) - SLACK_MS) return undefined;
    this.pingedMs = nowMs;
    return this.clock(nowMs);
  }

  /** Our own clock, which wraps on the wire. */
  clock(nowMs: number): number {
    return Math.floor(nowMs) >>> 0;
  }

  /** An answered ping; returns the median of the last round trips, ms, or undefined for a clock that we cannot have sent. */
  pong(clockMs: number, nowMs: number): number | undefined {
    const tookMs = (this.clock(nowMs) - clockMs) >>> 0;
    if (tookMs > 60_000) return undefined;
    this.roundTripsMs.push(tookMs);
    if (this.roundTripsMs.length > ROUND_TRIPS) this.roundTripsMs.shift();
    const sorted = this.roundTripsMs.toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }
}

function pulseAfter(silentForMs: number): Pulse {
  if (silentForMs >= REPLACE_AFTER_MS) return "gone";
  return silentForMs >= SILENT_AFTER_MS ? "silent" : "well";
}
