import type { Point } from "../../../protocol/geometry.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import type { Drawable, PaintedWindow } from "./painted-display.ts";
import { FIRST_NUMBER, readStamp, STAMP_HEIGHT, STAMP_ROWS, STAMP_WIDTH, whiteCells } from "./stamp.ts";

const BYTES_PER_PIXEL = 4;
const upright = Buffer.alloc(STAMP_WIDTH * BYTES_PER_PIXEL);
const inverted = Buffer.alloc(STAMP_WIDTH * BYTES_PER_PIXEL);

/** Draws an update's number at each of these places. */
export function drawStamps(window: PaintedWindow, onto: Drawable, number: number, places: readonly Point[]): void {
  const black = places.flatMap(({ x, y }) => [x, y, STAMP_WIDTH, STAMP_HEIGHT]);
  const white = places.flatMap(({ x, y }) => whiteCells(number + FIRST_NUMBER, x, y));
  window.fill(onto, 0x000000, black);
  window.fill(onto, 0xffffff, white);
}

/** Whether each of these places of a display shows the number. */
export function showsStamps(on: FrameBuffer, number: number, places: readonly Point[]): boolean {
  return places.every((place) => stampAt(on, place) === number + FIRST_NUMBER);
}

/** What a display shows at this place; undefined: no stamp. */
export function stampAt(on: FrameBuffer, { x, y }: Point): number | undefined {
  on.readRow(x, y + STAMP_ROWS.upright, upright);
  on.readRow(x, y + STAMP_ROWS.inverted, inverted);
  return readStamp(upright, inverted);
}
