import { ProtocolError } from "./errors.ts";

/*
 * What an indexed rectangle is deflated of
 *   0   u16  its colours, n: 1 to MAX_INDEXED_COLOURS
 *   2   u8   for each pixel, rows top down, which colour it has: the lower byte of its number, from 0 on
 *   ..  u8   for each pixel, only if n is above 256: the upper byte
 *   ..  u8   the red of each colour, then the green of each, then the blue: of greys these are alike, which deflate sees
 */

/** More is a photograph, or so many shades that their numbers repeat themselves no more often than they do. */
export const MAX_INDEXED_COLOURS = 1024;
const COUNT_BYTES = 2;
const COLOUR_BYTES = 3;
const BYTE_VALUES = 256;

/** Where its parts begin. */
export type IndexedParts = {
  readonly lowerAt: number;
  /** Undefined: no number has an upper byte. */
  readonly upperAt: number | undefined;
  readonly redAt: number;
  readonly greenAt: number;
  readonly blueAt: number;
  readonly bytes: number;
};

export function indexedParts(colours: number, pixels: number): IndexedParts {
  const upperAt = colours > BYTE_VALUES ? COUNT_BYTES + pixels : undefined;
  const redAt = (upperAt ?? COUNT_BYTES) + pixels;
  const greenAt = redAt + colours;
  const blueAt = greenAt + colours;
  return { lowerAt: COUNT_BYTES, upperAt, redAt, greenAt, blueAt, bytes: redAt + COLOUR_BYTES * colours };
}

/** How many bytes so many pixels can take. */
export const mostIndexedBytes = (pixels: number): number => indexedParts(MAX_INDEXED_COLOURS, pixels).bytes;

/**
 * The R G B A of each pixel.
 * @throws ProtocolError when these are not the bytes of so many pixels
 */
export function indexedPixels(bytes: Uint8Array, pixels: number): Uint8ClampedArray<ArrayBuffer> {
  const colours = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const parts = indexedParts(colours, pixels);
  if (colours === 0 || colours > MAX_INDEXED_COLOURS) {
    throw new ProtocolError("out-of-range", `${colours} colours in a rectangle`);
  }
  if (bytes.length !== parts.bytes) {
    throw new ProtocolError("out-of-range", `${bytes.length} bytes for ${pixels} pixels in ${colours} colours`);
  }
  const palette = paletteOf(bytes, colours, parts);
  const { lowerAt, upperAt } = parts;
  const rgba = new Uint32Array(pixels);
  let largest = 0;
  for (let at = 0; at < pixels; at += 1) {
    const upper = upperAt === undefined ? 0 : (bytes[upperAt + at] ?? 0);
    const number = (upper << 8) | (bytes[lowerAt + at] ?? 0);
    if (number > largest) largest = number;
    rgba[at] = palette[number] ?? 0;
  }
  if (largest >= colours) throw new ProtocolError("out-of-range", `colour ${largest} of ${colours}`);
  return new Uint8ClampedArray(rgba.buffer);
}

/** R G B A of each colour, as one number whose bytes lie in that order on any machine. */
function paletteOf(bytes: Uint8Array, colours: number, { redAt, greenAt, blueAt }: IndexedParts): Uint32Array {
  const palette = new Uint8Array(4 * colours);
  for (let nth = 0; nth < colours; nth += 1) {
    const opaque = [bytes[redAt + nth] ?? 0, bytes[greenAt + nth] ?? 0, bytes[blueAt + nth] ?? 0, 255];
    palette.set(opaque, 4 * nth);
  }
  return new Uint32Array(palette.buffer);
}
