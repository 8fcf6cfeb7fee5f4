import { areaOf, type Point, type Rect } from "../../protocol/geometry.ts";
import type { Grid } from "./colour-grid.ts";
import { distinctRuns, isAt, placesOf, type Run } from "./distinct-runs.ts";
import type { Move } from "./move.ts";
import { movedArea } from "./moved-area.ts";

/** Less cannot gain what a copy must gain. */
const MIN_AREA_PX = 8192;
const MAX_RUNS = 12;
/** Runs that must agree on a vector before it is looked at closely: one alone may look the same elsewhere. */
const MIN_AGREEING = 2;
/** Straight up, down or sideways a run is searched across the whole display; anywhere else it may have come this far. */
const REACH_PX = 128;
/** What is dragged goes on almost as it went: from one look to the next by so much faster, slower or aside. */
const SWERVE_PX = 16;
/** So many runs are searched for; where half of what changed was uncovered, five that were dragged rarely all fail. */
const RUNS_SEARCHED_STRAIGHT = 6;
const RUNS_SEARCHED_AROUND = 5;
/** A run found in more places than this says little. */
const MAX_PLACES = 6;
/** Vectors that are looked at closely. */
const MAX_TRIES = 3;
/** After so many searches in vain, as in a video, only every so manyth change is searched. */
const PATIENCE = 4;
const LOOK_EVERY = 4;
/** Changes further apart are no video: windows that open, pages that are turned. The next one may be a scroll again. */
const VIDEO_PERIOD_MS = 250;

/**
 * Finds what a scroll or a dragged window moved: the vector by which most of a few distinct runs of pixels agree to have
 * come, and the rectangle for which that is so. The work is bounded, and small where nothing moves. Not every pixel is
 * looked at: whoever moves the content of the display's picture compares after that, and sees what the move left wrong.
 */
export class MoveSearch {
  /** How far content moved last: what is dragged or scrolled often goes on as it went. */
  private previous: Point | undefined;
  private inVain = 0;
  private lastMs = Number.NEGATIVE_INFINITY;

  /** @param known the whole display as it was; @param newer a part of it as it is now */
  find(known: Grid, newer: Grid, nowMs: number): Move | undefined {
    if (areaOf(newer.rect) < MIN_AREA_PX) return undefined;
    const runs = distinctRuns(known, newer, MAX_RUNS);
    if (runs.length < MIN_AGREEING) return undefined;
    if (nowMs - this.lastMs > VIDEO_PERIOD_MS) this.inVain = 0;
    this.lastMs = nowMs;
    this.inVain += 1;
    if (this.inVain > PATIENCE && this.inVain % LOOK_EVERY !== 0) return undefined;
    for (const vector of this.likely(known, runs)) {
      const move = movedArea(known, newer, vector);
      if (move === undefined) continue;
      this.previous = vector;
      this.inVain = 0;
      return move;
    }
    return undefined;
  }

  private likely(known: Grid, runs: readonly Run[]): Point[] {
    const votes = new Votes(known, runs);
    const { previous } = this;
    if (previous !== undefined) {
      votes.consider(previous);
      votes.search(RUNS_SEARCHED_AROUND, ({ x, y }) => [around({ x: x - previous.x, y: y - previous.y }, SWERVE_PX)]);
    }
    const { x, y, width, height } = known.rect;
    votes.search(RUNS_SEARCHED_STRAIGHT, (run) => [
      { x: run.x, y, width: 1, height },
      { x, y: run.y, width, height: 1 },
    ]);
    votes.search(RUNS_SEARCHED_AROUND, (run) => [around(run, REACH_PX)]);
    return votes.best(MAX_TRIES);
  }
}

const around = ({ x, y }: Point, reachPx: number): Rect => ({
  x: x - reachPx,
  y: y - reachPx,
  width: 2 * reachPx + 1,
  height: 2 * reachPx + 1,
});

/** How many runs each vector explains. */
class Votes {
  private readonly known: Grid;
  private readonly runs: readonly Run[];
  private readonly byVector = new Map<string, { readonly vector: Point; readonly count: number }>();
  private most = 0;

  constructor(known: Grid, runs: readonly Run[]) {
    this.known = known;
    this.runs = runs;
  }

  /** Looks for some of the runs where they may have come from, until it is clear. */
  search(maxRuns: number, areasFor: (run: Run) => readonly Rect[]): void {
    for (const run of this.runs.slice(0, maxRuns)) {
      if (this.areClear) return;
      const places = areasFor(run).flatMap((area) => placesOf(run, this.known, area, MAX_PLACES));
      for (const place of places) this.consider({ x: run.x - place.x, y: run.y - place.y });
    }
  }

  consider(vector: Point): void {
    const key = `${vector.x},${vector.y}`;
    if (this.byVector.has(key)) return;
    const count = this.runs.filter((run) => isAt(this.known, run.x - vector.x, run.y - vector.y, run.colours)).length;
    this.byVector.set(key, { vector, count });
    this.most = Math.max(this.most, count);
  }

  best(maxVectors: number): Point[] {
    return [...this.byVector.values()]
      .filter(({ count }) => count >= MIN_AGREEING)
      .sort((one, two) => two.count - one.count)
      .slice(0, maxVectors)
      .map(({ vector }) => vector);
  }

  /** More than half of the runs agree: nothing better is to be found. */
  private get areClear(): boolean {
    return this.most > this.runs.length / 2;
  }
}
