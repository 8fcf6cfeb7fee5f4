const SHORTEST_GAP_MS = 100;
const LONGEST_GAP_MS = 3_000;

/**
 * How soon the window may be raised again. Whoever wants to be on top too (a second deskbeam, a game) would otherwise
 * answer each raise with its own, as fast as the machine can: so the gap doubles while that goes on.
 */
export class RaisePace {
  private lastMs = Number.NEGATIVE_INFINITY;
  private gapMs = SHORTEST_GAP_MS;

  /** 0: at once */
  waitMs(nowMs: number): number {
    return Math.max(0, this.lastMs + this.gapMs - nowMs);
  }

  raised(nowMs: number): void {
    const isCalm = nowMs - this.lastMs > 2 * this.gapMs;
    this.gapMs = isCalm ? SHORTEST_GAP_MS : Math.min(2 * this.gapMs, LONGEST_GAP_MS);
    this.lastMs = nowMs;
  }
}
