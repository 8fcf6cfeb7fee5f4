import { Region } from "./region.ts";

/** A film changes in each of two such periods; a letter, and the caret that stood in its place, only in one. */
const PERIOD_MS = 200;

/**
 * Which pixels go on changing, to the pixel: what is typed at the very edge of a film is no part of it. (motion.ts tells the
 * encoders of whole cells.)
 */
export class SteadyMotion {
  private region = Region.empty;
  private before = Region.empty;
  private now = Region.empty;
  private sinceMs = Number.NEGATIVE_INFINITY;

  /** These pixels have changed. Times rise. */
  changed(region: Region, nowMs: number): void {
    const pastMs = nowMs - this.sinceMs;
    if (pastMs >= PERIOD_MS) {
      // Nothing changed for a whole period and more: nothing goes on.
      const isOnEnd = pastMs < 2 * PERIOD_MS;
      this.region = isOnEnd ? this.before.intersect(this.now) : Region.empty;
      this.before = isOnEnd ? this.now : Region.empty;
      this.now = Region.empty;
      this.sinceMs = nowMs;
    }
    this.now = this.now.union(region).bounded();
  }

  /** Changed in both of the two periods before this one. */
  get moving(): Region {
    return this.region;
  }
}
