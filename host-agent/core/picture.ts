import type { Size } from "../../protocol/geometry.ts";

/** B G R unused, rows top down without padding. */
export type Picture = { readonly size: Size; readonly bytes: Uint8Array };

/** The same pixels, one number each: 0x..RRGGBB. */
export const coloursOf = ({ bytes }: Picture): Int32Array =>
  new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
