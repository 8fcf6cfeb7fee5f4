/** The path's own round trip is the shortest of the last one to two of these: paths change. */
const PERIOD_MS = 10_000;

/** The shortest round trip of this period and the one before. */
export class ShortestRoundTrip {
  private periodStartMs = Number.NEGATIVE_INFINITY;
  private currentMs = Number.POSITIVE_INFINITY;
  private previousMs = Number.POSITIVE_INFINITY;

  seen(roundTripMs: number, nowMs: number): void {
    if (nowMs - this.periodStartMs > PERIOD_MS) {
      this.previousMs = this.currentMs;
      this.currentMs = Number.POSITIVE_INFINITY;
      this.periodStartMs = nowMs;
    }
    this.currentMs = Math.min(this.currentMs, roundTripMs);
  }

  /** Infinite before the first. */
  get shortestMs(): number {
    return Math.min(this.currentMs, this.previousMs);
  }
}
