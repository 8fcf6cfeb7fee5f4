import { CELL_PX, type CellRun, cellAt, cellsOf, columnsOf, hasCells } from "../../protocol/film.ts";
import type { Rect } from "../../protocol/geometry.ts";
import { coloursOf, type Picture } from "./picture.ts";

/**
 * What halving may cost a cell that stays soft: the mean square of what it takes from values of 0..255. A film's own grain is
 * a third of it, and what JPEG takes at the usual quality is half of it.
 */
const MAX_LOSS = 20;
/**
 * Where more than this share of the cells is sharp, JPEG of all of it takes fewer bytes than two layers: a sharp cell is in
 * both.
 */
const SHARP_SHARE = 1 / 3;
/**
 * Of each row of squares of two by two pixels, every fourth one is looked at, from these on, row by row: so many in each
 * column and on each diagonal, so that a thin line is met whichever way it runs.
 */
const SQUARE_EVERY_PX = 8;
const FIRST_SQUARE_PX = [0, 4, 2, 6, 2, 6, 0, 4] as const;
const SQUARES_A_CELL = 20;
/** Sums of what squares lose are 16 times their mean, twice that to count a half, and 16 times that for brightness times 4. */
const MAX_SUM = 16 * 2 * 16 * SQUARES_A_CELL * MAX_LOSS;

/**
 * Which cells of a film are to stay sharp. An eye that follows what moves does not miss the finest detail where there is
 * hardly any, as in shading, grain, whatever is out of focus, or a film that its player has enlarged; it would where there
 * are letters and hard edges.
 * @returns undefined where they are so many that JPEG of all of it takes fewer bytes than two layers, or there is no room for one
 */
export function sharpRuns(picture: Picture, rect: Rect): CellRun[] | undefined {
  if (!hasCells(rect)) return undefined;
  const colours = coloursOf(picture);
  const columns = columnsOf(rect);
  const cells = cellsOf(rect);
  const runs: CellRun[] = [];
  let run = { soft: 0, sharp: 0 };
  let allSharp = 0;
  for (let first = 0; first < cells; first += columns) {
    for (const sum of sumsOf(colours, picture.size.width, rect, first)) {
      if (sum > MAX_SUM) {
        run.sharp += 1;
        allSharp += 1;
        continue;
      }
      if (run.sharp > 0) {
        runs.push(run);
        run = { soft: 0, sharp: 0 };
      }
      run.soft += 1;
    }
    if (allSharp > cells * SHARP_SHARE) return undefined;
  }
  if (run.sharp > 0) runs.push(run);
  return runs;
}

/**
 * What the cells of one row lose. Of a square of four pixels their mean is kept; what is lost are the other three
 * coefficients of Haar's transform. A step from one square to the next, right or down, is in none of them; it is only
 * blurred, so it counts half. The squares reach a little over a cell's edges: a blurred step beside a cell can be seen in it.
 * @param first the row's first cell
 */
function sumsOf(colours: Int32Array, stride: number, rect: Rect, first: number): Int32Array {
  // Of the last row and column, too, squares lie where those lie that are averaged.
  const top = even(cellAt(rect, first).y);
  const columns = columnsOf(rect);
  const sums = new Int32Array(columns);
  const bottom = Math.min(top + CELL_PX, rect.height - 1);
  for (let y = Math.max(0, top - 2); y < bottom; y += 2) {
    const start = (rect.y + y) * stride + rect.x;
    const lastInRow = start + rect.width - 1;
    // At the ends there is no next pixel, and no step to it.
    const toNextRow = y + 2 < rect.height ? stride : 0;
    const firstPx = FIRST_SQUARE_PX[(y >> 1) % FIRST_SQUARE_PX.length] ?? 0;
    for (let column = 0; column < columns; column += 1) {
      // As cellAt, without an object for each cell of each row.
      const left = even(Math.min(column * CELL_PX, rect.width - CELL_PX));
      const end = start + Math.min(left + CELL_PX, rect.width - 1);
      const from = left - 2 + firstPx;
      let sum = 0;
      for (let at = start + (from < 0 ? from + SQUARE_EVERY_PX : from); at < end; at += SQUARE_EVERY_PX) {
        const below = at + stride;
        const a = brightnessOf(colours, at);
        const b = brightnessOf(colours, at + 1);
        const c = brightnessOf(colours, below);
        const toTheRight = b - brightnessOf(colours, Math.min(at + 2, lastInRow));
        const downwards = c - brightnessOf(colours, below + toNextRow);
        sum = (sum + 2 * detailOf(a, b, c, brightnessOf(colours, below + 1))) | 0;
        sum = (sum + 4 * (Math.imul(toTheRight, toTheRight) + Math.imul(downwards, downwards))) | 0;
      }
      sums[column] = (sums[column] ?? 0) + sum;
    }
  }
  return sums;
}

/** The squares of what differs from left to right, from above to below, and crosswise: 16 times the mean loss. */
function detailOf(a: number, b: number, c: number, d: number): number {
  const across = a + c - b - d;
  const down = a + b - c - d;
  const crosswise = a + d - b - c;
  // As whole numbers: V8 looks whether a usual product still is one.
  return Math.imul(across, across) + Math.imul(down, down) + Math.imul(crosswise, crosswise);
}

const even = (px: number): number => px & ~1;

/** Green twice, red and blue once: four times what a grey has. Blue counts more than an eye sees of it, or its edges would not. */
function brightnessOf(colours: Int32Array, at: number): number {
  const colour = colours[at] ?? 0;
  return ((colour >> 7) & 0x1fe) + ((colour >> 16) & 0xff) + (colour & 0xff);
}
