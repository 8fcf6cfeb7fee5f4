import type { Rect } from "../../protocol/geometry.ts";
import { mergedByCost } from "./merge-rects.ts";
import { rowsOf } from "./rect.ts";

/**
 * A horizontal strip with the same horizontal extents in every row. `spans` is left, right, left, right, ... in
 * ascending order; spans neither overlap nor touch. Bands that touch have different spans. So a set of pixels has
 * exactly one representation.
 */
type Band = { readonly top: number; readonly bottom: number; readonly spans: readonly number[] };

/** Which pixels of two sets to keep. */
type Keep = (inA: boolean, inB: boolean) => boolean;

const MAX_RECTS_KEPT = 256;
/** Farther than any edge, and a small integer, as they are all (rect.ts). */
const BEYOND_PX = 0x3fff_ffff;

/** An immutable set of whole pixels. Every operation costs time in proportion to the number of rectangles. */
export class Region {
  static readonly empty = new Region([]);
  private readonly bands: readonly Band[];
  private knownRects: readonly Rect[] | undefined;

  private constructor(bands: readonly Band[]) {
    this.bands = bands;
  }

  /** The pixels of all of them; they may overlap, and empty ones count for nothing. */
  static of(rects: readonly Rect[]): Region {
    const [only] = rects;
    if (only === undefined) return Region.empty;
    if (rects.length === 1) {
      if (only.width <= 0 || only.height <= 0) return Region.empty;
      return new Region([{ top: only.y, bottom: only.y + only.height, spans: [only.x, only.x + only.width] }]);
    }
    const half = rects.length >> 1;
    return Region.of(rects.slice(0, half)).union(Region.of(rects.slice(half)));
  }

  union(other: Region): Region {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    return new Region(combined(this.bands, other.bands, (inA, inB) => inA || inB));
  }

  subtract(other: Region): Region {
    if (this.isApartFrom(other)) return this;
    return new Region(combined(this.bands, other.bands, (inA, inB) => inA && !inB));
  }

  intersect(other: Region): Region {
    if (this.isApartFrom(other)) return Region.empty;
    return new Region(combined(this.bands, other.bands, (inA, inB) => inA && inB));
  }

  within(rect: Rect): Region {
    return this.intersect(Region.of([rect]));
  }

  without(rect: Rect): Region {
    return this.subtract(Region.of([rect]));
  }

  /** Every pixel of it as far right and down. */
  shifted(dx: number, dy: number): Region {
    const bands = this.bands.map(({ top, bottom, spans }) => ({
      top: top + dy,
      bottom: bottom + dy,
      spans: spans.map((edge) => edge + dx),
    }));
    return new Region(bands);
  }

  get isEmpty(): boolean {
    return this.bands.length === 0;
  }

  /** In pixels. */
  get area(): number {
    return this.rects.reduce((sum, rect) => sum + rect.width * rect.height, 0);
  }

  /**
   * Disjoint, ordered by top, then left. What reaches through several bands is one rectangle: changes side by side
   * would otherwise cut each other into slices.
   */
  get rects(): readonly Rect[] {
    this.knownRects ??= this.reachingRects();
    return this.knownRects;
  }

  private reachingRects(): Rect[] {
    const rects: Rect[] = [];
    let above = new Map<number, number>();
    for (const { top, bottom, spans } of this.bands) {
      const here = new Map<number, number>();
      for (const [x, right] of pairs(spans)) {
        const index = above.get(x);
        const reaching = index === undefined ? undefined : rects[index];
        if (index !== undefined && reaching?.width === right - x && reaching.y + reaching.height === top) {
          rects[index] = rowsOf(reaching, 0, bottom - reaching.y);
          here.set(x, index);
        } else {
          here.set(x, rects.push({ x, y: top, width: right - x, height: bottom - top }) - 1);
        }
      }
      above = here;
    }
    return rects;
  }

  /** Says so of empty ones, and of those with all rows of one above the other's: the cheap part of the question. */
  private isApartFrom(other: Region): boolean {
    const [first, last, otherFirst, otherLast] = [this.bands[0], this.bands.at(-1), other.bands[0], other.bands.at(-1)];
    if (first === undefined || last === undefined || otherFirst === undefined || otherLast === undefined) return true;
    return last.bottom <= otherFirst.top || otherLast.bottom <= first.top;
  }

  /**
   * Few disjoint rectangles that cover the region, and a little more where that is cheaper.
   * @param rectCostPx what a rectangle costs beside its pixels, in pixels; unless told, when they are sent
   */
  simplified(maxRects: number, rectCostPx?: number): Rect[] {
    return mergedByCost(this.rects, maxRects, rectCostPx);
  }

  /** Itself, or where it is in very many pieces a simpler, slightly larger one: for whoever keeps it. */
  bounded(): Region {
    return this.rects.length > MAX_RECTS_KEPT ? Region.of(this.simplified(MAX_RECTS_KEPT / 4)) : this;
  }
}

function* pairs(spans: readonly number[]): Generator<[number, number]> {
  let left: number | undefined;
  for (const edge of spans) {
    if (left === undefined) left = edge;
    else {
      yield [left, edge];
      left = undefined;
    }
  }
}

/** Sweeps over both from top to bottom, row of equal bands by row of equal bands. */
function combined(a: readonly Band[], b: readonly Band[], keep: Keep): Band[] {
  const bands: Band[] = [];
  let atA = 0;
  let atB = 0;
  let top = -BEYOND_PX;
  for (;;) {
    while ((a[atA]?.bottom ?? BEYOND_PX) <= top) atA += 1;
    while ((b[atB]?.bottom ?? BEYOND_PX) <= top) atB += 1;
    const bottom = Math.min(nextEdge(a[atA], top), nextEdge(b[atB], top));
    if (bottom === BEYOND_PX) return bands;
    append(bands, { top, bottom, spans: combinedSpans(spansAt(a[atA], top), spansAt(b[atB], top), keep) });
    top = bottom;
  }
}

/** Below `y`, where a band that does not end above it begins or ends. */
function nextEdge(band: Band | undefined, y: number): number {
  if (band === undefined) return BEYOND_PX;
  return band.top > y ? band.top : band.bottom;
}

function spansAt(band: Band | undefined, y: number): readonly number[] {
  return band !== undefined && band.top <= y ? band.spans : [];
}

/** Sweeps from left to right; an odd number of edges passed means inside. */
function combinedSpans(a: readonly number[], b: readonly number[], keep: Keep): number[] {
  const spans: number[] = [];
  let atA = 0;
  let atB = 0;
  let kept = false;
  for (;;) {
    const x = Math.min(a[atA] ?? BEYOND_PX, b[atB] ?? BEYOND_PX);
    if (x === BEYOND_PX) return spans;
    if (a[atA] === x) atA += 1;
    if (b[atB] === x) atB += 1;
    const keeps = keep((atA & 1) === 1, (atB & 1) === 1);
    if (keeps !== kept) {
      spans.push(x);
      kept = keeps;
    }
  }
}

function append(bands: Band[], band: Band): void {
  if (band.spans.length === 0) return;
  const last = bands.at(-1);
  const joins =
    last?.bottom === band.top &&
    last.spans.length === band.spans.length &&
    last.spans.every((edge, index) => edge === band.spans[index]);
  if (last !== undefined && joins) bands[bands.length - 1] = { top: last.top, bottom: band.bottom, spans: last.spans };
  else bands.push(band);
}
