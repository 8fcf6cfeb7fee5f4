import { ByteReader, ByteWriter } from "./bytes.ts";
import { type EncodedRect, parseRect, roomFor, writeRect } from "./encoded-rect.ts";
import { ProtocolError } from "./errors.ts";
import { isDisplaySize, type Size, sameSize } from "./geometry.ts";

/*
 * An update: rectangles that are painted together and move the viewer from one picture to the next.
 *
 * Its body is one run of bytes, cut into parts of at most MAX_MESSAGE_BYTES so that a cursor or an acknowledgement
 * never waits behind a big picture, and so that the first rectangles decode while the last ones travel.
 *
 * part (a message)                          body (all parts, in order)
 *   0  u8      0x80 + 1 first part            where the first part says so:
 *                   + 2 last part               0  u16  display width
 *                   + 4 tells the size          2  u16  display height
 *                   + 8 broken off
 *   1  varint  sequence                       rectangle, rectangle, ...
 *   .. bytes of the body
 *
 * An update that is broken off (8 with 2, and no body) is not painted: all of it will be sent anew.
 *
 * Rectangles (encoded-rect.ts) are painted in their order. The host puts copies first, so that they mean the picture before
 * the update.
 *
 * An update that does not tell the display's size has that of the one before on the same pipe. Whoever sends tells it in
 * the first update on each pipe and in the first of a new size, and in every one where some may be dropped on the way (the
 * relay): a reader that has missed any passes over all up to the next one that tells it. A new size starts a new, black
 * picture; it needs no message of its own.
 */

/** Only parts of updates begin with a byte from here on. */
export const UPDATE_PART = 0x80;
/**
 * No message is larger, so that sealed (19 bytes more) it is at most 16 KiB: a browser and werift both carry that in a few
 * packets, and lanes can interleave.
 */
export const MAX_MESSAGE_BYTES = 16 * 1024 - 32;
const FLAG_FIRST = 1;
const FLAG_LAST = 2;
const FLAG_SIZE = 4;
const FLAG_BROKEN_OFF = 8;
const SIZE_BYTES = 4;
/** Rectangles in one update. The planner merges far below it. */
export const MAX_RECTS_PER_UPDATE = 4096;

export type Update = { readonly sequence: number; readonly size: Size; readonly rects: readonly EncodedRect[] };

/** Whether this message is a part of an update; else it is one of the kinds of message.ts. */
export const isUpdatePart = (message: Uint8Array): boolean => (message[0] ?? 0) >= UPDATE_PART;

/**
 * Cuts an update into messages of at most MAX_MESSAGE_BYTES, in sending order, as its rectangles come: the first ones may
 * travel while the last ones are encoded.
 */
export class UpdateWriter {
  private readonly size: Size;
  private readonly number: Uint8Array;
  /** Of the body, in no message yet. */
  private waiting: Uint8Array;
  private tellsSize: boolean;
  private isFirst = true;

  /** @param knownSize the display's size as the update before has told it, on the same pipe; undefined: it has not, or may be lost */
  constructor({ sequence, size }: Omit<Update, "rects">, knownSize?: Size) {
    this.size = size;
    this.number = new ByteWriter(5).varint(sequence).finish();
    this.tellsSize = knownSize === undefined || !sameSize(size, knownSize);
    this.waiting = this.tellsSize ? sizeBytes(size) : new Uint8Array(0);
  }

  /** @returns the messages that are full with these */
  add(rects: readonly EncodedRect[]): Uint8Array[] {
    const body = new ByteWriter(64 + this.waiting.length + roomFor(rects)).raw(this.waiting);
    for (const rect of rects) writeRect(body, rect);
    const bytes = body.finish();
    const room = MAX_MESSAGE_BYTES - 1 - this.number.length;
    const parts: Uint8Array[] = [];
    let at = 0;
    // What fills one to the last byte may be the end.
    for (; bytes.length - at > room; at += room) parts.push(this.part(0, bytes.subarray(at, at + room)));
    this.waiting = bytes.subarray(at);
    return parts;
  }

  /** @returns the last message */
  end(): Uint8Array {
    // No body is empty.
    if (this.waiting.length === 0) {
      this.tellsSize = true;
      this.waiting = sizeBytes(this.size);
    }
    return this.part(FLAG_LAST, this.waiting);
  }

  /** The last message after others, in place of `end`. */
  breakOff(): Uint8Array {
    return this.part(FLAG_LAST | FLAG_BROKEN_OFF, new Uint8Array(0));
  }

