import { ByteReader, ByteWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { areaOf, type Point, type Size } from "./geometry.ts";

/*
 * A rectangle of a film, in two layers
 *   0  varint  length of the soft layer
 *   .. soft    one whole JPEG picture of half the width and half the height, each rounded up: painted over all of the
 *              rectangle, twice as large and smoothly
 *   .. varint  number of runs; 0: nothing follows
 *   .. runs    varint  cells that stay soft
 *              varint  cells after them that are sharp, at least 1
 *   .. sharp   one whole JPEG picture of the sharp cells, packed: each is painted over the soft layer at its place
 *
 * A cell is a square of CELL_PX. There are as many as cover the rectangle, counted in reading order; those of the last column
 * and the last row lie inside it all the same, further left or up. In the sharp layer the sharp ones lie in the same order
 * beside each other, and in as many rows as it takes, of as many cells as the rectangle has columns.
 */

/** Two of JPEG's blocks; where chroma is not halved, what is in one cell says nothing about the next. */
export const CELL_PX = 16;

export type CellRun = { readonly soft: number; readonly sharp: number };

export type Film = {
  readonly soft: Uint8Array;
  readonly runs: readonly CellRun[];
  /** Empty when there are no runs. */
  readonly sharp: Uint8Array;
};

/** Sharp cells that lie side by side both in the sharp layer and in the rectangle, whose corner is 0,0. */
export type Strip = { readonly from: Point; readonly to: Point; readonly size: Size };

/** Whether a rectangle is large enough to have cells. */
export const hasCells = ({ width, height }: Size): boolean => width >= CELL_PX && height >= CELL_PX;

export const columnsOf = ({ width }: Size): number => Math.ceil(width / CELL_PX);
export const cellsOf = (size: Size): number => columnsOf(size) * Math.ceil(size.height / CELL_PX);

/** Where the corner of a cell lies in its rectangle. */
export function cellAt(size: Size, cell: number): Point {
  const columns = columnsOf(size);
  return {
    x: Math.min((cell % columns) * CELL_PX, size.width - CELL_PX),
    y: Math.min(Math.floor(cell / columns) * CELL_PX, size.height - CELL_PX),
  };
}

export const softSizeOf = ({ width, height }: Size): Size => ({
  width: Math.ceil(width / 2),
  height: Math.ceil(height / 2),
});

/** How many pixels both layers have at most: those of the last column and row are in the sharp one twice. */
export const layersPixels = (size: Size): number => areaOf(softSizeOf(size)) + cellsOf(size) * CELL_PX ** 2;

/** How large the sharp layer is; undefined when no cell is sharp. */
export function sharpSizeOf(size: Size, runs: readonly CellRun[]): Size | undefined {
  const cells = runs.reduce((sum, run) => sum + run.sharp, 0);
  const columns = Math.min(cells, columnsOf(size));
  return cells === 0 ? undefined : { width: columns * CELL_PX, height: Math.ceil(cells / columns) * CELL_PX };
}

/** All sharp cells, in as few strips as may be. */
export function stripsOf(size: Size, runs: readonly CellRun[]): Strip[] {
  const columns = columnsOf(size);
  const strips: Strip[] = [];
  let cell = 0;
  let packed = 0;
  for (const run of runs) {
    cell += run.soft;
    for (const end = cell + run.sharp; cell < end; ) {
      const to = cellAt(size, cell);
      const from = { x: (packed % columns) * CELL_PX, y: Math.floor(packed / columns) * CELL_PX };
      const inARow = Math.min(end - cell, columns - (cell % columns), columns - (packed % columns));
      // The cell of the last column may lie over the one before.
      const width = Math.min(inARow * CELL_PX, size.width - to.x);
      const cells = Math.floor(width / CELL_PX);
      strips.push({ from, to, size: { width: cells * CELL_PX, height: CELL_PX } });
      cell += cells;
      packed += cells;
    }
  }
  return strips;
}

export function encodeFilm({ soft, runs, sharp }: Film): Uint8Array {
  const writer = new ByteWriter(soft.length + sharp.length + 16 + 4 * runs.length);
  writer.varint(soft.length).raw(soft).varint(runs.length);
  for (const run of runs) writer.varint(run.soft).varint(run.sharp);
  return writer.raw(sharp).finish();
}

/** @throws ProtocolError when these are not the layers of a rectangle of this size; what JPEGs they are is not looked at */
export function decodeFilm(size: Size, data: Uint8Array): Film {
  if (!hasCells(size)) throw new ProtocolError("out-of-range", "a film smaller than a cell");
  const reader = new ByteReader(data);
  const soft = reader.raw(reader.varint());
  const count = reader.varint();
  let left = cellsOf(size);
  if (count > left) throw new ProtocolError("too-large", `${count} runs`);
  const runs: CellRun[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const run = { soft: reader.varint(), sharp: reader.varint() };
    left -= run.soft + run.sharp;
    if (run.sharp === 0 || left < 0) throw new ProtocolError("out-of-range", "a run of no cells of its rectangle");
    runs.push(run);
  }
  if (count === 0) reader.end();
  return { soft, runs, sharp: reader.rest() };
}
