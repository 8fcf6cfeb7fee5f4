import { type ByteReader, ByteWriter, utf8 } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import type { Fraction } from "./geometry.ts";
import { type KeyCode, keyCodeFromByte, keyCodeToByte } from "./key-code.ts";

/*
 * What the viewer's hands did.
 *
 * input (a message)
 *   0  u8      type = 0x21
 *   1  u32     sequence of the first event in this message; the next has one more, and so on
 *   5  u8      number of events, 1..64
 *   6  ..      events
 *
 * Events are numbered from 1 for each page (control.ts, use-pipe), over however many pipes its session takes. A message
 * repeats events that the host has not acknowledged, all of them after a move to another pipe; the host takes each number
 * once and in order, so neither a lost message nor a broken pipe loses or doubles anything.
 *
 * move     u8 1 | u16 x | u16 y
 * button   u8 2 | u8 button 1..5 | u8 1 down, 0 up | u16 x | u16 y
 * wheel    u8 3 | i16 dx | i16 dy                    120 units are one notch; right and down are positive
 * key      u8 4 | u8 code | u8 flags: 1 down, 2 repeat | u8 text length 0..8 | text UTF-8
 * text     u8 5 | u16 length 1..1024 | text UTF-8
 * held     u8 6 | u8 buttons, bit n-1 = button n | u8 number of codes 0..32 | u8 code ...
 * release  u8 7
 *
 * x, y are fractions of the display (geometry.ts). A key carries `text` when it is to type exactly that character
 * whatever Shift says (a printable `key` without Ctrl, Alt or Meta); without text it acts as the physical key.
 * `held` is the complete set of what is down; the host lets go of everything else.
 */
export const INPUT = 0x21;
export const MAX_EVENTS_PER_MESSAGE = 64;
const MAX_KEY_TEXT_BYTES = 8;
export const MAX_TEXT_BYTES = 1024;
export const MAX_HELD_KEYS = 32;
/** One detent of a mouse wheel, as in the Linux kernel and Windows; smaller numbers are smooth scrolling. */
export const WHEEL_UNITS_PER_NOTCH = 120;
/** At most twenty notches in one event. */
export const MAX_WHEEL_UNITS = 20 * WHEEL_UNITS_PER_NOTCH;

/** 1 left, 2 middle, 3 right, 4 back, 5 forward. */
export type Button = 1 | 2 | 3 | 4 | 5;

export type InputEvent =
  | { readonly kind: "move"; readonly at: Fraction }
  | { readonly kind: "button"; readonly button: Button; readonly down: boolean; readonly at: Fraction }
  | { readonly kind: "wheel"; readonly dx: number; readonly dy: number }
  | {
      readonly kind: "key";
      readonly code: KeyCode;
      readonly down: boolean;
      readonly repeat: boolean;
      readonly text: string;
    }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "held"; readonly buttons: readonly Button[]; readonly codes: readonly KeyCode[] }
  | { readonly kind: "release" };

export type InputMessage = {
  readonly kind: "input";
  readonly firstSequence: number;
  readonly events: readonly InputEvent[];
};

const ALL_BUTTONS: readonly Button[] = [1, 2, 3, 4, 5];

export function encodeInput(firstSequence: number, events: readonly InputEvent[]): Uint8Array {
  const writer = new ByteWriter(8 + events.length * 10).u8(INPUT).u32(firstSequence).u8(events.length);
  for (const event of events) writeEvent(writer, event);
  return writer.finish();
}

