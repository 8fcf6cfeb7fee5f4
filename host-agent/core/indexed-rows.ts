import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { indexedParts, MAX_INDEXED_COLOURS, mostIndexedBytes } from "../../protocol/indexed.ts";
import { COLOUR_BITS } from "./colour-grid.ts";
import { coloursOf, type Picture } from "./picture.ts";

/** Slots of the table of colours: at most a quarter of them is taken, so that the first one mostly is the right one. */
const SLOT_BITS = 12;
const SLOTS = 1 << SLOT_BITS;
/** Fibonacci hashing: the upper bits of the product depend on all of the colour's. */
const SPREAD = 0x9e3779b1;
const FREE = -1;
const RGB_BYTES = 3;

/** For one call at a time: what colour is in each slot, and its number. */
const slotColours = new Int32Array(SLOTS);
const slotNumbers = new Uint16Array(SLOTS);

/**
 * The rectangle's pixels as the numbers of their colours (protocol/indexed.ts); undefined: they have too many of them for
 * that to be fewer bytes than R G B. Of text it is a third of them, and deflates to half as many, in less time.
 */
export function indexedRows(picture: Picture, rect: Rect): Uint8Array<ArrayBuffer> | undefined {
  const pixels = areaOf(rect);
  const bytes = new Uint8Array(mostIndexedBytes(pixels));
  const { lowerAt, upperAt = 0 } = indexedParts(MAX_INDEXED_COLOURS, pixels);
  const colours = coloursOf(picture);
  const palette: number[] = [];
  slotColours.fill(FREE);
  let previous = FREE;
  let number = 0;
  let nth = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    const start = y * picture.size.width + rect.x;
    for (let from = start; from < start + rect.width; from += 1) {
      const colour = (colours[from] ?? 0) & COLOUR_BITS;
      if (colour !== previous) {
        previous = colour;
        const slot = slotOf(colour);
        if (slotColours[slot] === FREE) {
          if (palette.length === MAX_INDEXED_COLOURS) return undefined;
          slotColours[slot] = colour;
          slotNumbers[slot] = palette.length;
          palette.push(colour);
        }
        number = slotNumbers[slot] ?? 0;
      }
      bytes[lowerAt + nth] = number;
      bytes[upperAt + nth] = number >> 8;
      nth += 1;
    }
  }
  const { bytes: length } = indexedParts(palette.length, pixels);
  return length < RGB_BYTES * pixels ? finished(bytes, palette, pixels) : undefined;
}

/** Where this colour is in the table, or is to be. */
function slotOf(colour: number): number {
  let slot = Math.imul(colour, SPREAD) >>> (32 - SLOT_BITS);
  while (slotColours[slot] !== FREE && slotColours[slot] !== colour) slot = (slot + 1) % SLOTS;
  return slot;
}

/** With the colours, behind what there is of the numbers. */
function finished(bytes: Uint8Array<ArrayBuffer>, palette: readonly number[], pixels: number): Uint8Array<ArrayBuffer> {
  const parts = indexedParts(palette.length, pixels);
  bytes[0] = palette.length >> 8;
  bytes[1] = palette.length;
  for (const [nth, colour] of palette.entries()) {
    bytes[parts.redAt + nth] = colour >> 16;
    bytes[parts.greenAt + nth] = colour >> 8;
    bytes[parts.blueAt + nth] = colour;
  }
  return bytes.subarray(0, parts.bytes);
}
