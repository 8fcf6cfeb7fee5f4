import { describe, expect, it } from "vitest";
import { CONTROL_TYPES, encodeControl } from "../../protocol/control.ts";
import { encodeCursorPlace, encodeCursorShape } from "../../protocol/cursor.ts";
import { encodeInput } from "../../protocol/input.ts";
import { decodeMessage } from "../../protocol/message.ts";
import { encodeShortUpdate, SHORT_UPDATE } from "../../protocol/short-update.ts";
import { MAX_MESSAGE_BYTES } from "../../protocol/update.ts";
import { attack, bytes, verdict } from "./hostile-bytes.ts";

const png = bytes(0x89, 0x50, 0x4e, 0x47);
const size = { width: 16, height: 16 };
const rect = { x: 1, y: 2, width: 3, height: 4 };

describe("one message", () => {
  it("is told by its first byte; an update's part is handed on whole", () => {
    for (const first of [0x80, 0x87, 0xff]) {
      const part = bytes(first, 1, 0, 8, 0, 8);
      expect(decodeMessage(part)).toEqual({ kind: "update-part", bytes: part });
    }
  });

  it("has a type of its own for every kind", () => {
    const types = [SHORT_UPDATE, 0x02, 0x03, 0x21, ...Object.values(CONTROL_TYPES)];
    expect(new Set(types).size).toBe(types.length);
    expect(Math.max(...types)).toBeLessThan(0x80);
  });

  it("is refused when its type is unknown, or there is none", () => {
    const known = new Set<number>([SHORT_UPDATE, 0x02, 0x03, 0x21, ...Object.values(CONTROL_TYPES)]);
    for (let type = 0; type < 0x80; type++) {
      if (!known.has(type)) expect(verdict(() => decodeMessage(bytes(type)))).toBe("unknown-type");
    }
    expect(verdict(() => decodeMessage(bytes()))).toBe("truncated");
  });

  it("is refused when it is longer than any pipe carries", () => {
    const long = (length: number) => new Uint8Array(length).fill(0x80);
    expect(verdict(() => decodeMessage(long(MAX_MESSAGE_BYTES)))).toBe("accepted");
    expect(verdict(() => decodeMessage(long(MAX_MESSAGE_BYTES + 1)))).toBe("too-large");
  });

  it("brings nothing but a ProtocolError out of 20,000 hostile ones", () => {
    attack(decodeMessage, [
      encodeControl({ kind: "input-ack", sequence: 7 }),
      encodeControl({ kind: "role", role: "control" }),
      encodeControl({ kind: "paused", paused: true }),
      encodeControl({ kind: "ping", clockMs: 7 }),
      encodeControl({ kind: "bye", reason: "kicked" }),
      encodeControl({ kind: "receipt", sequence: 7, paintTenthsMs: 7 }),
      encodeControl({ kind: "ask-control" }),
      encodeControl({ kind: "wish", quality: 7 }),
      encodeCursorPlace({ x: 7, y: 7 }),
      encodeCursorShape({ kind: "cursor-shape", visible: false }),
      encodeCursorShape({ kind: "cursor-shape", visible: true, size, hotspot: { x: 1, y: 1 }, png }),
      encodeShortUpdate({ sequence: 7, size, rects: [{ rect, encoding: "exact", data: png }] }),
      encodeInput(1, [{ kind: "text", text: "hello" }, { kind: "release" }]),
    ]);
  });
});
