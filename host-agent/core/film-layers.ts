import {
  CELL_PX,
  type CellRun,
  cellAt,
  cellsOf,
  columnsOf,
  sharpSizeOf,
  softSizeOf,
  stripsOf,
} from "../../protocol/film.ts";
import type { Rect, Size } from "../../protocol/geometry.ts";

/** B G R unused, rows top down without padding. */
type Picture = { readonly size: Size; readonly bytes: Uint8Array };

export type FilmLayers = {
  /** All of it, half as wide and half as high. */
  readonly soft: Picture;
  readonly runs: readonly CellRun[];
  /** The cells that lose too much by that, packed; undefined when there are none. */
  readonly sharp: Picture | undefined;
};

/**
 * What halving may cost a cell that stays soft: the mean square of what it takes from values of 0..255. A film's own grain is
 * a third of it, and what JPEG takes at the usual quality is half of it.
 */
const MAX_LOSS = 20;
/**
 * Where more than this share of the cells is sharp, one JPEG of all of it takes fewer bytes than two layers: a sharp cell is
 * then in both.
 */
const SHARP_SHARE = 1 / 3;
/** Each so manyth row of cells tells about how many are sharp. */
const SAMPLED_ROWS = 8;
/**
 * Of each row of squares of two by two pixels, every fourth one is looked at, from these on, row by row: so many in each
 * column and on each diagonal, so that a thin line is met whichever way it runs.
 */
const SQUARE_EVERY_PX = 8;
const FIRST_SQUARE_PX = [0, 4, 2, 6, 2, 6, 0, 4] as const;
const SQUARES_A_CELL = 20;

/** Whether two layers of it are worth it: most films are soft nearly everywhere. */
export function isMostlySoft(picture: Picture, rect: Rect): boolean {
  const colours = coloursOf(picture);
  const columns = columnsOf(rect);
  let cells = 0;
  let sharp = 0;
  for (let first = 0; first < cellsOf(rect); first += SAMPLED_ROWS * columns) {
    const losses = lossesOf(colours, picture.size.width, rect, first);
    cells += columns;
    for (const loss of losses) if (loss > MAX_LOSS) sharp += 1;
  }
  return sharp <= cells * SHARP_SHARE;
}

/**
 * What a film's picture is sent as: an eye that follows what moves does not miss the finest detail where there is hardly
 * any, as in shading, grain, whatever is out of focus, or a film that its player has enlarged; it would where there are
 * letters and hard edges.
 * @param rect with room for a cell at least
 */
export function filmLayers(picture: Picture, rect: Rect): FilmLayers {
  const colours = coloursOf(picture);
  const runs = sharpRuns(colours, picture.size.width, rect);
  return {
    soft: halved(colours, picture.size.width, rect),
    runs,
    sharp: packed(colours, picture.size.width, rect, runs),
  };
}

function sharpRuns(colours: Int32Array, stride: number, rect: Rect): CellRun[] {
  const runs: CellRun[] = [];
  const columns = columnsOf(rect);
  let soft = 0;
  let sharp = 0;
  for (let first = 0; first < cellsOf(rect); first += columns) {
    for (const loss of lossesOf(colours, stride, rect, first)) {
      if (loss > MAX_LOSS) {
        sharp += 1;
        continue;
      }
      if (sharp > 0) {
        runs.push({ soft, sharp });
        soft = 0;
        sharp = 0;
      }
      soft += 1;
    }
  }
  if (sharp > 0) runs.push({ soft, sharp });
  return runs;
}

/**
 * What the cells of one row lose. Of a square of four pixels their mean is
 * kept; what is lost are the other three coefficients of Haar's transform. A step between two squares is inside one of those
 * that lie a pixel further right and down; it is only blurred, so it counts half. The squares reach a little over a cell's
 * edges: a blurred step beside a cell can be seen in it.
 * @param first the row's first cell
 */
