import { type ByteReader, ByteWriter } from "./bytes.ts";
import { type EncodedRect, parseRect, roomFor, writeRect } from "./encoded-rect.ts";
import { ProtocolError } from "./errors.ts";
import { isDisplaySize, type Size } from "./geometry.ts";
import type { Update } from "./update.ts";

/*
 * A short update that overtakes others: a letter typed beside a film, whose parts wait for a slow path. It is one message, and
 * as it is no part of an update it goes where pictures let everything else overtake (crypto/record.ts).
 *
 *   0  u8      0x01
 *   1  varint  sequence, one row with that of all updates
 *   .. u16     display width, display height
 *   .. rectangle, rectangle, ... (encoded-rect.ts), at least one
 *
 * Updates are painted in the order in which their ends come, so this one before another whose parts it comes among. The host
 * sends it only where that shows the same in the end: it has no pixel in common with what it overtakes, and nothing there
 * refers to what was before.
 */
export const SHORT_UPDATE = 0x01;

export type ShortUpdate = { readonly kind: "short-update" } & Update;

/** @throws RangeError for sizes and rectangles that do not fit their fields. */
export function encodeShortUpdate({ sequence, size, rects }: Update): Uint8Array {
  const writer = new ByteWriter(16 + roomFor(rects)).u8(SHORT_UPDATE).varint(sequence);
  writer.u16(size.width).u16(size.height);
  for (const rect of rects) writeRect(writer, rect);
  return writer.finish();
}

/** What follows the first byte, to its end. */
export function readShortUpdate(reader: ByteReader): ShortUpdate {
  const sequence = reader.varint();
  const size: Size = { width: reader.u16(), height: reader.u16() };
  if (!isDisplaySize(size)) throw new ProtocolError("out-of-range", `display of ${size.width}x${size.height}`);
  let rest = reader.rest();
  const rects: EncodedRect[] = [];
  do {
    const found = parseRect(rest, size);
    if (typeof found === "number") throw new ProtocolError("truncated", "a short update ends inside a rectangle");
    rects.push(found.rect);
    rest = rest.subarray(found.length);
  } while (rest.length > 0);
  return { kind: "short-update", sequence, size, rects };
}
