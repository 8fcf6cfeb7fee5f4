import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { Region } from "./region.ts";

/**
 * A film of more than seven pictures a second changes in each of so many such periods. A letter, and the caret that stood in its
 * place, change in two; a column's number that counts four letters a second, never in three one after the other.
 */
const PERIODS = 3;
const PERIOD_MS = 140;
/** What rests in a film for some pictures is not in them, and goes on: all of a film changes in a second, or nearly all. */
const FILM_PERIODS = 7;
/** Less is no film. */
export const FILM_PX = 65_536;
/** Between parts of a film, of what rests: a station's logo is painted with it, text between two films is not. */
const GAP_PX = 4096;
const FILM_SHARE = 15 / 16;

/**
 * Which pixels go on changing, to the pixel: what is typed at the very edge of a film is no part of it. (motion.ts tells the
 * encoders of whole cells.)
 */
export class SteadyMotion {
  private region = Region.empty;
  private wholeFilms: readonly Rect[] = [];
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

  /** Disjoint rectangles that hold films. */
  get films(): readonly Rect[] {
    return this.wholeFilms;
  }

  private look(): void {
    const isSteady = this.past.length >= PERIODS;
    this.wholeFilms = isSteady ? filmsIn(this.past.reduce((all, one) => all.union(one))) : [];
    const steady = isSteady ? this.past.slice(0, PERIODS).reduce((all, one) => all.intersect(one)) : Region.empty;
    this.region = steady.union(Region.of(this.wholeFilms));
  }
}

function filmsIn(changed: Region): Rect[] {
  const boxes = changed.simplified(Number.POSITIVE_INFINITY, GAP_PX);
  return boxes.filter((box) => {
    const px = changed.within(box).area;
    return px >= FILM_PX && px >= areaOf(box) * FILM_SHARE;
  });
}