function writeEvent(writer: ByteWriter, event: InputEvent): void {
  switch (event.kind) {
    case "move":
      writer.u8(1).u16(event.at.x).u16(event.at.y);
      return;
    case "button":
      writer
        .u8(2)
        .u8(event.button)
        .u8(event.down ? 1 : 0)
        .u16(event.at.x)
        .u16(event.at.y);
      return;
    case "wheel":
      writer.u8(3).i16(event.dx).i16(event.dy);
      return;
    case "key": {
      const text = utf8(event.text);
      writer
        .u8(4)
        .u8(keyCodeToByte(event.code))
        .u8((event.down ? 1 : 0) | (event.repeat ? 2 : 0));
      writer.u8(text.length).raw(text);
      return;
    }
    case "text": {
      const text = utf8(event.text);
      writer.u8(5).u16(text.length).raw(text);
      return;
    }
    case "held":
      writer.u8(6).u8(event.buttons.reduce((bits, button) => bits | (1 << (button - 1)), 0));
      writer.u8(event.codes.length);
      for (const code of event.codes) writer.u8(keyCodeToByte(code));
      return;
    case "release":
      writer.u8(7);
  }
}

/** Reads the body of a message whose type byte was INPUT. */
export function readInput(reader: ByteReader): InputMessage {
  const firstSequence = reader.u32();
  const count = reader.u8();
  if (count < 1 || count > MAX_EVENTS_PER_MESSAGE) throw new ProtocolError("out-of-range", `${count} events`);
  const events: InputEvent[] = [];
  for (let index = 0; index < count; index++) events.push(readEvent(reader));
  return { kind: "input", firstSequence, events };
}

function readEvent(reader: ByteReader): InputEvent {
  const type = reader.u8();
  switch (type) {
    case 1:
      return { kind: "move", at: readFraction(reader) };
    case 2:
      return { kind: "button", button: readButton(reader.u8()), down: readFlag(reader), at: readFraction(reader) };
    case 3:
      return { kind: "wheel", dx: readWheel(reader), dy: readWheel(reader) };
    case 4: {
      const code = keyCodeFromByte(reader.u8());
      const flags = reader.u8();
      if (flags > 3) throw new ProtocolError("out-of-range", `key flags ${flags}`);
      const text = readText(reader, reader.u8(), MAX_KEY_TEXT_BYTES, 0);
      return { kind: "key", code, down: (flags & 1) !== 0, repeat: (flags & 2) !== 0, text };
    }
    case 5:
      return { kind: "text", text: readText(reader, reader.u16(), MAX_TEXT_BYTES, 1) };
    case 6: {
      const bits = reader.u8();
      if (bits > 0x1f) throw new ProtocolError("out-of-range", `button bits ${bits}`);
      const buttons = ALL_BUTTONS.filter((button) => (bits & (1 << (button - 1))) !== 0);
      const count = reader.u8();
      if (count > MAX_HELD_KEYS) throw new ProtocolError("too-large", `${count} held keys`);
      const codes: KeyCode[] = [];
      for (let index = 0; index < count; index++) codes.push(keyCodeFromByte(reader.u8()));
      return { kind: "held", buttons, codes };
    }
    case 7:
      return { kind: "release" };
    default:
      throw new ProtocolError("unknown-type", `input event ${type}`);
  }
}

function readFraction(reader: ByteReader): Fraction {
  return { x: reader.u16(), y: reader.u16() };
}

function readButton(byte: number): Button {
  const button = ALL_BUTTONS[byte - 1];
  if (button === undefined) throw new ProtocolError("out-of-range", `button ${byte}`);
  return button;
}

function readFlag(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new ProtocolError("out-of-range", `flag ${byte}`);
  return byte === 1;
}

function readWheel(reader: ByteReader): number {
  const units = reader.i16();
  if (Math.abs(units) > MAX_WHEEL_UNITS) throw new ProtocolError("out-of-range", `wheel by ${units}`);
  return units;
}

function readText(reader: ByteReader, length: number, maxBytes: number, minBytes: number): string {
  if (length > maxBytes || length < minBytes) throw new ProtocolError("too-large", `text of ${length} bytes`);
  const text = reader.text(length);
  // Control characters are keys (Enter, Tab, Escape), never text: a pasted newline must not press Enter unseen.
  if (/\p{Cc}/u.test(text)) throw new ProtocolError("bad-text", "control characters");
  return text;
}
