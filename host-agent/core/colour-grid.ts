import type { Rect } from "../../protocol/geometry.ts";

/** B, G and R of a little-endian pixel; the fourth byte means nothing and differs between X servers. */
export const COLOUR_BITS = 0x00ffffff;

/**
 * Pixels of a rectangle of the display, rows top down without padding. Signed, because V8 keeps small signed integers in
 * registers and large unsigned ones as doubles.
 */
export type Grid = { readonly rect: Rect; readonly colours: Int32Array };
