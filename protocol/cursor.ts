import { type ByteReader, ByteWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import type { Fraction, Point, Size } from "./geometry.ts";

/*
 * The host's pointer, drawn by the viewer, never part of the picture.
 *
 * shape (a message)                            place (a message)
 *   0  u8   type = 0x02                          0  u8   type = 0x03
 *   1  u8   1 visible, 0 hidden                  1  u16  x fraction
 *   2  u16  width   4  u16  height               3  u16  y fraction
 *   6  u16  hotspot x   8  u16  hotspot y
 *   10 ..   PNG, straight alpha; empty when hidden
 */
export const CURSOR_SHAPE = 0x02;
export const CURSOR_PLACE = 0x03;
/** Browsers ignore larger CSS cursors; Xcursor themes stay below. */
export const MAX_CURSOR_SIDE = 128;

export type CursorShape =
  | { readonly kind: "cursor-shape"; readonly visible: false }
  | {
      readonly kind: "cursor-shape";
      readonly visible: true;
      readonly size: Size;
      readonly hotspot: Point;
      readonly png: Uint8Array;
    };
export type CursorPlace = { readonly kind: "cursor-place"; readonly at: Fraction };

export function encodeCursorShape(shape: CursorShape): Uint8Array {
  const writer = new ByteWriter(16).u8(CURSOR_SHAPE);
  if (!shape.visible) return writer.u8(0).u16(0).u16(0).u16(0).u16(0).finish();
  writer.u8(1).u16(shape.size.width).u16(shape.size.height).u16(shape.hotspot.x).u16(shape.hotspot.y);
  return writer.raw(shape.png).finish();
}

export function readCursorShape(reader: ByteReader): CursorShape {
  const visible = reader.u8();
  const size = { width: reader.u16(), height: reader.u16() };
  const hotspot = { x: reader.u16(), y: reader.u16() };
  const png = reader.rest();
  if (visible === 0) {
    if (png.length > 0) throw new ProtocolError("trailing", "a picture of a hidden cursor");
    return { kind: "cursor-shape", visible: false };
  }
  if (visible !== 1) throw new ProtocolError("out-of-range", `cursor visibility ${visible}`);
  const inside = (value: number, max: number) => value >= 1 && value <= max;
  if (!inside(size.width, MAX_CURSOR_SIDE) || !inside(size.height, MAX_CURSOR_SIDE)) {
    throw new ProtocolError("out-of-range", `cursor of ${size.width}x${size.height}`);
  }
  if (hotspot.x >= size.width || hotspot.y >= size.height) throw new ProtocolError("out-of-range", "hotspot outside");
  if (png.length === 0) throw new ProtocolError("truncated", "a visible cursor without a picture");
  return { kind: "cursor-shape", visible: true, size, hotspot, png };
}

export function encodeCursorPlace(at: Fraction): Uint8Array {
  return new ByteWriter(5).u8(CURSOR_PLACE).u16(at.x).u16(at.y).finish();
}

export function readCursorPlace(reader: ByteReader): CursorPlace {
  return { kind: "cursor-place", at: { x: reader.u16(), y: reader.u16() } };
}
