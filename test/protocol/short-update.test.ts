import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EncodedRect, encodeCopy } from "../../protocol/encoded-rect.ts";
import { decodeMessage } from "../../protocol/message.ts";
import { encodeShortUpdate } from "../../protocol/short-update.ts";
import { isUpdatePart } from "../../protocol/update.ts";
import { bytes, u16, verdict } from "./hostile-bytes.ts";

const size = { width: 1920, height: 1080 };
const letter: EncodedRect = {
  rect: { x: 578, y: 531, width: 18, height: 18 },
  encoding: "text",
  data: bytes(9, 8, 7),
};
const golden = bytes(
  0x01, // a short update
  ...[0xac, 0x02], // sequence
  ...u16(1920), // display width
  ...u16(1080), // display height
  5, // text
  ...[0xc2, 0x04], // x
  ...[0x93, 0x04], // y
  18, // width
  18, // height
  3, // three bytes
  ...[9, 8, 7],
);

describe("a short update", () => {
  it("has these bytes", () => {
    expect(encodeShortUpdate({ sequence: 300, size, rects: [letter] })).toEqual(golden);
    expect(decodeMessage(golden)).toEqual({ kind: "short-update", sequence: 300, size, rects: [letter] });
  });

  it("is no part of an update: pictures let it overtake them", () => {
    expect(isUpdatePart(golden)).toBe(false);
  });

  it("comes back as it went, with any rectangles", () => {
    const rect = fc.record({
      rect: fc.record({
        x: fc.nat(900),
        y: fc.nat(500),
        width: fc.integer({ min: 1, max: 64 }),
        height: fc.constant(64),
      }),
      encoding: fc.constantFrom(
        "jpeg" as const,
        "exact" as const,
        "shaded" as const,
        "indexed" as const,
        "film" as const,
        "text" as const,
      ),
      data: fc.uint8Array({ maxLength: 200 }),
    });
    const copy = encodeCopy({ x: 10, y: 20, width: 30, height: 40 }, { x: 0, y: 0 });
    const rects = fc.array(fc.oneof(rect, fc.constant(copy)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(0xffffffff), rects, (sequence, held) => {
        const message = encodeShortUpdate({ sequence, size, rects: held });
        expect(decodeMessage(message)).toEqual({ kind: "short-update", sequence, size, rects: held });
      }),
    );
  });

  it("is refused when it ends inside anything, or holds no rectangle", () => {
    for (let length = 0; length < golden.length; length++) {
      expect(
        verdict(() => decodeMessage(golden.subarray(0, length))),
        `the first ${length} bytes`,
      ).toBe("truncated");
    }
    expect(verdict(() => decodeMessage(Uint8Array.of(...golden, 5)))).toBe("truncated");
  });

  it("is refused when its display has no pixels or too many, or a rectangle is not on it", () => {
    const of = (width: number, height: number) => {
      const message = golden.slice();
      message.set([...u16(width), ...u16(height)], 3);
      return verdict(() => decodeMessage(message));
    };
    expect(of(0, 1080)).toBe("out-of-range");
    expect(of(65_535, 65_535)).toBe("out-of-range");
    expect(of(595, 1080)).toBe("out-of-range");
    expect(of(596, 549)).toBe("accepted");
  });
});
