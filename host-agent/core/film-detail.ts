import { CELL_PX, type CellRun } from "../../protocol/film.ts";

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
/** Of two by two pixels; one more row and column of them than lie in the cell. */
const SQUARES_A_CELL = (CELL_PX / 2 + 1) ** 2;
/** A square's loss is given as 32 times its mean (assembly/film.ts), and 16 times that for a brightness of four times a grey. */
const MAX_CELL_LOSS = 32 * 16 * SQUARES_A_CELL * MAX_LOSS;

/**
 * Which cells of a film are to stay sharp. An eye that follows what moves does not miss the finest detail where there is
 * hardly any, as in shading, grain, whatever is out of focus, or a film that its player has enlarged; it would where there
 * are letters and hard edges.
 * @param losses what halving takes from each cell, in reading order (assembly/film.ts)
 * @returns undefined where they are so many that JPEG of all of it takes fewer bytes than two layers
 */
export function sharpRuns(losses: Int32Array): CellRun[] | undefined {
  const runs: CellRun[] = [];
  let run = { soft: 0, sharp: 0 };
  let allSharp = 0;
  for (const loss of losses) {
    if (loss > MAX_CELL_LOSS) {
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
  if (run.sharp > 0) runs.push(run);
  return allSharp > losses.length * SHARP_SHARE ? undefined : runs;
}
