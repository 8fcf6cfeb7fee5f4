/** The path's own round trip is the shortest of the last one to two of these: paths change. */
const PERIOD_MS = 10_000;

type RoundTrip = { readonly ms: number; readonly bytes: number };
const NONE: RoundTrip = { ms: Number.POSITIVE_INFINITY, bytes: 0 };

/** The shortest round trip of this period and the one before. */
export class ShortestRoundTrip {
  private periodStartMs = Number.NEGATIVE_INFINITY;
  private current = NONE;
  private previous = NONE;

  /** @param bytes of what went there */
  seen(ms: number, nowMs: number, bytes = 0): void {
    if (nowMs - this.periodStartMs > PERIOD_MS) {
      this.previous = this.current;
      this.current = NONE;
      this.periodStartMs = nowMs;
    }
    if (ms < this.current.ms) this.current = { ms, bytes };
  }

  /** Infinite before the first. */
  get shortestMs(): number {
    return this.shortest.ms;
  }

  /** Of what had the shortest. */
  get shortestBytes(): number {
    return this.shortest.bytes;
  }

  private get shortest(): RoundTrip {
    return this.current.ms <= this.previous.ms ? this.current : this.previous;
  }
}
