import { describe, expect, it } from "vitest";
import { type CursorShape, encodeCursorPlace, encodeCursorShape, MAX_CURSOR_SIDE } from "../../protocol/cursor.ts";
import { decodeMessage } from "../../protocol/message.ts";
import { bytes, expectEveryPrefixRefused, expectExactLength, u16, verdict } from "./hostile-bytes.ts";

const arrow: CursorShape = {
  kind: "cursor-shape",
  visible: true,
  size: { width: 24, height: 32 },
  hotspot: { x: 3, y: 4 },
  png: bytes(0x89, 0x50),
};
const arrowBytes = bytes(
  0x02, // type
  1, // visible
  ...u16(24), // width
  ...u16(32), // height
  ...u16(3), // hotspot x
  ...u16(4), // hotspot y
  ...[0x89, 0x50], // PNG
);
const hiddenBytes = bytes(
  0x02, // type
  0, // hidden
  ...[0, 0, 0, 0, 0, 0, 0, 0], // no size, no hotspot
);

/** The arrow with other sizes and hotspot. */
const arrowOf = (width: number, height: number, x: number, y: number) =>
  bytes(0x02, 1, ...u16(width), ...u16(height), ...u16(x), ...u16(y), 0x89);

describe("the host's pointer", () => {
  it("has a shape", () => {
    expect(encodeCursorShape(arrow)).toEqual(arrowBytes);
    expect(decodeMessage(arrowBytes)).toEqual(arrow);
    expectEveryPrefixRefused(decodeMessage, arrowBytes, 11);
  });

  it("can be hidden", () => {
    expect(encodeCursorShape({ kind: "cursor-shape", visible: false })).toEqual(hiddenBytes);
    expect(decodeMessage(hiddenBytes)).toEqual({ kind: "cursor-shape", visible: false });
    expectExactLength(decodeMessage, hiddenBytes);
  });

  it("has a place", () => {
    const place = bytes(
      0x03, // type
      ...u16(0x1234), // x
      ...u16(0xffff), // y
    );
    expect(encodeCursorPlace({ x: 0x1234, y: 0xffff })).toEqual(place);
    expect(decodeMessage(place)).toEqual({ kind: "cursor-place", at: { x: 0x1234, y: 0xffff } });
    expectExactLength(decodeMessage, place);
  });

  it("is refused when a browser could not show it", () => {
    expect(verdict(() => decodeMessage(arrowOf(MAX_CURSOR_SIDE, MAX_CURSOR_SIDE, 127, 127)))).toBe("accepted");
    for (const wrong of [arrowOf(0, 1, 0, 0), arrowOf(1, 0, 0, 0), arrowOf(129, 1, 0, 0), arrowOf(1, 129, 0, 0)]) {
      expect(verdict(() => decodeMessage(wrong))).toBe("out-of-range");
    }
    for (const wrong of [arrowOf(8, 8, 8, 0), arrowOf(8, 8, 0, 8)]) {
      expect(verdict(() => decodeMessage(wrong))).toBe("out-of-range");
    }
    expect(verdict(() => decodeMessage(bytes(0x02, 2, ...arrowBytes.subarray(2))))).toBe("out-of-range");
  });
});
