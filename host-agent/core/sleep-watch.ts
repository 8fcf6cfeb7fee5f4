/** A clock that jumps by more than this was not late: the machine slept, or the program was stopped. */
const SLEEP_MS = 5_000;

/**
 * Tells from two clocks that this machine has slept. A monotonic clock may stand still in sleep while the wall clock goes
 * on; in a stopped virtual machine or program both jump. Times are handed in.
 */
export class SleepWatch {
  private lastMs: number;
  private lastWallMs: number;
  private total = 0;

  constructor(nowMs: number, wallMs: number) {
    this.lastMs = nowMs;
    this.lastWallMs = wallMs;
  }

  /** All sleep so far, ms. */
  get sleptMs(): number {
    return this.total;
  }

  /**
   * True: it has slept since it was asked last.
   * @param running it should have been asked a second or so ago, so that a jump of the monotonic clock is a sleep, too
   */
  look(nowMs: number, wallMs: number, running: boolean): boolean {
    const elapsedMs = nowMs - this.lastMs;
    const aheadMs = wallMs - this.lastWallMs - elapsedMs;
    this.lastMs = nowMs;
    this.lastWallMs = wallMs;
    const jumpMs = Math.max(aheadMs, 0) + (running ? Math.max(elapsedMs, 0) : 0);
    if (jumpMs < SLEEP_MS) return false;
    this.total += jumpMs;
    return true;
  }
}
