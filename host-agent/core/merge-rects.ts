import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { boundsOf, overlaps } from "./rect.ts";

/** What a pixel that did not change costs when it is sent along: it compresses well, but it is encoded and painted. */
const BYTES_PER_PIXEL = 0.1;
/** What a rectangle costs beside its pixels: headers on the wire, and about 25 us of calls on each end. */
const BYTES_PER_RECT = 60;

/**
 * Joins rectangles while one larger rectangle is cheaper than several, and on until at most `maxRects` are left.
 * Takes disjoint rectangles and returns disjoint ones that cover them. Equal input gives equal output.
 */
export function mergedByCost(
  rects: readonly Rect[],
  maxRects: number,
  rectCostPx: number = BYTES_PER_RECT / BYTES_PER_PIXEL,
): Rect[] {
  if (maxRects < 1) throw new RangeError(`at least one rectangle, not ${maxRects}`);
  let costPx = rectCostPx;
  let merged = joined(rects, costPx);
  while (merged.length > maxRects) {
    // Too many: a rectangle counts for more and more until they are few enough. Everything merges in the end.
    costPx *= 4;
    merged = joined(merged, costPx);
  }
  return merged;
}

/**
 * Puts the rectangles in one by one, each joined with the one that saves most. Near linear when neighbours join.
 * @param costPx what a rectangle costs beside its pixels, in pixels
 * @param mayJoin whether several may become this one
 */
export function joined(rects: readonly Rect[], costPx: number, mayJoin: (box: Rect) => boolean = () => true): Rect[] {
  let placed: Rect[] = [];
  for (const rect of rects) {
    let parts: readonly Rect[] = [rect];
    for (;;) {
      // Each time: the box that the part before has become may cover some of this one.
      const [part, ...others] = parts.flatMap((one) => outside(one, placed));
      if (part === undefined) break;
      parts = others;
      let grown = part;
      for (;;) {
        const box = bestJoin(grown, placed, costPx);
        if (box === undefined || !mayJoin(box)) break;
        grown = box;
        placed = placed.filter((one) => !overlaps(one, grown));
      }
      placed.push(grown);
    }
  }
  return placed;
}

/** The box of the rectangle and the one it saves most with, and of all that this box cuts; if that saves at all. */
function bestJoin(rect: Rect, placed: readonly Rect[], costPx: number): Rect | undefined {
  let best: Rect | undefined;
  let bestSavedPx = 0;
  for (const other of placed) {
    const savedPx = areaOf(rect) + areaOf(other) + costPx - boundsArea(rect, other);
    if (savedPx > bestSavedPx) {
      best = other;
      bestSavedPx = savedPx;
    }
  }
  return best && closed(boundsOf(rect, best), rect, placed, costPx);
}

/** The area of `boundsOf`, without making a rectangle: this is asked for every pair. */
function boundsArea(a: Rect, b: Rect): number {
  const width = Math.max(a.x + a.width, b.x + b.width) - Math.min(a.x, b.x);
  const height = Math.max(a.y + a.height, b.y + b.height) - Math.min(a.y, b.y);
  return width * height;
}

/** Grows the box over everything that it cuts, so that the result stays disjoint; undefined if that costs more. */
function closed(box: Rect, rect: Rect, placed: readonly Rect[], costPx: number): Rect | undefined {
  let grown = box;
  for (;;) {
    const inside = placed.filter((one) => overlaps(one, grown));
    const next = inside.reduce(boundsOf, grown);
    if (areaOf(next) === areaOf(grown)) {
      const separatePx = inside.reduce((sum, one) => sum + areaOf(one) + costPx, areaOf(rect));
      return areaOf(grown) < separatePx ? grown : undefined;
    }
    grown = next;
  }
}

/** What of the rectangle is not covered by boxes that grew over it. */
function outside(rect: Rect, placed: readonly Rect[]): Rect[] {
  let parts = [rect];
  for (const box of placed) {
    if (overlaps(rect, box)) parts = parts.flatMap((part) => (overlaps(part, box) ? around(part, box) : [part]));
  }
  return parts;
}

/** The up to four parts of `rect` above, left of, right of and below `hole`. */
function around(rect: Rect, hole: Rect): Rect[] {
  const right = rect.x + rect.width;
  const bottom = rect.y + rect.height;
  const top = Math.max(rect.y, hole.y);
  const end = Math.min(bottom, hole.y + hole.height);
  const holeRight = hole.x + hole.width;
  return [
    { x: rect.x, y: rect.y, width: rect.width, height: top - rect.y },
    { x: rect.x, y: top, width: hole.x - rect.x, height: end - top },
    { x: holeRight, y: top, width: right - holeRight, height: end - top },
    { x: rect.x, y: end, width: rect.width, height: bottom - end },
  ].filter(({ width, height }) => width > 0 && height > 0);
}
