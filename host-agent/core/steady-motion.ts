import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { clusters } from "./clusters.ts";
import { joined } from "./merge-rects.ts";
import { Region } from "./region.ts";

/**
 * A film of more than seven pictures a second changes in each of so many such periods. A letter, and the caret that stood in its
 * place, change in two; a column's number that counts four letters a second, never in three one after the other.
 */
const PERIODS = 3;
const PERIOD_MS = 140;
/** What rests in a film for some pictures is not in them, and goes on: nearly all of a film changes twice in so many. */
const FILM_PERIODS = 9;
/** And so much of it in each of the newest PERIODS: else it is over. */
const LIVELY_SHARE = 1 / 3;
/** Less is no film, and less is no part of one, but something that changes beside it, as a line that is typed. */
export const FILM_PX = 65_536;
const PART_PX = 4096;
/** Where less changes in all of the newest PERIODS, as where a window is dragged, there is no film to look for. */
const STEADY_PX = 8192;
/** Of what rests in a film: a station's logo is painted with it, text between two films is not. */
const GAP_PX = 8192;
const RESTING_SHARE = 1 / 8;
/** What changes in more pieces within a period is strewn all over: nothing can be said of it that is true to the pixel. */
const MAX_PIECES = 256;

/**
 * Which pixels go on changing, to the pixel: a letter that is typed at the very edge of a film is no part of it. And where films
 * are. (motion.ts tells the encoders of whole cells.)
 */
export class SteadyMotion {
  private region = Region.empty;
  private filmParts: readonly Rect[] = [];
  /** What changed in each of the last periods, newest first. */
  private past: readonly Region[] = [];
  /** In this one; undefined: in too many pieces. */
  private now: Region | undefined = Region.empty;
  private period = Number.NEGATIVE_INFINITY;

  /** These pixels have changed. Times rise; whoever is told the same on one clock says the same. */
  changed(region: Region, nowMs: number): void {
    const period = Math.floor(nowMs / PERIOD_MS);
    if (period !== this.period) {
      // If nothing changed for a whole period, nothing goes on.
      this.past = period === this.period + 1 ? [this.now ?? Region.empty, ...this.past].slice(0, FILM_PERIODS) : [];
      this.period = period;
      this.now = Region.empty;
      this.look();
    }
    const all = this.now?.union(region);
    this.now = all !== undefined && all.rects.length > MAX_PIECES ? undefined : all;
  }

  /** Changed in all of the newest PERIODS before this one, or is in a film. */
  get moving(): Region {
    return this.region;
  }

  /** Disjoint rectangles that hold films; one that is not a rectangle itself, as somebody before a wall, is in several. */
  get films(): readonly Rect[] {
    return this.filmParts;
  }

  private look(): void {
    const newest = this.past.slice(0, PERIODS);
    const steady = newest.length < PERIODS ? Region.empty : newest.reduce((all, one) => all.intersect(one));
    this.filmParts = steady.area < STEADY_PX ? [] : filmsIn(this.past, newest);
    this.region = steady.union(Region.of(this.filmParts));
  }
}

/**
 * @param past what changed in each of the last periods
 * @param newest and in the newest PERIODS of them
 */
function filmsIn(past: readonly Region[], newest: readonly Region[]): Rect[] {
  let once = Region.empty;
  // What changed in one period only is a page that was turned, or a window that opened.
  let changed = Region.empty;
  for (const one of past) {
    changed = changed.union(once.intersect(one));
    once = once.union(one);
  }
  if (changed.area < FILM_PX || changed.rects.length > 2 * MAX_PIECES) return [];
  const changedBy = (region: Region, box: Rect, share: number) => region.within(box).area >= areaOf(box) * share;
  const pieces = changed.simplified(Number.POSITIVE_INFINITY).filter((piece) => areaOf(piece) >= PART_PX);
  const boxes = joined(pieces, GAP_PX, (box) => changedBy(changed, box, 1 - RESTING_SHARE));
  const parts = boxes.filter((box) => newest.every((one) => changedBy(one, box, LIVELY_SHARE)));
  return clusters(parts)
    .filter((film) => film.reduce((sum, part) => sum + areaOf(part), 0) >= FILM_PX)
    .flat();
}
