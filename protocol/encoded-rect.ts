import { ByteReader, ByteWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { areaOf, type Point, type Rect, type Size } from "./geometry.ts";

/*
 * rectangle
 *   0  u8      encoding
 *   1  varint  x, y, width, height
 *   .. varint  length of the data
 *   .. data    solid: R G B
 *              jpeg: one whole JPEG picture of width x height
 *              exact: raw deflate of height rows of width R G B triples
 *              copy: u16 x  u16 y  of the place, as large as the rectangle, whose pixels are repeated here
 *              shaded: as exact, of differences: of each byte, less the one above it, modulo 256; the first row as it is
 *              film: half of its pixels as one JPEG, and where that shows the whole ones as another (film.ts)
 *              indexed: raw deflate of which pixel has which of a few colours (indexed.ts)
 *              text: at most MAX_TEXT_PX pixels by what both ends remember of earlier ones (text-history.ts)
 *
 * Rectangles are painted in their order, each over what those before it left; a copy reads the picture as it is when its
 * turn comes, also where it lies over its own source.
 */

/** A typed character, a line of a terminal, a caret: decoding them one after the other takes no time. */
export const MAX_TEXT_PX = 4096;

export const ENCODINGS = { solid: 1, jpeg: 2, exact: 3, copy: 4, text: 5, shaded: 6, film: 7, indexed: 8 } as const;
export type Encoding = keyof typeof ENCODINGS;

export type EncodedRect = { readonly rect: Rect; readonly encoding: Encoding; readonly data: Uint8Array };

// Object.entries forgets that its names are the keys; the cast gives that back.
const encodingByByte = new Map<number, Encoding>(
  Object.entries(ENCODINGS).map(([name, byte]) => [byte, name as Encoding]),
);

const SOLID_BYTES = 3;
const COPY_BYTES = 4;

/** Bytes a rectangle costs beside its data, as a rule: its encoding, numbers of two bytes each, and a length of three. */
const HEADER_BYTES = 12;
const HEADER_VARINTS = 5;
/** What a hostile one may reach: no varint is longer than five bytes. */
const LONGEST_HEADER_BYTES = 1 + 5 * HEADER_VARINTS;

/** About how many bytes these take, for whoever is to make room. */
export const roomFor = (rects: readonly EncodedRect[]): number =>
  rects.reduce((sum, one) => sum + HEADER_BYTES + one.data.length, 0);

export function writeRect(writer: ByteWriter, { rect, encoding, data }: EncodedRect): void {
  writer.u8(ENCODINGS[encoding]).varint(rect.x).varint(rect.y).varint(rect.width).varint(rect.height);
  writer.varint(data.length).raw(data);
}

/** Repeats what lies at `from`; both places lie inside the display. */
export function encodeCopy(rect: Rect, from: Point): EncodedRect {
  return { rect, encoding: "copy", data: new ByteWriter(COPY_BYTES).u16(from.x).u16(from.y).finish() };
}

/** Where a copy is taken from. @throws ProtocolError when these are not the bytes of a place */
export function decodeCopySource(data: Uint8Array): Point {
  const reader = new ByteReader(data);
  const from = { x: reader.u16(), y: reader.u16() };
  reader.end();
  return from;
}

/**
 * The rectangle at the start of `bytes`, or how many bytes there must be before it is worth looking again.
 * @throws ProtocolError when no more bytes can make a rectangle of a display of this size out of it
 */
export function parseRect(bytes: Uint8Array, size: Size): { rect: EncodedRect; length: number } | number {
  if (bytes.length < LONGEST_HEADER_BYTES && !isHeaderWhole(bytes)) return bytes.length + 1;
  const reader = new ByteReader(bytes);
  const encodingByte = reader.u8();
  const encoding = encodingByByte.get(encodingByte);
  if (encoding === undefined) throw new ProtocolError("unknown-type", `encoding ${encodingByte}`);
  const rect = { x: reader.varint(), y: reader.varint(), width: reader.varint(), height: reader.varint() };
  if (rect.width === 0 || rect.height === 0) throw new ProtocolError("out-of-range", "an empty rectangle");
  if (rect.x + rect.width > size.width || rect.y + rect.height > size.height) {
    throw new ProtocolError("out-of-range", "a rectangle outside the display");
  }
  if (encoding === "text" && areaOf(rect) > MAX_TEXT_PX) throw new ProtocolError("too-large", "a large text rectangle");
  const length = reader.varint();
  if (length > largestData(encoding, rect)) throw new ProtocolError("too-large", `${encoding} data of ${length} bytes`);
  if (encoding === "solid" && length !== SOLID_BYTES)
    throw new ProtocolError("out-of-range", "a colour is three bytes");
  if (encoding === "copy" && length !== COPY_BYTES) throw new ProtocolError("out-of-range", "a place is four bytes");
  const headerBytes = bytes.length - reader.remaining;
  if (reader.remaining < length) return headerBytes + length;
  const data = reader.raw(length);
  if (encoding === "copy") {
    const from = decodeCopySource(data);
    if (from.x + rect.width > size.width || from.y + rect.height > size.height) {
      throw new ProtocolError("out-of-range", "a copy from outside the display");
    }
  }
  return { rect: { rect, encoding, data }, length: headerBytes + length };
}

/** Each of its numbers ends with a byte below 0x80. */
function isHeaderWhole(bytes: Uint8Array): boolean {
  let numbers = 0;
  for (let at = 1; at < bytes.length && numbers < HEADER_VARINTS; at += 1) {
    if ((bytes[at] ?? 0) < 0x80) numbers += 1;
  }
  return numbers === HEADER_VARINTS;
}

/** No honest encoder needs more: raw pixels plus room for headers. */
function largestData(encoding: Encoding, rect: Rect): number {
  if (encoding === "solid") return SOLID_BYTES;
  if (encoding === "copy") return COPY_BYTES;
  return areaOf(rect) * 4 + 4096;
}
