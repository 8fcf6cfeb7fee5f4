/** How often the clocks are to be looked at while anybody could be believed, ms. */
export const LOOK_EVERY_MS = 1_000;
/** A look this much later than the one before was not late: the machine slept, or the program was stopped. */
const SLEEP_MS = 5_000;

/**
 * Tells from two clocks that this machine has slept: the monotonic one, which may stand still in sleep, and the machine's
 * uptime, which goes on. In a stopped program or virtual machine both jump. Neither is moved by whoever sets the time of day.
 * To be looked at every LOOK_EVERY_MS; times are handed in.
 */
export class SleepWatch {
  private lastMs: number;
  private lastUptimeMs: number;
  private total = 0;

  constructor(nowMs: number, uptimeMs: number) {
    this.lastMs = nowMs;
    this.lastUptimeMs = uptimeMs;
  }

  /** All sleep so far, ms. */
  get sleptMs(): number {
    return this.total;
  }

  /** True: it has slept since the last look. */
  look(nowMs: number, uptimeMs: number): boolean {
    const jumpMs = Math.max(nowMs - this.lastMs, uptimeMs - this.lastUptimeMs);
    this.lastMs = nowMs;
    this.lastUptimeMs = uptimeMs;
    if (jumpMs < SLEEP_MS) return false;
    this.total += jumpMs;
    return true;
  }
}
