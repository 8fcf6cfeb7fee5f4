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
/** What rests in a film for some pictures is not in them, and goes on: all of a film changes in a second, or nearly all. */
const FILM_PERIODS = 7;
/** Less is no film, and less is no part of one, but something that changes beside it, as a line that is typed. */
export const FILM_PX = 65_536;
const PART_PX = 8192;
/** Of what rests in a film: a station's logo is painted with it, text between two films is not. */
const GAP_PX = 4096;
const RESTING_SHARE = 1 / 8;

/**
 * Which pixels go on changing, to the pixel: what is typed at the very edge of a film is no part of it. (motion.ts tells the
 * encoders of whole cells.)
 */
export class SteadyMotion {
  private region = Region.empty;
  private filmParts: readonly Rect[] = [];
  /** What changed in each of the last periods, newest first. */
  private past: readonly Region[] = [];
  private now = Region.empty;
  private period = Number.NEGATIVE_INFINITY;

  /** These pixels have changed. Times rise; whoever is told the same on one clock says the same. */
  changed(region: Region, nowMs: number): void {
    const period = Math.floor(nowMs / PERIOD_MS);
    if (period !== this.period) {
      // If nothing changed for a whole period, nothing goes on.
      this.past = period === this.period + 1 ? [this.now, ...this.past].slice(0, FILM_PERIODS) : [];
      this.period = period;
      this.now = Region.empty;
      this.look();
    }
    this.now = this.now.union(region).bounded();
  }

  /** Changed in all of the periods before this one, or is in a film. */
  get moving(): Region {
    return this.region;
  }

  /** Disjoint rectangles that hold films; one that is not a rectangle itself, as somebody before a wall, is in several. */
  get films(): readonly Rect[] {
    return this.filmParts;
  }

  private look(): void {
    const isSteady = this.past.length >= PERIODS;
    this.filmParts = isSteady ? filmsIn(this.past.reduce((all, one) => all.union(one))) : [];
    const steady = isSteady ? this.past.slice(0, PERIODS).reduce((all, one) => all.intersect(one)) : Region.empty;
    this.region = steady.union(Region.of(this.filmParts));
  }
}

/** @param changed within a second */
function filmsIn(changed: Region): Rect[] {
  const mayJoin = (box: Rect) => changed.within(box).area >= areaOf(box) * (1 - RESTING_SHARE);
  const parts = joined(changed.rects, GAP_PX, mayJoin).filter((part) => areaOf(part) >= PART_PX);
  return clusters(parts)
    .filter((film) => film.reduce((sum, part) => sum + areaOf(part), 0) >= FILM_PX)
    .flat();
}
