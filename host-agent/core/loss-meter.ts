import { PACKET_BYTES } from "./flight.ts";

/** One in so many lost, and waiting for them is felt: of a film's pictures some are then late in every second. */
const LOSSY = 1 / 250;
const CLEAN = 1 / 1_000;
/** What was lost before the last so many bytes counts little: about six hundred packets. */
const MEMORY_BYTES = 700_000;
/** Radio loses one or two at once. More is a queue that was overrun, which spare parts would only make longer. */
const MAX_LOST_AT_ONCE_BYTES = 2 * PACKET_BYTES;
/** Whoever begins to send may overrun a queue for a second; radio goes on losing: in so many of the last periods. */
const LOSSY_PERIODS = 4;
const LAST_PERIODS = 6;
const PERIOD_MS = 500;

/** Whether a path loses packets again and again, by what has come and what has not. */
export class LossMeter {
  private share = 0;
  private lossy = false;
  /** Those in which something was lost, the newest first. */
  private lossyPeriods: readonly number[] = [];

  /**
   * Times rise.
   * @param newBytes have come. @param lostBytes have been found lost, since this was last said
   */
  add(newBytes: number, lostBytes: number, nowMs: number): void {
    const countedBytes = Math.min(lostBytes, MAX_LOST_AT_ONCE_BYTES);
    const bytes = newBytes + countedBytes;
    if (bytes === 0) return;
    const weight = 1 - Math.exp(-bytes / MEMORY_BYTES);
    this.share += weight * (countedBytes / bytes - this.share);
    const period = Math.floor(nowMs / PERIOD_MS);
    if (lostBytes > 0 && period !== this.lossyPeriods[0]) {
      this.lossyPeriods = [period, ...this.lossyPeriods].slice(0, LOSSY_PERIODS);
    }
    const goesOn = (this.lossyPeriods[LOSSY_PERIODS - 1] ?? Number.NEGATIVE_INFINITY) > period - LAST_PERIODS;
    this.lossy = this.lossy ? this.share >= CLEAN : this.share >= LOSSY && goesOn;
  }

  get isLossy(): boolean {
    return this.lossy;
  }
}
