/** Each side pings once a second. */
export const PING_EVERY_MS = 1_000;
/** Three missed words: the picture may be old, and what is held is let go. */
export const SILENT_AFTER_MS = 3_000;
/** Then a new connection is made beside the old one; waiting longer never brought one back sooner. */
export const REPLACE_AFTER_MS = 4_000;
/** A beat this late means that this page itself did not run (sleep, a throttled tab), not that the host was silent. */
const LATE_BEAT_MS = 2_500;
/** Weight of a new round trip in the one that is shown: jitter is smoothed, a real change shows within seconds. */
const NEW_ROUND_TRIP_WEIGHT = 0.25;

export type Pulse = "well" | "silent" | "gone";

/** Tells from when the host was last heard how the connection is. One for each pipe; times are of one monotonic clock. */
export class Heartbeat {
  private heardMs: number;
  private beatMs: number;
  private last: Pulse = "well";
  private smoothedRttMs: number | undefined;

  constructor(nowMs: number) {
    this.heardMs = nowMs;
    this.beatMs = nowMs;
  }

  /** Anything at all came from the host. */
  heard(nowMs: number): void {
    this.heardMs = nowMs;
    this.last = "well";
  }

  /** To be asked once a second, right before the ping goes out. */
  beat(nowMs: number): Pulse {
    const late = nowMs - this.beatMs > LATE_BEAT_MS;
    this.beatMs = nowMs;
    // What arrived meanwhile still waits in the browser's queue behind this timer: judge at the next beat.
    if (!late) this.last = pulseAfter(nowMs - this.heardMs);
    return this.last;
  }

  /** The word of a ping sent now: our own clock, which wraps on the wire. */
  clock(nowMs: number): number {
    return Math.floor(nowMs) >>> 0;
  }

  /** An answered ping; returns the smoothed round trip, or undefined for a clock that we cannot have sent. */
  pong(clockMs: number, nowMs: number): number | undefined {
    const tookMs = (Math.floor(nowMs) - clockMs) >>> 0;
    if (tookMs > 60_000) return undefined;
    const before = this.smoothedRttMs ?? tookMs;
    this.smoothedRttMs = before + (tookMs - before) * NEW_ROUND_TRIP_WEIGHT;
    return this.smoothedRttMs;
  }
}

function pulseAfter(silentForMs: number): Pulse {
  if (silentForMs >= REPLACE_AFTER_MS) return "gone";
  return silentForMs >= SILENT_AFTER_MS ? "silent" : "well";
}
