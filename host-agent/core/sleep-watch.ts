/** How often the clocks are to be looked at while anybody could be believed, ms. */
export const LOOK_EVERY_MS = 2_000;
/** A look this much later than the one before was not late: the machine slept, or the program was stopped. */
const SLEEP_MS = 6_000;
/** After so much, or where two clocks are so far apart, the third is asked, which takes longer than all else about a message. */
const DOUBT_MS = 500;

/**
 * Tells from its clocks that this machine has slept: the monotonic one, which may stand still in sleep, and the machine's
 * uptime, which goes on. In a stopped program or virtual machine both jump. Neither is moved by whoever sets the time of
 * day, which jumps in each of these cases too, and so only says when to ask. To be looked at every LOOK_EVERY_MS, and
 * before anything is believed; times are handed in.
 */
export class SleepWatch {
  private lastMs: number;
  private lastTimeOfDayMs: number;
  private lastUptimeMs: number;
  private total = 0;

  constructor(nowMs: number, timeOfDayMs: number, uptimeMs: number) {
    this.lastMs = nowMs;
    this.lastTimeOfDayMs = timeOfDayMs;
    this.lastUptimeMs = uptimeMs;
  }

  /** All sleep so far, ms. */
  get sleptMs(): number {
    return this.total;
  }

  /** True: it has slept since the last look. */
  look(nowMs: number, timeOfDayMs: number, uptimeMs: () => number): boolean {
    const passedMs = nowMs - this.lastMs;
    const apartMs = Math.abs(timeOfDayMs - this.lastTimeOfDayMs - passedMs);
    if (passedMs < DOUBT_MS && apartMs < DOUBT_MS) return false;
    const upMs = uptimeMs();
    const jumpMs = Math.max(passedMs, upMs - this.lastUptimeMs);
    this.lastMs = nowMs;
    this.lastTimeOfDayMs = timeOfDayMs;
    this.lastUptimeMs = upMs;
    if (jumpMs < SLEEP_MS) return false;
    this.total += jumpMs;
    return true;
  }
}
