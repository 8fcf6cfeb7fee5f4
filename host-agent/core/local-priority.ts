/** Remote input waits this long after the last motion of whoever sits at the desktop. */
export const LOCAL_PRIORITY_MS = 2_000;

/**
 * Two hands on one mouse fight; the hand at the desktop wins. While it moves, and for a while after, remote input is
 * ignored: not kept for later, because what it was aimed at may no longer be there.
 */
export class LocalPriority {
  private pausedUntilMs = Number.NEGATIVE_INFINITY;

  /** @returns true when remote input was allowed until now: whatever it holds must be let go */
  localMoved(nowMs: number): boolean {
    const interrupts = this.allows(nowMs);
    this.pausedUntilMs = nowMs + LOCAL_PRIORITY_MS;
    return interrupts;
  }

  allows(nowMs: number): boolean {
    return nowMs >= this.pausedUntilMs;
  }

  /** When remote input passes again; undefined: it passes now. */
  untilMs(nowMs: number): number | undefined {
    return this.allows(nowMs) ? undefined : this.pausedUntilMs;
  }
}
