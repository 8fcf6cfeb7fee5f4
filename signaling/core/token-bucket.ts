/** An allowance that refills steadily: `perSecond` in the long run, `burst` at once. Time is handed in. */
export class TokenBucket {
  private readonly perSecond: number;
  private readonly burst: number;
  private left: number;
  private atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.left = burst;
    this.atMs = nowMs;
  }

  /** Takes `cost`, or nothing at all when there is not enough. */
  take(cost: number, nowMs: number): boolean {
    // A clock that steps back must not empty the bucket.
    const passedMs = Math.max(0, nowMs - this.atMs);
    this.left = Math.min(this.burst, this.left + (passedMs / 1000) * this.perSecond);
    this.atMs = nowMs;
    if (cost > this.left) return false;
    this.left -= cost;
    return true;
  }

  /** How long after the last `take` there will be enough for `cost`, which is below the burst. At least one millisecond. */
  waitMs(cost: number): number {
    return Math.max(1, Math.ceil(((cost - this.left) / this.perSecond) * 1000));
  }
}
