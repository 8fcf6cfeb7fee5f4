/*
 * A number drawn in the picture so that it survives JPEG and scaled colour: a strip of 16 cells of 16 x 16 pixels, the
 * lowest bit first, white for 1 and black for 0; and under it the same strip inverted. A strip that was read while it
 * was being drawn, or of which only a part has come, is most likely no number and is then not believed.
 */
const STAMP_BITS = 16;
const CELL = 16;
export const STAMP_WIDTH = STAMP_BITS * CELL;
export const STAMP_HEIGHT = 2 * CELL;
/** A number must be far from every number before it, and no start colour must look like one. */
export const FIRST_NUMBER = 0x1001;
/** The rows, from the stamp's top, in which the middles of the cells lie. */
export const STAMP_ROWS = { upright: CELL / 2, inverted: CELL + CELL / 2 } as const;

const BYTES_PER_PIXEL = 4;

/** Its white cells as X's flat list of rectangles: x, y, width, height, ...; all else of the stamp is black. */
export function whiteCells(number: number, atX: number, atY: number): number[] {
  const rects: number[] = [];
  for (let bit = 0; bit < STAMP_BITS; bit += 1) {
    const isSet = (number >> bit) % 2 === 1;
    rects.push(atX + bit * CELL, atY + (isSet ? 0 : CELL), CELL, CELL);
  }
  return rects;
}

/**
 * @param upright STAMP_WIDTH pixels of blue, green, red, unused from the row STAMP_ROWS.upright
 * @param inverted the same from the row STAMP_ROWS.inverted
 * @returns undefined when this is not a whole stamp
 */
export function readStamp(upright: Uint8Array, inverted: Uint8Array): number | undefined {
  let number = 0;
  for (let bit = 0; bit < STAMP_BITS; bit += 1) {
    const at = (bit * CELL + CELL / 2) * BYTES_PER_PIXEL + 1;
    const isSet = (upright[at] ?? 0) > 127;
    const isSetBelow = (inverted[at] ?? 0) > 127;
    if (isSet === isSetBelow) return undefined;
    if (isSet) number += 2 ** bit;
  }
  return number;
}
