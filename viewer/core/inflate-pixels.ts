import { inflateSync } from "fflate";
import type { Encoding } from "../../protocol/encoded-rect.ts";
import { areaOf, type Size } from "../../protocol/geometry.ts";
import { indexedPixels, mostIndexedBytes } from "../../protocol/indexed.ts";
import type { TextHistory } from "../../protocol/text-history.ts";

/** Encodings that are deflated rows (protocol/encoded-rect.ts). */
export type RowEncoding = Extract<Encoding, "exact" | "shaded" | "indexed">;

/**
 * The R G B A rows of such a rectangle.
 * @throws Error when the data is not raw deflate of exactly these
 */
export function inflateRows(encoding: RowEncoding, size: Size, data: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  // One byte more than needed: fflate fills a buffer it is given and drops the rest in silence.
  const out = new Uint8Array(mostRowBytes(encoding, size) + 1);
  return rgbaOf(encoding, size, inflateSync(data, { out }));
}

/** How many bytes its rows can be when they are inflated. */
export function mostRowBytes(encoding: RowEncoding, size: Size): number {
  return encoding === "indexed" ? mostIndexedBytes(areaOf(size)) : areaOf(size) * 3;
}

/**
 * The R G B A rows of what is inflated. Those of a `shaded` rectangle are less by the row above them, and become what they were.
 * @throws Error when it is not that of exactly these
 */
export function rgbaOf(encoding: RowEncoding, size: Size, rows: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  if (encoding === "indexed") return indexedPixels(rows, areaOf(size));
  const rowBytes = size.width * 3;
  if (rows.length !== rowBytes * size.height) {
    throw new Error(`an ${encoding} rectangle of ${rows.length} bytes, not ${rowBytes * size.height}`);
  }
  if (encoding === "shaded") {
    for (let at = rowBytes; at < rows.length; at += 1) rows[at] = (rows[at] ?? 0) + (rows[at - rowBytes] ?? 0);
  }
  return opaque(rows);
}

/** R G B A of R G B. */
export function opaque(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0;
    rgba[to + 1] = rgb[from + 1] ?? 0;
    rgba[to + 2] = rgb[from + 2] ?? 0;
    rgba[to + 3] = 255;
  }
  return rgba;
}

/**
 * The R G B rows of a `text` rectangle, which is added to the history. To be called in the order in which they came.
 * @throws Error when the data is not that, or not the history's next one: until one that begins anew, all are refused then
 */
export function inflateText(size: Size, data: Uint8Array, history: TextHistory): Uint8Array {
  const pixels = areaOf(size);
  try {
    const number = data[0];
    if (number === 0) history.clear();
    else if (number !== history.number) throw new Error(`text rectangle ${number} instead of ${history.number}`);
    const out = new Uint8Array(history.maxPageBytes(pixels) + 1);
    const page = inflateSync(data.subarray(1), { out, dictionary: history.latest });
    const rows = history.rowsOf(page, pixels);
    history.append(page, pixels);
    return rows;
  } catch (error) {
    history.clear();
    throw error;
  }
}
