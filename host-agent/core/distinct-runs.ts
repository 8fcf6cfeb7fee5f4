import type { Point, Rect } from "../../protocol/geometry.ts";
import { COLOUR_BITS, type Grid } from "./colour-grid.ts";

/** Four letters of a terminal, five of prose: few places look the same over such a length. */
export const RUN_PX = 32;
/** A run of fewer changes of colour is an edge or a surface, and there are many like it. */
const MIN_CHANGES = 8;
/** A run that repeats itself at such a distance (a dithered background, a ruler) fits wherever it is laid. */
const MAX_PERIOD_PX = 8;
/** Where runs are looked for: one in each cell of a grid, within so many rows, which is a line of text and its gap. */
const COLUMNS = 12;
const ROWS = 8;
const ROWS_PER_CELL = 20;
/** Visits the 96 cells in an order that is spread over the picture from the first few on; it has no factor of 96. */
const CELL_STRIDE = 37;

/** RUN_PX pixels side by side that look like no others nearby, by the display place of the first of them. */
export type Run = Point & { readonly colours: Int32Array };

/** Runs of the newer pixels that are not what the display showed there before; spread, at most so many. */
export function distinctRuns(known: Grid, newer: Grid, maxRuns: number): Run[] {
  const { rect } = newer;
  const runs: Run[] = [];
  const cellWidth = rect.width / COLUMNS;
  const cellHeight = rect.height / ROWS;
  for (let turn = 0; turn < COLUMNS * ROWS && runs.length < maxRuns; turn += 1) {
    const cell = (turn * CELL_STRIDE) % (COLUMNS * ROWS);
    const left = rect.x + Math.floor((cell % COLUMNS) * cellWidth);
    const top = rect.y + Math.floor(Math.floor(cell / COLUMNS) * cellHeight);
    const x = Math.min(left, rect.x + rect.width - RUN_PX);
    const bottom = Math.min(top + ROWS_PER_CELL, rect.y + rect.height);
    if (x < rect.x) return runs;
    for (let y = top; y < bottom; y += 1) {
      const start = (y - rect.y) * rect.width + x - rect.x;
      if (!isDistinct(newer.colours, start)) continue;
      const colours = newer.colours.subarray(start, start + RUN_PX);
      if (isAt(known, x, y, colours)) continue;
      runs.push({ x, y, colours });
      break;
    }
  }
  return runs;
}

/** Whether the display shows this run at that place; false where it would reach over the edge. */
export function isAt(known: Grid, x: number, y: number, colours: Int32Array): boolean {
  const { width, height } = known.rect;
  if (x < 0 || y < 0 || x + RUN_PX > width || y >= height) return false;
  const start = y * width + x;
  for (let at = 0; at < RUN_PX; at += 1) {
    if ((((known.colours[start + at] ?? 0) ^ (colours[at] ?? 0)) & COLOUR_BITS) !== 0) return false;
  }
  return true;
}

/** Places in the area, rows near the run's own first, where the display shows this run; at most so many. */
export function placesOf(run: Run, known: Grid, area: Rect, maxPlaces: number): Point[] {
  const { width, height } = known.rect;
  const left = Math.max(0, area.x);
  const right = Math.min(width - RUN_PX, area.x + area.width - 1);
  const top = Math.max(0, area.y);
  const bottom = Math.min(height, area.y + area.height) - 1;
  const key = rarest(run.colours);
  const keyColour = run.colours[key] ?? 0;
  const places: Point[] = [];
  const farthest = Math.max(run.y - top, bottom - run.y);
  for (let turn = 0; turn <= 2 * farthest; turn += 1) {
    const y = run.y + (turn % 2 === 0 ? turn / 2 : -(turn + 1) / 2);
    if (y < top || y > bottom) continue;
    const shift = y * width + key;
    const end = shift + right + 1;
    for (let at = nextOf(keyColour, known.colours, shift + left, end); at < end; ) {
      const x = at - shift;
      if (isAt(known, x, y, run.colours) && places.push({ x, y }) === maxPlaces) return places;
      at = nextOf(keyColour, known.colours, at + 1, end);
    }
  }
  return places;
}

/** The first position from `from` on with this colour, or `end`. Four at a time: this is where the time goes. */
function nextOf(colour: number, colours: Int32Array, from: number, end: number): number {
  let at = from;
  for (; at + 4 <= end; at += 4) {
    if ((((colours[at] ?? 0) ^ colour) & COLOUR_BITS) === 0) return at;
    if ((((colours[at + 1] ?? 0) ^ colour) & COLOUR_BITS) === 0) return at + 1;
    if ((((colours[at + 2] ?? 0) ^ colour) & COLOUR_BITS) === 0) return at + 2;
    if ((((colours[at + 3] ?? 0) ^ colour) & COLOUR_BITS) === 0) return at + 3;
  }
  while (at < end && (((colours[at] ?? 0) ^ colour) & COLOUR_BITS) !== 0) at += 1;
  return at;
}

function isDistinct(colours: Int32Array, start: number): boolean {
  let changes = 0;
  for (let at = start + 1; at < start + RUN_PX; at += 1) {
    if ((((colours[at] ?? 0) ^ (colours[at - 1] ?? 0)) & COLOUR_BITS) !== 0) changes += 1;
  }
  if (changes < MIN_CHANGES) return false;
  for (let period = 2; period <= MAX_PERIOD_PX; period += 1) {
    if (repeats(colours, start, period)) return false;
  }
  return true;
}

function repeats(colours: Int32Array, start: number, period: number): boolean {
  for (let at = start + period; at < start + RUN_PX; at += 1) {
    if ((((colours[at] ?? 0) ^ (colours[at - period] ?? 0)) & COLOUR_BITS) !== 0) return false;
  }
  return true;
}

/** The place in the run of the colour that it has least of: the fewest other places are worth a second look. */
function rarest(colours: Int32Array): number {
  let best = 0;
  let fewest = RUN_PX + 1;
  for (let at = 0; at < RUN_PX; at += 1) {
    let count = 0;
    for (let other = 0; other < RUN_PX; other += 1) {
      if ((((colours[at] ?? 0) ^ (colours[other] ?? 0)) & COLOUR_BITS) === 0) count += 1;
    }
    if (count < fewest) {
      fewest = count;
      best = at;
    }
  }
  return best;
}
