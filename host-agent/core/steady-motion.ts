import { Region } from "./region.ts";

/**
 * A film of more than seven pictures a second changes in each of so many such periods. A letter, and the caret that stood in its
 * place, change in two; a column's number that counts four letters a second, never in three one after the other.
 */
const PERIODS = 3;
const PERIOD_MS = 140;

/**
 * Which pixels go on changing, to the pixel: what is typed at the very edge of a film is no part of it. (motion.ts tells the
 * encoders of whole cells.)
 */
export class SteadyMotion {
  private region = Region.empty;
  /** What changed in each of the last periods, newest first. */
  private past: readonly Region[] = [];
  private now = Region.empty;
  private sinceMs = Number.NEGATIVE_INFINITY;

  /** These pixels have changed. Times rise. */
  changed(region: Region, nowMs: number): void {
    const ended = Math.floor((nowMs - this.sinceMs) / PERIOD_MS);
    if (ended === 1) {
      this.past = [this.now, ...this.past].slice(0, PERIODS);
      this.region = this.past.length < PERIODS ? Region.empty : this.past.reduce((all, one) => all.intersect(one));
      this.now = Region.empty;
      this.sinceMs += PERIOD_MS;
    } else if (ended > 1) {
      // Nothing changed for a whole period: nothing goes on.
      this.past = [];
      this.region = Region.empty;
      this.now = Region.empty;
      this.sinceMs = nowMs;
    }
    this.now = this.now.union(region).bounded();
  }

  /** Changed in all of the periods before this one. */
  get moving(): Region {
    return this.region;
  }
}
