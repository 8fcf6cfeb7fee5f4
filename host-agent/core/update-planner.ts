import { areaOf, type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";
import type { Purpose } from "./choose-encoding.ts";
import { carried, composed, followed, type Move } from "./move.ts";
import { rowsOf } from "./rect.ts";
import { Region } from "./region.ts";
import { shortParts } from "./short-parts.ts";
import { SteadyMotion } from "./steady-motion.ts";
import { withWholeFilms } from "./whole-films.ts";

/**
 * Pixels that have not changed for this long are worth sending exact. More than films and scrolling leave between two
 * changes, and little of the 300 ms after which all is to be exact.
 */
const REST_MS = 100;
/** A change of so many pixels is one of a film, a scroll, a drag: the processor and the path are for what comes next of it. */
export const MOTION_PX = 16_384;
/**
 * While such changes come, what rests beside them is made exact a piece at a time, so small that the next picture hardly
 * waits for it: one in each such part of the clock's time, for all viewers in the same.
 */
const REFINE_BESIDE_MOTION_MS = 125;
const REFINE_BESIDE_MOTION_PX = 16_384;
/** Changes this close in time share one entry, so that an animation cannot make the list of recent ones long. */
const SAME_TIME_MS = 25;
/** One refinement is at most this much, so that a fresh change never waits long for its encoding. */
const REFINE_PX_PER_UPDATE = 65_536;
const MAX_RECTS_PER_UPDATE = 64;
/** A copy that brings less of what is to be there is not worth what it leaves: a ragged rest. */
const MIN_GAIN_SHARE = 1 / 8;

/** The move comes first: it means the picture that the viewer has before. */
export type Plan = { readonly purpose: Purpose; readonly move: Move | undefined; readonly rects: readonly Rect[] };

type Recent = { readonly firstMs: number; readonly lastMs: number; readonly region: Region };

/**
 * What one viewer has not got yet, and what it holds only approximately. Never a queue: a viewer that falls behind
 * gets the newest picture of everything it missed.
 *
 * What moved is copied by the viewer instead of sent, one copy in an update. `missing` and `lossy` are what is so once
 * the copy that waits is done: pixels copied from missing ones are missing, from approximate ones approximate.
 *
 * Two viewers that keep up are handed the same rectangles, so that one encoding serves both.
 */
export class UpdatePlanner {
  private size: Size;
  private missing: Region;
  private lossy = Region.empty;
  /** What the viewer is to copy first in the next update. */
  private waiting: Move | undefined;
  /** A plan is being encoded: how exact what is in it will be is not known yet, so nothing is copied from it. */
  private isOut = false;
  /** When pixels changed last, for those that changed within REST_MS: oldest first, disjoint. */
  private recent: readonly Recent[] = [];
  private motion = new SteadyMotion();
  private changedMs = Number.NEGATIVE_INFINITY;
  private motionMs = Number.NEGATIVE_INFINITY;
  private refinedMs = Number.NEGATIVE_INFINITY;

  constructor(size: Size) {
    this.size = size;
    this.missing = Region.of([wholeOf(size)]);
  }

  /** The viewer has been handed everything, and exactly so, as far as what is out being encoded turns out exact. */
  get isComplete(): boolean {
    return this.missing.isEmpty && this.waiting === undefined && this.lossy.isEmpty;
  }

  /** First something moved, if it did; then these rectangles changed. */
  changed(rects: readonly Rect[], move: Move | undefined, nowMs: number): void {
    if (move !== undefined) this.moved(move);
    const changed = Region.of(rects).within(wholeOf(this.size));
    this.miss(changed);
    const region = move === undefined ? changed : changed.union(Region.of([move.to]));
    if (region.isEmpty) return;
    // What moved is no film: a copy takes it along.
    this.motion.changed(changed, nowMs);
    if (region.area >= MOTION_PX) this.motionMs = nowMs;
    this.changedMs = nowMs;
    this.moves(region, nowMs);
  }

  /** It does not rest. */
  private moves(region: Region, nowMs: number): void {
    const others = this.recent
      .filter(({ lastMs }) => nowMs - lastMs < REST_MS)
      .map(({ firstMs, lastMs, region: one }) => ({ firstMs, lastMs, region: one.subtract(region) }))
      .filter((one) => !one.region.isEmpty);
    const newest = others.at(-1);
    if (newest !== undefined && nowMs - newest.firstMs < SAME_TIME_MS) {
      const joined = { firstMs: newest.firstMs, lastMs: nowMs, region: newest.region.union(region).bounded() };
      this.recent = [...others.slice(0, -1), joined];
    } else {
      this.recent = [...others, { firstMs: nowMs, lastMs: nowMs, region: region.bounded() }];
    }
  }

  /** The display has another size: the viewer starts from black. */
  resized(size: Size): void {
    this.size = size;
    this.recent = [];
    this.motion = new SteadyMotion();
    this.repaint();
  }

  /** The viewer asks for everything again. */
  repaint(): void {
    this.missing = Region.of([wholeOf(this.size)]);
    this.lossy = Region.empty;
    this.waiting = undefined;
    this.isOut = false;
  }

  /** These were sent and may never have been seen: they count as not sent at all. */
  lost(rects: readonly Rect[]): void {
    const region = Region.of(rects).within(wholeOf(this.size));
    this.miss(region);
    if (this.waiting !== undefined) this.miss(carried(region, this.waiting));
  }

  /**
   * What to encode and send now; undefined when the viewer has all that can be sent yet. Disjoint rectangles.
   * The caller sends it: fresh rectangles count as handed over from here on, so that a change that comes while they
   * are being encoded is not lost. When they are sent, `sentLossy` and `sentExact` say how, before the next `next`.
   * @param sparePx about how many pixels may be made exact now
   */
  next(nowMs: number, sparePx = Number.POSITIVE_INFINITY): Plan | undefined {
    if (!this.missing.isEmpty || this.waiting !== undefined) {
      const move = this.waiting;
      // What a copy leaves to be sent are the strips that it uncovers: no film, also where there was one.
      const rects = move === undefined ? this.withFilms() : this.missing.simplified(MAX_RECTS_PER_UPDATE);
      this.missing = Region.empty;
      this.waiting = undefined;
      this.isOut = true;
      return { purpose: "fresh", move, rects };
    }
    if (this.lossy.isEmpty || sparePx <= 0 || nowMs < this.refineFromMs) return undefined;
    const unrested = this.recent.filter(({ lastMs }) => nowMs - lastMs < REST_MS);
    const rested = unrested.reduce((region, one) => region.subtract(one.region), this.lossy);
    if (rested.isEmpty) return undefined;
    this.isOut = true;
    this.refinedMs = nowMs;
    const isBesideMotion = nowMs < this.motionMs + REST_MS;
    const maxPx = Math.min(isBesideMotion ? REFINE_BESIDE_MOTION_PX : REFINE_PX_PER_UPDATE, sparePx);
    const rects = firstPixels(rested.simplified(MAX_RECTS_PER_UPDATE), maxPx);
    return { purpose: "refine", move: undefined, rects };
  }

  /**
   * What is to be sent before all else, as `next` would say it: what is short and no part of anything larger, if there is
   * anything larger. A letter typed beside a film then waits neither for the film's encoding nor for its bytes.
   * @param onlyThis nothing else can be sent now: also where there is nothing else
   */
  nextShort(onlyThis: boolean): Plan | undefined {
    // What is short may be part of what the copy leaves.
    if (this.missing.isEmpty || this.waiting !== undefined) return undefined;
    const all = this.missing.simplified(MAX_RECTS_PER_UPDATE);
    const rects = shortParts(all, this.motion.moving);
    if (rects.length === 0 || (rects.length === all.length && !onlyThis)) return undefined;
    this.missing = this.missing.subtract(Region.of(rects));
    this.isOut = true;
    return { purpose: "fresh", move: undefined, rects };
  }

  /** Whether some of this, when it has been read, is likely to be what `nextShort` hands out. */
  hasShort(damage: Region): boolean {
    return shortParts(damage.rects, this.motion.moving).length > 0;
  }

  sentLossy(rects: readonly Rect[]): void {
    this.isOut = false;
    this.lossy = this.lossy.union(Region.of(rects)).bounded();
  }

  sentExact(rects: readonly Rect[]): void {
    this.isOut = false;
    this.lossy = this.lossy.subtract(Region.of(rects)).bounded();
  }

  /**
   * When to ask `next` for something to refine, on the clock of `nowMs`; a time that has passed means now, and
   * undefined that nothing is approximate, so that an idle display needs no timer.
   */
  refineAtMs(nowMs: number): number | undefined {
    if (this.lossy.isEmpty) return undefined;
    // What rests by then is looked at then: this is asked after every update.
    if (nowMs < this.refineFromMs) return this.refineFromMs;
    let waiting = this.lossy.subtract(this.missing);
    if (waiting.isEmpty) return undefined;
    const dueMs: number[] = [];
    for (const { lastMs, region } of this.recent) {
      const rest = waiting.subtract(region);
      if (rest.area < waiting.area) dueMs.push(lastMs + REST_MS);
      waiting = rest;
    }
    return waiting.isEmpty ? Math.min(...dueMs) : 0;
  }

  /** Before that nothing is refined, however long it has rested. */
  private get refineFromMs(): number {
    const nextPeriod = Math.floor(this.refinedMs / REFINE_BESIDE_MOTION_MS) + 1;
    return Math.min(this.motionMs + REST_MS, nextPeriod * REFINE_BESIDE_MOTION_MS);
  }

  /** All that is missing, and what lies between the parts of a film: that is made exact when the film rests. */
  private withFilms(): Rect[] {
    const { films } = this.motion;
    if (films.length === 0) return this.missing.simplified(MAX_RECTS_PER_UPDATE);
    const rects = withWholeFilms(this.missing, films, MAX_RECTS_PER_UPDATE);
    const along = Region.of(rects).subtract(this.missing);
    if (!along.isEmpty) this.moves(along, this.changedMs);
    return rects;
  }

  private moved(move: Move): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting !== undefined && this.movedOn(waiting, move)) return;
    if (this.copies(move, areaOf(move.to))) this.waiting = move;
    else this.miss(Region.of([move.to]));
  }

  /** What waits to be copied moved once more: whether that is one copy. If not, all that waits is missing. */
  private movedOn(waiting: Move, move: Move): boolean {
    const both = composed(waiting, move);
    const without = this.missing.union(Region.of([waiting.to]));
    const isBetter = both !== undefined && gainPx(both.last, this.missing) >= gainPx(move, without);
    if (!isBetter || !this.copies(both.last, areaOf(move.to))) {
      this.miss(Region.of([waiting.to]));
      return false;
    }
    this.waiting = both.whole;
    this.miss(Region.of([waiting.to, move.to]).without(both.whole.to));
    return true;
  }

  /** Whether the viewer has enough of the source, for what is to be there. Then all is as after the move. */
  private copies(move: Move, wantedPx: number): boolean {
    if (this.isOut || gainPx(move, this.missing) < wantedPx * MIN_GAIN_SHARE) return false;
    this.missing = followed(this.missing, move).bounded();
    this.lossy = followed(this.lossy, move).bounded();
    return true;
  }

  private miss(region: Region): void {
    this.missing = this.missing.union(region).bounded();
  }
}

/** How many pixels a viewer has after a move, of those that it brings. */
const gainPx = (move: Move, missing: Region): number => areaOf(move.to) - carried(missing, move).area;

/** The first of the rectangles, the last of them cut by rows, up to about so many pixels. */
function firstPixels(rects: readonly Rect[], maxPx: number): Rect[] {
  const first: Rect[] = [];
  let leftPx = maxPx;
  for (const rect of rects) {
    const rows = Math.min(rect.height, Math.max(1, Math.floor(leftPx / rect.width)));
    first.push(rowsOf(rect, 0, rows));
    leftPx -= areaOf(rect);
    if (leftPx <= 0) break;
  }
  return first;
}
