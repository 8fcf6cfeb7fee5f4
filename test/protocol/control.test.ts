import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ControlMessage, encodeControl } from "../../protocol/control.ts";
import { CLOSE_REASONS, type CloseReason } from "../../protocol/errors.ts";
import { decodeMessage } from "../../protocol/message.ts";
import { bytes, expectExactLength, u16, u32, verdict } from "./hostile-bytes.ts";

const golden: readonly (readonly [ControlMessage, Uint8Array])[] = [
  [
    { kind: "input-ack", sequence: 0x01020304 },
    bytes(
      0x04, // type
      ...u32(0x01020304), // highest event taken
    ),
  ],
  [
    { kind: "role", role: "view" },
    bytes(
      0x05, // type
      0, // view
    ),
  ],
  [
    { kind: "role", role: "control" },
    bytes(
      0x05, // type
      1, // control
    ),
  ],
  [
    { kind: "paused", paused: true },
    bytes(
      0x06, // type
      1, // paused
    ),
  ],
  [
    { kind: "paused", paused: false },
    bytes(
      0x06, // type
      0, // going on
    ),
  ],
  [
    { kind: "ping", clockMs: 0xfffefdfc },
    bytes(
      0x10, // type
      ...u32(0xfffefdfc), // the sender's clock
    ),
  ],
  [
    { kind: "pong", clockMs: 5 },
    bytes(
      0x11, // type
      ...u32(5), // that clock
    ),
  ],
  [
    { kind: "bye", reason: "kicked" },
    bytes(
      0x12, // type
      2, // kicked
    ),
  ],
  [
    { kind: "receipt", sequence: 9, paintTenthsMs: 123 },
    bytes(
      0x20, // type
      ...u32(9), // update
      ...u16(123), // 12.3 ms
    ),
  ],
  [
    { kind: "ask-control" },
    bytes(
      0x22, // type
    ),
  ],
  [
    { kind: "repaint" },
    bytes(
      0x23, // type
    ),
  ],
  [
    { kind: "wish", quality: 80 },
    bytes(
      0x24, // type
      80, // quality
    ),
  ],
  [
    { kind: "use-pipe", page: 0xfedcba98, move: 3, painted: 258 },
    bytes(
      0x25, // type
      ...u32(0xfedcba98), // page
      ...u32(3), // move
      ...u32(258), // last update painted
    ),
  ],
];

describe("messages about the session", () => {
  it.each(golden)("%j has these bytes", (message, expected) => {
    expect(encodeControl(message)).toEqual(expected);
    expect(decodeMessage(expected)).toEqual(message);
    expectExactLength(decodeMessage, expected);
  });

  it("come back as they went", () => {
    const u32s = fc.integer({ min: 0, max: 0xffffffff });
    const messages: fc.Arbitrary<ControlMessage> = fc.oneof(
      fc.record({ kind: fc.constant("input-ack" as const), sequence: u32s }),
      fc.record({ kind: fc.constantFrom("ping" as const, "pong" as const), clockMs: u32s }),
      fc.record({ kind: fc.constant("receipt" as const), sequence: u32s, paintTenthsMs: fc.nat({ max: 0xffff }) }),
      fc.record({ kind: fc.constant("wish" as const), quality: fc.nat({ max: 100 }) }),
      fc.record({ kind: fc.constant("use-pipe" as const), page: u32s, move: u32s, painted: u32s }),
    );
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(encodeControl(message))).toEqual(message);
      }),
    );
  });

  it.each(Object.entries(CLOSE_REASONS))("say goodbye because of %s with byte %i", (reason, byte) => {
    const message = { kind: "bye", reason: reason as CloseReason } as const; // a key of the table, from Object.entries
    expect(encodeControl(message)).toEqual(bytes(0x12, byte));
    expect(decodeMessage(bytes(0x12, byte))).toEqual(message);
  });

  it("are refused when a value is outside its list", () => {
    expect(verdict(() => decodeMessage(bytes(0x05, 2)))).toBe("out-of-range");
    expect(verdict(() => decodeMessage(bytes(0x06, 2)))).toBe("out-of-range");
    expect(verdict(() => decodeMessage(bytes(0x12, 0)))).toBe("unknown-type");
    expect(verdict(() => decodeMessage(bytes(0x12, 200)))).toBe("unknown-type");
    expect(verdict(() => decodeMessage(bytes(0x24, 101)))).toBe("out-of-range");
  });

  it("cap a paint time that does not fit, for a viewer that slept", () => {
    expect(encodeControl({ kind: "receipt", sequence: 1, paintTenthsMs: 1e9 })).toEqual(
      bytes(0x20, ...u32(1), 0xff, 0xff),
    );
  });
});