  private part(lastFlags: number, piece: Uint8Array): Uint8Array {
    const first = this.isFirst ? FLAG_FIRST | (this.tellsSize ? FLAG_SIZE : 0) : 0;
    this.isFirst = false;
    return new ByteWriter(1 + this.number.length + piece.length)
      .u8(UPDATE_PART | first | lastFlags)
      .raw(this.number)
      .raw(piece)
      .finish();
  }
}

const sizeBytes = ({ width, height }: Size): Uint8Array => new ByteWriter(SIZE_BYTES).u16(width).u16(height).finish();

/** All messages of an update. @param knownSize as UpdateWriter's */
export function encodeUpdate(update: Update, knownSize?: Size): Uint8Array[] {
  const writer = new UpdateWriter(update, knownSize);
  return [...writer.add(update.rects), writer.end()];
}

/** What the viewer is to do next, in order: `begin`, any number of `rect`, then `end` (paint them all at once) or `break-off` (none). */
export type UpdateStep =
  | { readonly kind: "begin"; readonly sequence: number; readonly size: Size }
  | { readonly kind: "rect"; readonly sequence: number; readonly rect: EncodedRect }
  | { readonly kind: "end"; readonly sequence: number; readonly bytes: number }
  | { readonly kind: "break-off"; readonly sequence: number };

type Reading = {
  readonly sequence: number;
  /** Undefined until it has been told. */
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
 * Puts parts together again and hands out each rectangle as soon as its last byte is here. One for each pipe.
 * Memory is bounded by the largest rectangle. Anything malformed is a ProtocolError.
 */
export class UpdateReader {
  private reading: Reading | undefined;
  /** Of the last whole update. */
  private size: Size | undefined;
  private gap = false;

  /**
   * Some parts were dropped before the next one. What they belonged to is forgotten, and what follows is passed over up to
   * the next update that tells the display's size.
   */
  skip(): void {
    this.reading = undefined;
    this.gap = true;
  }

  /** Some is missing, up to the next update that tells the display's size. */
  get hasGap(): boolean {
    return this.gap;
  }

  /** Takes one message that `isUpdatePart`. */
  read(message: Uint8Array): UpdateStep[] {
    const reader = new ByteReader(message);
    const flags = reader.u8() - UPDATE_PART;
    if (flags < 0) throw new ProtocolError("unknown-type", "not an update part");
    const sequence = reader.varint();
    const first = (flags & FLAG_FIRST) !== 0;
    const tellsSize = (flags & FLAG_SIZE) !== 0;
    const isBrokenOff = flags === (FLAG_LAST | FLAG_BROKEN_OFF);
    const isOrdinary = flags <= (FLAG_FIRST | FLAG_LAST | FLAG_SIZE) && (first || !tellsSize);
    if (!isOrdinary && !isBrokenOff) throw new ProtocolError("out-of-range", `update flags ${flags}`);
    if (this.gap && !tellsSize) return [];
    this.gap = false;
    if (first !== (this.reading === undefined)) {
      throw new ProtocolError("out-of-order", first ? "an update begins inside another" : "a part of no update");
    }
    const steps: UpdateStep[] = [];
    if (this.reading === undefined) {
      const size = tellsSize ? undefined : this.size;
      if (size !== undefined) steps.push({ kind: "begin", sequence, size });
      else if (!tellsSize) throw new ProtocolError("out-of-order", "an update of a display of unknown size");
      const wantedBytes = tellsSize ? SIZE_BYTES : 1;
      this.reading = { sequence, size, pending: [], pendingBytes: 0, wantedBytes, rects: 0, bytes: 0 };
    }
    if (this.reading.sequence !== sequence) throw new ProtocolError("out-of-order", `part of update ${sequence}`);

    const reading = this.reading;
    if (isBrokenOff) {
      reader.end();
      this.reading = undefined;
      return [{ kind: "break-off", sequence }];
    }
    const piece = reader.rest();
    // Endless empty parts would grow the list without ever coming to an end.
    if (piece.length === 0) throw new ProtocolError("truncated", "an empty part of an update");
    reading.pending.push(piece);
    reading.pendingBytes += piece.length;
    reading.bytes += message.length;
    if (reading.pendingBytes >= reading.wantedBytes) steps.push(...parse(reading));
    if ((flags & FLAG_LAST) !== 0) {
      if (reading.size === undefined || reading.pendingBytes > 0) {
        throw new ProtocolError("truncated", "an update ends inside a rectangle");
      }
      steps.push({ kind: "end", sequence, bytes: reading.bytes });
      this.size = reading.size;
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
    if (!isDisplaySize(size)) throw new ProtocolError("out-of-range", `display of ${size.width}x${size.height}`);
    reading.size = size;
    steps.push({ kind: "begin", sequence: reading.sequence, size });
    at = SIZE_BYTES;
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
