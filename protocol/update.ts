import { ByteReader, ByteWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { areaOf, MAX_DISPLAY_PIXELS, type Point, type Rect, type Size } from "./geometry.ts";

/*
 * An update: rectangles that are painted together and move the viewer from one picture to the next.
 *
 * Its body is one run of bytes, cut into parts of at most MAX_MESSAGE_BYTES so that a cursor or an acknowledgement
 * never waits behind a big picture, and so that the first rectangles decode while the last ones travel.
 *
 * part (a message)                          body (all parts, in order)
 *   0  u8   type = 0x01                       0  u16  display width
 *   1  u8   flags: 1 first, 2 last            2  u16  display height
 *   2  u32  sequence                          4  rectangle, rectangle, ...
 *   6  ..   bytes of the body
 *
 * rectangle
 *   0  u16  x    2  u16  y    4  u16  width    6  u16  height
 *   8  u8   encoding
 *   9  varint  length of the data
 *   .. data    solid: R G B
 *              jpeg: one whole JPEG picture of width x height
 *              exact: raw deflate of height rows of width R G B triples
 *              copy: u16 x  u16 y  of the place, as large as the rectangle, whose pixels are repeated here
 *              shaded: as exact, of differences: of each byte, less the one above it, modulo 256; the first row as it is
 *              text: at most MAX_TEXT_PX pixels by what both ends remember of earlier ones (text-history.ts)
 *
 * Rectangles are painted in their order, each over what those before it left; a copy reads the picture as it is when its
 * turn comes, also where it lies over its own source. The host puts copies first, so that they mean the picture before
 * the update.
 *
 * The size stands in every update, so a display that changes its size needs no message of its own: the first update
 * with the new size starts a new, black picture.
 */
export const UPDATE_PART = 0x01;
/**
 * No message is larger, so that sealed (19 bytes more) it is at most 16 KiB: a browser and werift both carry that in a few
 * packets, and lanes can interleave.
 */
export const MAX_MESSAGE_BYTES = 16 * 1024 - 32;
const PART_HEADER_BYTES = 6;
const FLAG_FIRST = 1;
const FLAG_LAST = 2;
/** A typed character, a line of a terminal, a caret: decoding them one after the other takes no time. */
export const MAX_TEXT_PX = 4096;
/** Rectangles in one update. The planner merges far below it. */
export const MAX_RECTS_PER_UPDATE = 4096;

export const ENCODINGS = { solid: 1, jpeg: 2, exact: 3, copy: 4, text: 5, shaded: 6 } as const;
export type Encoding = keyof typeof ENCODINGS;

export type EncodedRect = { readonly rect: Rect; readonly encoding: Encoding; readonly data: Uint8Array };
export type Update = { readonly sequence: number; readonly size: Size; readonly rects: readonly EncodedRect[] };

// Object.entries forgets that its names are the keys; the cast gives that back.
const encodingByByte = new Map<number, Encoding>(
  Object.entries(ENCODINGS).map(([name, byte]) => [byte, name as Encoding]),
);

const SOLID_BYTES = 3;
const COPY_BYTES = 4;

/** Bytes a rectangle costs beside its data (position, size, encoding, and a length of up to three bytes). */
export const RECT_HEADER_BYTES = 12;

/** Cuts an update into messages of at most MAX_MESSAGE_BYTES, in sending order. */
export function encodeUpdate(update: Update): Uint8Array[] {
  const body = new ByteWriter(64 + update.rects.reduce((sum, one) => sum + RECT_HEADER_BYTES + one.data.length, 0));
  body.u16(update.size.width).u16(update.size.height);
  for (const { rect, encoding, data } of update.rects) {
    body.u16(rect.x).u16(rect.y).u16(rect.width).u16(rect.height);
    body.u8(ENCODINGS[encoding]).varint(data.length).raw(data);
  }
  const bytes = body.finish();
  const room = MAX_MESSAGE_BYTES - PART_HEADER_BYTES;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += room) {
    const piece = bytes.subarray(at, at + room);
    const flags = (at === 0 ? FLAG_FIRST : 0) | (at + room >= bytes.length ? FLAG_LAST : 0);
    parts.push(
      new ByteWriter(PART_HEADER_BYTES + piece.length)
        .u8(UPDATE_PART)
        .u8(flags)
        .u32(update.sequence)
        .raw(piece)
        .finish(),
    );
  }
  return parts;
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

/** What the viewer is to do next, in order: `begin`, any number of `rect`, then `end` (paint them all at once). */
export type UpdateStep =
  | { readonly kind: "begin"; readonly sequence: number; readonly size: Size }
  | { readonly kind: "rect"; readonly sequence: number; readonly rect: EncodedRect }
  | { readonly kind: "end"; readonly sequence: number; readonly bytes: number };

type Reading = {
  readonly sequence: number;
  size: Size | undefined;
  /** Bytes that do not yet make a whole rectangle, in arrival order, and how many they are. */
  pending: Uint8Array[];
  pendingBytes: number;
  /** Below this many pending bytes there is nothing new to parse. */
  wantedBytes: number;
  rects: number;
  bytes: number;
};

/**
 * Puts parts together again and hands out each rectangle as soon as its last byte is here.
 * Memory is bounded by the largest rectangle. Anything malformed is a ProtocolError.
 */
export class UpdateReader {
  private reading: Reading | undefined;
  private gap = false;

  /**
   * Some parts were dropped before the next one. What they belonged to is forgotten, and the rest of an update that lost
   * its beginning is passed over.
   */
  skip(): void {
    this.reading = undefined;
    this.gap = true;
  }

  /** Takes one message of type UPDATE_PART. */
  read(message: Uint8Array): UpdateStep[] {
    const reader = new ByteReader(message);
    if (reader.u8() !== UPDATE_PART) throw new ProtocolError("unknown-type", "not an update part");
    const flags = reader.u8();
    const sequence = reader.u32();
    if (flags > (FLAG_FIRST | FLAG_LAST)) throw new ProtocolError("out-of-range", `update flags ${flags}`);
    const first = (flags & FLAG_FIRST) !== 0;
    if (this.gap && !first) return [];
    this.gap = false;
    if (first !== (this.reading === undefined)) {
      throw new ProtocolError("out-of-order", first ? "an update begins inside another" : "a part of no update");
    }
    this.reading ??= { sequence, size: undefined, pending: [], pendingBytes: 0, wantedBytes: 4, rects: 0, bytes: 0 };
    if (this.reading.sequence !== sequence) throw new ProtocolError("out-of-order", `part of update ${sequence}`);

    const reading = this.reading;
    const piece = reader.rest();
    // Endless empty parts would grow the list without ever coming to an end.
    if (piece.length === 0) throw new ProtocolError("truncated", "an empty part of an update");
    reading.pending.push(piece);
    reading.pendingBytes += piece.length;
    reading.bytes += message.length;
    const steps = reading.pendingBytes >= reading.wantedBytes ? parse(reading) : [];
    if ((flags & FLAG_LAST) !== 0) {
      if (reading.size === undefined || reading.pendingBytes > 0) {
        throw new ProtocolError("truncated", "an update ends inside a rectangle");
      }
      steps.push({ kind: "end", sequence, bytes: reading.bytes });
      this.reading = undefined;
    }
    return steps;
  }
}

function parse(reading: Reading): UpdateStep[] {
  const steps: UpdateStep[] = [];
  const bytes = joined(reading.pending, reading.pendingBytes);
  let at = 0;
  if (reading.size === undefined) {
    const reader = new ByteReader(bytes);
    const size = { width: reader.u16(), height: reader.u16() };
    if (size.width === 0 || size.height === 0 || size.width * size.height > MAX_DISPLAY_PIXELS) {
      throw new ProtocolError("out-of-range", `display of ${size.width}x${size.height}`);
    }
    reading.size = size;
    steps.push({ kind: "begin", sequence: reading.sequence, size });
    at = 4;
  }
  for (;;) {
    const found = parseRect(bytes.subarray(at), reading.size);
    if (typeof found === "number") {
      reading.wantedBytes = found;
      break;
    }
    reading.rects += 1;
    if (reading.rects > MAX_RECTS_PER_UPDATE) throw new ProtocolError("too-large", "too many rectangles");
    steps.push({ kind: "rect", sequence: reading.sequence, rect: found.rect });
    at += found.length;
  }
  const left = bytes.subarray(at);
  reading.pending = left.length > 0 ? [left] : [];
  reading.pendingBytes = left.length;
  return steps;
}

/** The rectangle at the start of `bytes`, or how many bytes there must be before it is worth looking again. */
function parseRect(bytes: Uint8Array, size: Size): { rect: EncodedRect; length: number } | number {
  const shortest = 10;
  if (bytes.length < shortest) return shortest;
  const reader = new ByteReader(bytes);
  const rect = { x: reader.u16(), y: reader.u16(), width: reader.u16(), height: reader.u16() };
  if (rect.width === 0 || rect.height === 0) throw new ProtocolError("out-of-range", "an empty rectangle");
  if (rect.x + rect.width > size.width || rect.y + rect.height > size.height) {
    throw new ProtocolError("out-of-range", "a rectangle outside the display");
  }
  const encodingByte = reader.u8();
  const encoding = encodingByByte.get(encodingByte);
  if (encoding === undefined) throw new ProtocolError("unknown-type", `encoding ${encodingByte}`);
  if (bytes.length < 14 && bytes.subarray(9).every((byte) => byte >= 0x80)) return bytes.length + 1;
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

/** No honest encoder needs more: raw pixels plus room for headers. */
function largestData(encoding: Encoding, rect: Rect): number {
  if (encoding === "solid") return SOLID_BYTES;
  if (encoding === "copy") return COPY_BYTES;
  return areaOf(rect) * 4 + 4096;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
