import { type ByteReader, ByteWriter } from "./bytes.ts";
import { CLOSE_REASONS, type CloseReason, closeReasonFromByte, ProtocolError } from "./errors.ts";

/*
 * Small messages about the session itself. Each is a type byte and these fields:
 *
 * 0x04  input-ack   u32 highest input event taken                                    host -> viewer
 * 0x05  role        u8 0 view, 1 control                                             host -> viewer
 * 0x06  paused      u8 1 paused, 0 going on                                          host -> viewer
 * 0x10  ping        u32 the sender's own clock, ms (wraps), echoed untouched         both ways
 * 0x11  pong        u32 that clock                                                   both ways
 * 0x12  bye         u8 reason (errors.ts)                                            both ways
 * 0x20  receipt     u32 update sequence | u16 decode-and-paint time, 0.1 ms          viewer -> host
 * 0x22  ask-control                                                                  viewer -> host
 * 0x23  repaint     send the whole picture again                                     viewer -> host
 * 0x24  wish        u8 quality: 0 automatic, 1..100                                  viewer -> host
 * 0x25  use-pipe    u32 page | u32 move | u32 last update painted, or 0:             viewer -> host
 *                   the session goes on over this pipe
 *
 * A session moves from pipe to pipe, and the viewer says when. On each pipe `use-pipe` is its first message; the host says
 * nothing on a pipe before it, and nothing on any other pipe after it. `page` is a number that a page draws when it is
 * loaded: input goes on being counted (input.ts) as long as it stays the same. `move` rises with each of them: what a slow
 * pipe brings when the session has already moved on from it moves nothing back. The last update's receipt may be slower,
 * on the pipe before, than `use-pipe` is on this one; without it the host would send again what is on the screen.
 */
export const CONTROL_TYPES = {
  "input-ack": 0x04,
  role: 0x05,
  paused: 0x06,
  ping: 0x10,
  pong: 0x11,
  bye: 0x12,
  receipt: 0x20,
  "ask-control": 0x22,
  repaint: 0x23,
  wish: 0x24,
  "use-pipe": 0x25,
} as const;

export type Role = "view" | "control";

export type ControlMessage =
  | { readonly kind: "input-ack"; readonly sequence: number }
  | { readonly kind: "role"; readonly role: Role }
  | { readonly kind: "paused"; readonly paused: boolean }
  | { readonly kind: "ping" | "pong"; readonly clockMs: number }
  | { readonly kind: "bye"; readonly reason: CloseReason }
  | { readonly kind: "receipt"; readonly sequence: number; readonly paintTenthsMs: number }
  | { readonly kind: "ask-control" }
  | { readonly kind: "repaint" }
  | { readonly kind: "wish"; readonly quality: number }
  | { readonly kind: "use-pipe"; readonly page: number; readonly move: number; readonly painted: number };

export function encodeControl(message: ControlMessage): Uint8Array {
  const writer = new ByteWriter(13).u8(CONTROL_TYPES[message.kind]);
  switch (message.kind) {
    case "input-ack":
      return writer.u32(message.sequence).finish();
    case "role":
      return writer.u8(message.role === "control" ? 1 : 0).finish();
    case "paused":
      return writer.u8(message.paused ? 1 : 0).finish();
    case "ping":
    case "pong":
      return writer.u32(message.clockMs).finish();
    case "bye":
      return writer.u8(CLOSE_REASONS[message.reason]).finish();
    case "receipt":
      return writer.u32(message.sequence).u16(Math.min(message.paintTenthsMs, 0xffff)).finish();
    case "wish":
      return writer.u8(message.quality).finish();
    case "use-pipe":
      return writer.u32(message.page).u32(message.move).u32(message.painted).finish();
    case "ask-control":
    case "repaint":
      return writer.finish();
  }
}

export function readControl(kind: ControlMessage["kind"], reader: ByteReader): ControlMessage {
  switch (kind) {
    case "input-ack":
      return { kind, sequence: reader.u32() };
    case "role":
      return { kind, role: readBit(reader) ? "control" : "view" };
    case "paused":
      return { kind, paused: readBit(reader) };
    case "ping":
    case "pong":
      return { kind, clockMs: reader.u32() };
    case "bye":
      return { kind, reason: closeReasonFromByte(reader.u8()) };
    case "receipt":
      return { kind, sequence: reader.u32(), paintTenthsMs: reader.u16() };
    case "wish": {
      const quality = reader.u8();
      if (quality > 100) throw new ProtocolError("out-of-range", `quality ${quality}`);
      return { kind, quality };
    }
    case "use-pipe":
      return { kind, page: reader.u32(), move: reader.u32(), painted: reader.u32() };
    case "ask-control":
    case "repaint":
      return { kind };
  }
}

function readBit(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new ProtocolError("out-of-range", `flag ${byte}`);
  return byte === 1;
}
