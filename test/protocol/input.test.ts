import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Button,
  encodeInput,
  type InputEvent,
  MAX_EVENTS_PER_MESSAGE,
  MAX_HELD_KEYS,
  MAX_TEXT_BYTES,
  MAX_WHEEL_UNITS,
} from "../../protocol/input.ts";
import { KEY_CODES, type KeyCode, keyCodeFromByte } from "../../protocol/key-code.ts";
import { decodeMessage } from "../../protocol/message.ts";
import { ascii, attack, bytes, expectExactLength, u16, u32, verdict } from "./hostile-bytes.ts";

const keyA = keyCodeFromByte(20);
const shiftLeft = keyCodeFromByte(61);

const header = (count: number) => [
  0x21, // type
  ...u32(0x01020304), // number of the first event
  count, // events
];

const golden: readonly (readonly [InputEvent, readonly number[]])[] = [
  [
    { kind: "move", at: { x: 0x1234, y: 0xfffe } },
    [
      1, // move
      ...u16(0x1234), // x
      ...u16(0xfffe), // y
    ],
  ],
  [
    { kind: "button", button: 3, down: true, at: { x: 1, y: 2 } },
    [
      2, // button
      3, // right
      1, // down
      ...u16(1), // x
      ...u16(2), // y
    ],
  ],
  [
    { kind: "wheel", dx: -120, dy: 240 },
    [
      3, // wheel
      ...[0xff, 0x88], // -120: one notch left
      ...[0x00, 0xf0], // 240: two notches down
    ],
  ],
  [
    { kind: "key", code: keyA, down: true, repeat: true, text: "ä" },
    [
      4, // key
      20, // KeyA
      3, // down, repeat
      2, // two bytes of text
      ...[0xc3, 0xa4], // ä
    ],
  ],
  [
    { kind: "key", code: shiftLeft, down: false, repeat: false, text: "" },
    [
      4, // key
      61, // ShiftLeft
      0, // up
      0, // no text
    ],
  ],
  [
    { kind: "text", text: "hi" },
    [
      5, // text
      ...u16(2), // two bytes
      ...ascii("hi"), // text
    ],
  ],
  [
    { kind: "held", buttons: [1, 5], codes: [keyA, shiftLeft] },
    [
      6, // held
      0b10001, // buttons 1 and 5
      2, // two keys
      20, // KeyA
      61, // ShiftLeft
    ],
  ],
  [
    { kind: "release" },
    [
      7, // release
    ],
  ],
];

const buttons: readonly Button[] = [1, 2, 3, 4, 5];
const codes = fc.constantFrom<KeyCode>(...KEY_CODES);
const fractions = fc.record({ x: fc.nat({ max: 0xffff }), y: fc.nat({ max: 0xffff }) });
const wheelUnits = fc.integer({ min: -MAX_WHEEL_UNITS, max: MAX_WHEEL_UNITS });
const printable = (maxLength: number) =>
  fc.string({ unit: "grapheme", maxLength }).filter((text) => !/\p{Cc}/u.test(text));
const within = (min: number, max: number) => (text: string) => {
  const length = Buffer.byteLength(text);
  return length >= min && length <= max;
};

const events: fc.Arbitrary<InputEvent> = fc.oneof(
  fc.record({ kind: fc.constant("move" as const), at: fractions }),
  fc.record({
    kind: fc.constant("button" as const),
    button: fc.constantFrom(...buttons),
    down: fc.boolean(),
    at: fractions,
  }),
  fc.record({ kind: fc.constant("wheel" as const), dx: wheelUnits, dy: wheelUnits }),
  fc.record({
    kind: fc.constant("key" as const),
    code: codes,
    down: fc.boolean(),
    repeat: fc.boolean(),
    text: printable(2).filter(within(0, 8)),
  }),
  fc.record({ kind: fc.constant("text" as const), text: printable(40).filter(within(1, MAX_TEXT_BYTES)) }),
  fc.record({
    kind: fc.constant("held" as const),
    buttons: fc.subarray([...buttons]),
    codes: fc.array(codes, { maxLength: MAX_HELD_KEYS }),
  }),
  fc.record({ kind: fc.constant("release" as const) }),
);

const decodeEvent = (...event: number[]) => decodeMessage(bytes(...header(1), ...event));

