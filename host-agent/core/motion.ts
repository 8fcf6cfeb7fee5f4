import { areaOf, type Rect } from "../../protocol/geometry.ts";

const CELL_PX = 64;
/** More cells than the longest display side has, so that each has a key of its own. */
const CELLS_PER_ROW = 1024;
/** Changes that follow each other no later than this are one movement. */
const PAUSE_MS = 200;
/** So many changes on end: a film of 30 pictures a second is one after a quarter of a second, typing at no speed is. */
const CHANGES_ON_END = 8;
/** No typing changes more than this at once, so less of it tells a film; a window that opens changes once or twice. */
const LARGE_PX = 65_536;
const LARGE_CHANGES_ON_END = 3;

type Cell = { onEnd: number; lastMs: number };

/**
 * Which parts of the display move, as films and animations do: there an eye sees neither fine colours nor small errors, and
 * the next picture replaces this one anyway. Bounded by the display's cells.
 */
export class Motion {
  private readonly cells = new Map<number, Cell>();
  private newestMs = Number.NEGATIVE_INFINITY;

  /** These rectangles have changed, all at one time. Times rise. */
  changed(rects: readonly Rect[], nowMs: number): void {
    this.newestMs = nowMs;
    for (const rect of rects) {
      for (const key of cellsOf(rect)) {
        const cell = this.cells.get(key);
        if (cell === undefined) this.cells.set(key, { onEnd: 1, lastMs: nowMs });
        else if (cell.lastMs !== nowMs) {
          cell.onEnd = nowMs - cell.lastMs <= PAUSE_MS ? cell.onEnd + 1 : 1;
          cell.lastMs = nowMs;
        }
      }
    }
  }

  /** Whether most of it moved when the display last changed. */
  isMoving(rect: Rect): boolean {
    const enough = areaOf(rect) > LARGE_PX ? LARGE_CHANGES_ON_END : CHANGES_ON_END;
    let cells = 0;
    let moving = 0;
    for (const key of cellsOf(rect)) {
      cells += 1;
      const cell = this.cells.get(key);
      if (cell === undefined || this.newestMs - cell.lastMs > PAUSE_MS) continue;
      if (cell.onEnd >= enough) moving += 1;
    }
    return moving * 2 > cells;
  }

  /** Another display: nothing of it has moved yet. */
  forget(): void {
    this.cells.clear();
  }
}

function* cellsOf({ x, y, width, height }: Rect): Generator<number> {
  for (let row = Math.floor(y / CELL_PX); row * CELL_PX < y + height; row += 1) {
    for (let column = Math.floor(x / CELL_PX); column * CELL_PX < x + width; column += 1) {
      yield row * CELLS_PER_ROW + column;
    }
  }
}
