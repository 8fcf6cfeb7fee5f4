import { areaOf, type Point, type Rect } from "../../protocol/geometry.ts";
import type { Grid } from "./colour-grid.ts";
import { COLOUR_BITS } from "./colour-grid.ts";
import type { Move } from "./move.ts";
import { intersectionOf, shifted } from "./rect.ts";

/** The area is first found in tiles of this size, then its edges to the pixel. */
const TILE_PX = 32;
/**
 * Every so many rows are looked at: what the rest holds is proved when the pixels are compared after the move. Lines of
 * text are no multiple of it, or it would see the gaps between them only.
 */
const ROW_STEP = 11;
/** And along an edge, every so many pixels. */
const EDGE_STEP = 5;
/** A copy of less saves little and costs a rectangle, and the viewer a look at its whole picture. */
const MIN_GAIN_PX = 4096;

/**
 * The rectangle of the newer pixels that gains most when what lay at a distance of `vector` is moved there: pixels that
 * were wrong and become right count for it, pixels that were right and become wrong against it, and flat areas, right
 * either way, for nothing. Undefined where the gain is too small.
 * @param known the display as it was; @param newer a part of it, as it is now
 */
export function movedArea(known: Grid, newer: Grid, vector: Point): Move | undefined {
  const { rect } = newer;
  const reached = intersectionOf(rect, shifted(known.rect, vector.x, vector.y));
  if (reached === undefined || areaOf(reached) < MIN_GAIN_PX) return undefined;
  const gain = new GainCount(known, newer, vector);
  const columns = Math.ceil(reached.width / TILE_PX);
  const rows = Math.ceil(reached.height / TILE_PX);
  const tiles = new Int32Array(columns * rows);
  for (let row = 0; row < reached.height; row += ROW_STEP) {
    const first = Math.floor(row / TILE_PX) * columns;
    for (let column = 0; column < columns; column += 1) {
      const x = column * TILE_PX;
      const tile = first + column;
      const width = Math.min(TILE_PX, reached.width - x);
      tiles[tile] = (tiles[tile] ?? 0) + gain.ofRow(reached.y + row, reached.x + x, reached.x + x + width, 1);
    }
  }
  const best = richest(tiles, { width: columns, height: rows });
  if (best.sum * ROW_STEP < MIN_GAIN_PX) return undefined;
  const coarse = intersectionOf(reached, {
    x: reached.x + best.rect.x * TILE_PX,
    y: reached.y + best.rect.y * TILE_PX,
    width: best.rect.width * TILE_PX,
    height: best.rect.height * TILE_PX,
  });
  if (coarse === undefined) return undefined;
  const to = sharpened(coarse, reached, gain);
  return { to, from: { x: to.x - vector.x, y: to.y - vector.y } };
}

/** Pixels that a move makes right, less those that it makes wrong. */
class GainCount {
  private readonly known: Grid;
  private readonly newer: Grid;
  private readonly vector: Point;

  constructor(known: Grid, newer: Grid, vector: Point) {
    this.known = known;
    this.newer = newer;
    this.vector = vector;
  }

  /** Of every `step`th pixel of a row from `left` to before `right`. */
  ofRow(y: number, left: number, right: number, step: number): number {
    return this.along(left, y, Math.ceil((right - left) / step), step, step);
  }

  ofColumn(x: number, top: number, bottom: number, step: number): number {
    const { known, newer } = this;
    return this.along(x, top, Math.ceil((bottom - top) / step), step * newer.rect.width, step * known.rect.width);
  }

  private along(x: number, y: number, pixels: number, newerStep: number, knownStep: number): number {
    const { known, newer, vector } = this;
    const now = newer.colours;
    const before = known.colours;
    let at = (y - newer.rect.y) * newer.rect.width + x - newer.rect.x;
    let was = y * known.rect.width + x;
    let source = (y - vector.y) * known.rect.width + x - vector.x;
    let gain = 0;
    for (let left = pixels; left > 0; left -= 1) {
      const colour = now[at] ?? 0;
      if (((colour ^ (before[source] ?? 0)) & COLOUR_BITS) === 0) gain += 1;
      if (((colour ^ (before[was] ?? 0)) & COLOUR_BITS) === 0) gain -= 1;
      at += newerStep;
      was += knownStep;
      source += knownStep;
    }
    return gain;
  }
}

/** The rectangle of tiles with the largest sum: for every pair of top and bottom, the best run of column sums. */
function richest(tiles: Int32Array, size: { readonly width: number; readonly height: number }) {
  let best = { rect: { x: 0, y: 0, width: 0, height: 0 }, sum: 0 };
  for (let top = 0; top < size.height; top += 1) {
    const sums = new Int32Array(size.width);
    for (let row = top; row < size.height; row += 1) {
      let sum = 0;
      let left = 0;
      for (let column = 0; column < size.width; column += 1) {
        const inColumn = (sums[column] ?? 0) + (tiles[row * size.width + column] ?? 0);
        sums[column] = inColumn;
        if (sum <= 0) {
          sum = 0;
          left = column;
        }
        sum += inColumn;
        if (sum > best.sum) best = { rect: { x: left, y: top, width: column + 1 - left, height: row + 1 - top }, sum };
      }
    }
  }
  return best;
}

/** Moves each edge, by up to a tile, to where the gain is greatest. */
function sharpened(coarse: Rect, bounds: Rect, gain: GainCount): Rect {
  const { x, width } = coarse;
  const rowGain = (y: number) => gain.ofRow(y, x, x + width, EDGE_STEP);
  const [top, bottom] = edges(coarse.y, coarse.height, bounds.y, bounds.height, rowGain);
  const columnGain = (at: number) => gain.ofColumn(at, top, bottom, EDGE_STEP);
  const [left, right] = edges(x, width, bounds.x, bounds.width, columnGain);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Where it begins and where it ends, each to be found about where it is and within the bounds. */
function edges(
  start: number,
  length: number,
  boundsStart: number,
  boundsLength: number,
  lineGain: (at: number) => number,
): [number, number] {
  const reach = Math.min(TILE_PX, Math.floor(length / 2));
  const first = bestEdge(start + reach, Math.max(boundsStart, start - TILE_PX), (at) => lineGain(at - 1));
  const end = start + length;
  const last = bestEdge(end - reach, Math.min(boundsStart + boundsLength, end + TILE_PX), lineGain);
  return [first, last];
}

/** Walks outward from an edge that is surely inside; of the edges passed, the one with the greatest gain up to it. */
function bestEdge(inner: number, outer: number, gainBeyond: (edge: number) => number): number {
  const step = Math.sign(outer - inner);
  let best = inner;
  let bestSum = 0;
  let sum = 0;
  for (let edge = inner; edge !== outer; edge += step) {
    sum += gainBeyond(edge);
    if (sum > bestSum) {
      best = edge + step;
      bestSum = sum;
    }
  }
  return best;
}
