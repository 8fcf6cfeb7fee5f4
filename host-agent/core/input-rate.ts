/** Events a second that are looked at; above it moves only leave their newest place behind and wheel turns are dropped. */
export const MAX_ACCEPTED_PER_SECOND = 1_000;
/**
 * Actions a second that reach the display. Moves above it wait and merge, wheel turns are dropped; more strokes of keys and
 * buttons than this, which are never dropped, close the gate.
 */
export const MAX_INJECTED_PER_SECOND = 500;
/** Above this in two seconds running the viewer is not a person, and the gate closes. */
const MAX_ARRIVING_PER_SECOND = 5_000;

/**
 * Allowance that grows with time, up to one second's worth. What may not be dropped uses up what is left and passes
 * even when nothing is; there is no debt, or the pointer would stand still after every paste.
 */
export class Allowance {
  private readonly perSecond: number;
  private left: number;
  private atMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
    this.left = perSecond;
  }

  private refill(nowMs: number): void {
    const grown = ((nowMs - this.atMs) / 1000) * this.perSecond;
    // A clock that stands still or jumps back grows nothing.
    if (grown > 0) {
      this.left = Math.min(this.perSecond, this.left + grown);
      this.atMs = nowMs;
    }
  }

  /** Takes one if there is one. */
  tryTake(nowMs: number): boolean {
    if (this.readyAtMs(nowMs) > nowMs) return false;
    this.left -= 1;
    return true;
  }

  /** Takes `count`, or what there is. Answers whether there was at least one. */
  takeUpTo(count: number, nowMs: number): boolean {
    if (this.readyAtMs(nowMs) > nowMs) return false;
    this.left = Math.max(0, this.left - count);
    return true;
  }

  /** When `tryTake` will next succeed. */
  readyAtMs(nowMs: number): number {
    this.refill(nowMs);
    return this.left >= 1 ? nowMs : nowMs + Math.ceil(((1 - this.left) / this.perSecond) * 1000);
  }
}

/** Counts arrivals second by second; two seconds over the limit, one after the other, are a flood. */
export class FloodMeter {
  private secondStartMs = Number.NEGATIVE_INFINITY;
  private inThisSecond = 0;
  private lastSecondOver: boolean = false;

  /** Counts `events` and answers whether this is a flood. */
  arrived(events: number, nowMs: number): boolean {
    const elapsedMs = nowMs - this.secondStartMs;
    if (elapsedMs >= 1000) {
      this.lastSecondOver = elapsedMs < 2000 && this.inThisSecond > MAX_ARRIVING_PER_SECOND;
      this.inThisSecond = 0;
      this.secondStartMs = elapsedMs < 2000 ? this.secondStartMs + 1000 : nowMs;
    }
    this.inThisSecond += events;
    return this.lastSecondOver && this.inThisSecond > MAX_ARRIVING_PER_SECOND;
  }
}