describe("what the hands did", () => {
  it.each(golden)("%j has these bytes", (event, expected) => {
    const message = bytes(...header(1), ...expected);
    expect(encodeInput(0x01020304, [event])).toEqual(message);
    expect(decodeMessage(message)).toEqual({ kind: "input", firstSequence: 0x01020304, events: [event] });
    expectExactLength(decodeMessage, message);
  });

  it("travels several events at a time", () => {
    const all = golden.map(([event]) => event);
    const message = bytes(...header(golden.length), ...golden.flatMap(([, expected]) => expected));
    expect(encodeInput(0x01020304, all)).toEqual(message);
    expect(decodeMessage(message)).toEqual({ kind: "input", firstSequence: 0x01020304, events: all });
    expectExactLength(decodeMessage, message);
  });

  it("comes back as it went", () => {
    const lists = fc.array(events, { minLength: 1, maxLength: MAX_EVENTS_PER_MESSAGE });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffffffff }), lists, (firstSequence, list) => {
        const message = encodeInput(firstSequence, list);
        expect(decodeMessage(message)).toEqual({ kind: "input", firstSequence, events: list });
      }),
      { numRuns: 500 },
    );
  });
});

describe("what no hand can do is refused", () => {
  it("no events, or more than a message holds", () => {
    expect(verdict(() => decodeMessage(bytes(...header(0))))).toBe("out-of-range");
    const releases = (count: number) => bytes(...header(count), ...new Array<number>(count).fill(7));
    expect(verdict(() => decodeMessage(releases(64)))).toBe("accepted");
    expect(verdict(() => decodeMessage(releases(65)))).toBe("out-of-range");
  });

  it("unknown events, buttons, keys and flags", () => {
    expect(verdict(() => decodeEvent(0))).toBe("unknown-type");
    expect(verdict(() => decodeEvent(8))).toBe("unknown-type");
    for (const button of [0, 6, 255]) {
      expect(verdict(() => decodeEvent(2, button, 1, 0, 0, 0, 0))).toBe("out-of-range");
    }
    expect(verdict(() => decodeEvent(2, 1, 2, 0, 0, 0, 0))).toBe("out-of-range");
    expect(verdict(() => decodeEvent(4, 0, 1, 0))).toBe("unknown-type");
    expect(verdict(() => decodeEvent(4, 255, 1, 0))).toBe("unknown-type");
    expect(verdict(() => decodeEvent(4, 20, 4, 0))).toBe("out-of-range");
    expect(verdict(() => decodeEvent(6, 0b100000, 0))).toBe("out-of-range");
    expect(verdict(() => decodeEvent(6, 0, 33, ...new Array<number>(33).fill(20)))).toBe("too-large");
  });

  it("a wheel turned by more than twenty notches", () => {
    const wheel = (units: number) => bytes(...header(1), 3, ...u16(units & 0xffff), 0, 0);
    expect(verdict(() => decodeMessage(wheel(2400)))).toBe("accepted");
    expect(verdict(() => decodeMessage(wheel(2401)))).toBe("out-of-range");
    expect(verdict(() => decodeMessage(wheel(-2400)))).toBe("accepted");
    expect(verdict(() => decodeMessage(wheel(-2401)))).toBe("out-of-range");
    expect(verdict(() => decodeMessage(wheel(-32_768)))).toBe("out-of-range");
  });

  it("text that is empty, too long, broken or full of control characters", () => {
    const text = (content: readonly number[]) => bytes(...header(1), 5, ...u16(content.length), ...content);
    expect(verdict(() => decodeMessage(text([])))).toBe("too-large");
    expect(verdict(() => decodeMessage(text(new Array<number>(1024).fill(0x61))))).toBe("accepted");
    expect(verdict(() => decodeMessage(text(new Array<number>(1025).fill(0x61))))).toBe("too-large");
    expect(verdict(() => decodeMessage(text([0xff])))).toBe("bad-text");
    for (const control of [0x00, 0x0a, 0x0d, 0x1b, 0x7f]) {
      expect(verdict(() => decodeMessage(text([0x61, control])))).toBe("bad-text");
    }
    expect(verdict(() => decodeMessage(text([0xc2, 0x9b])))).toBe("bad-text"); // C1: a terminal's CSI
    expect(verdict(() => decodeEvent(4, 20, 1, 9, ...new Array<number>(9).fill(0x61)))).toBe("too-large");
  });

  it("and 20,000 hostile messages bring nothing else out", () => {
    attack(
      decodeMessage,
      golden.map(([, expected]) => bytes(...header(1), ...expected)),
    );
  });
});