function lossesOf(colours: Int32Array, stride: number, rect: Rect, first: number): Float64Array {
  const { y: top } = cellAt(rect, first);
  const columns = columnsOf(rect);
  const losses = new Float64Array(columns);
  const bottom = Math.min(top + CELL_PX, rect.height - 2);
  for (let y = Math.max(0, top - 2); y < bottom; y += 2) {
    const start = (rect.y + y) * stride + rect.x;
    const firstPx = FIRST_SQUARE_PX[(y >> 1) % FIRST_SQUARE_PX.length] ?? 0;
    for (let column = 0; column < columns; column += 1) {
      const left = Math.min(column * CELL_PX, rect.width - CELL_PX);
      const end = start + Math.min(left + CELL_PX, rect.width - 2);
      const from = left - 2 + firstPx;
      let sum = 0;
      for (let at = start + (from < 0 ? from + SQUARE_EVERY_PX : from); at < end; at += SQUARE_EVERY_PX) {
        const below = at + stride;
        const last = below + stride;
        // The one that both squares share.
        const shared = brightnessOf(colours, below + 1);
        const square = detailOf(
          brightnessOf(colours, at),
          brightnessOf(colours, at + 1),
          brightnessOf(colours, below),
          shared,
        );
        const next = detailOf(
          shared,
          brightnessOf(colours, below + 2),
          brightnessOf(colours, last + 1),
          brightnessOf(colours, last + 2),
        );
        sum = (sum + 2 * square + next) | 0;
      }
      losses[column] = (losses[column] ?? 0) + sum / (32 * 9 * SQUARES_A_CELL);
    }
  }
  return losses;
}

/** The squares of what differs from left to right, from above to below, and crosswise: 16 times the mean loss. */
function detailOf(a: number, b: number, c: number, d: number): number {
  const across = a + c - b - d;
  const down = a + b - c - d;
  const crosswise = a + d - b - c;
  // As whole numbers: V8 looks whether a usual product still is one.
  return Math.imul(across, across) + Math.imul(down, down) + Math.imul(crosswise, crosswise);
}

/** Each pixel the mean of four; of what there are at an odd end. */
function halved(colours: Int32Array, stride: number, rect: Rect): Picture {
  const size = softSizeOf(rect);
  const means = new Int32Array(size.width * size.height);
  const pairs = rect.width >> 1;
  for (let row = 0; row < size.height; row += 1) {
    let above = (rect.y + 2 * row) * stride + rect.x;
    let below = 2 * row + 1 < rect.height ? above + stride : above;
    let at = row * size.width;
    for (const end = at + pairs; at < end; at += 1) {
      means[at] = meanOf(
        colourAt(colours, above),
        colourAt(colours, above + 1),
        colourAt(colours, below),
        colourAt(colours, below + 1),
      );
      above += 2;
      below += 2;
    }
    if (pairs < size.width) {
      const [a, b] = [colourAt(colours, above), colourAt(colours, below)];
      means[at] = meanOf(a, a, b, b);
    }
  }
  return { size, bytes: new Uint8Array(means.buffer) };
}

/** Blue and red are added side by side: what one carries over does not reach the other. */
function meanOf(a: number, b: number, c: number, d: number): number {
  const blueRed = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x020002;
  const green = (a & 0x00ff00) + (b & 0x00ff00) + (c & 0x00ff00) + (d & 0x00ff00) + 0x000200;
  return ((blueRed >> 2) & 0xff00ff) | ((green >> 2) & 0x00ff00);
}

function packed(colours: Int32Array, stride: number, rect: Rect, runs: readonly CellRun[]): Picture | undefined {
  const size = sharpSizeOf(rect, runs);
  if (size === undefined) return undefined;
  const cells = new Int32Array(size.width * size.height);
  for (const { from, to, size: strip } of stripsOf(rect, runs)) {
    for (let row = 0; row < strip.height; row += 1) {
      const start = (rect.y + to.y + row) * stride + rect.x + to.x;
      cells.set(colours.subarray(start, start + strip.width), (from.y + row) * size.width + from.x);
    }
  }
  return { size, bytes: new Uint8Array(cells.buffer) };
}

const colourAt = (colours: Int32Array, at: number): number => colours[at] ?? 0;
/** Green twice and red once, which is nearly all of what an eye sees: three times what a grey has. */
function brightnessOf(colours: Int32Array, at: number): number {
  const colour = colours[at] ?? 0;
  return ((colour >> 7) & 0x1fe) + ((colour >> 16) & 0xff);
}

const coloursOf = ({ bytes }: Picture): Int32Array =>
  new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
