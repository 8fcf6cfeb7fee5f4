import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../protocol/bytes.ts";
import { bytes, verdict } from "./hostile-bytes.ts";

describe("a byte writer", () => {
  it("writes big-endian fields", () => {
    const written = new ByteWriter().u8(0x01).u16(0x0203).i16(-2).u32(0xfffefdfc).varint(300).raw(bytes(9, 9)).finish();
    expect(written).toEqual(
      bytes(
        0x01, // u8
        ...[0x02, 0x03], // u16
        ...[0xff, 0xfe], // i16 -2
        ...[0xff, 0xfe, 0xfd, 0xfc], // u32
        ...[0xac, 0x02], // varint 300 = 0b10_0101100
        ...[9, 9], // raw
      ),
    );
  });

  it("grows from any size without losing a byte", () => {
    for (let expected = 0; expected < 12; expected++) {
      const writer = new ByteWriter(expected)
        .u8(1)
        .u16(0x0203)
        .u32(0x04050607)
        .i16(0x0809)
        .raw(bytes(10, 11, 12))
        .u8(13);
      expect(writer.length).toBe(13);
      expect(writer.finish()).toEqual(bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
    }
  });

  it("hands over bytes of their own", () => {
    const writer = new ByteWriter().u8(1);
    const first = writer.finish();
    writer.u8(2);
    expect(first).toEqual(bytes(1));
    expect(writer.finish()).toEqual(bytes(1, 2));
  });

  it("refuses a number that does not fit, instead of writing another one", () => {
    const writer = new ByteWriter();
    for (const wrong of [-1, 256, Number.NaN]) expect(() => writer.u8(wrong)).toThrow(RangeError);
    for (const wrong of [-1, 65_536, Number.POSITIVE_INFINITY]) expect(() => writer.u16(wrong)).toThrow(RangeError);
    for (const wrong of [-32_769, 32_768]) expect(() => writer.i16(wrong)).toThrow(RangeError);
    for (const wrong of [-1, 2 ** 32]) expect(() => writer.u32(wrong)).toThrow(RangeError);
    for (const wrong of [-1, Number.NaN]) expect(() => writer.varint(wrong)).toThrow(RangeError);
    expect(writer.length).toBe(0);
  });
});

describe("a byte reader", () => {
  it("reads what the writer wrote", () => {
    const u32s = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(
        fc.nat({ max: 255 }),
        fc.nat({ max: 65_535 }),
        fc.integer({ min: -32_768, max: 32_767 }),
        u32s,
        u32s,
        (a, b, c, d, e) => {
          const reader = new ByteReader(new ByteWriter(1).u8(a).u16(b).i16(c).u32(d).varint(e).finish());
          expect([reader.u8(), reader.u16(), reader.i16(), reader.u32(), reader.varint()]).toEqual([a, b, c, d, e]);
          reader.end();
        },
      ),
    );
  });

  it("reads a part of a larger buffer, and nothing beside it", () => {
    const reader = new ByteReader(bytes(9, 9, 1, 2, 9).subarray(2, 4));
    expect(reader.u16()).toBe(0x0102);
    expect(verdict(() => reader.u8())).toBe("truncated");
  });

  it.each([
    ["u8", 0, (reader: ByteReader) => reader.u8()],
    ["u16", 1, (reader: ByteReader) => reader.u16()],
    ["i16", 1, (reader: ByteReader) => reader.i16()],
    ["u32", 3, (reader: ByteReader) => reader.u32()],
    ["varint", 0, (reader: ByteReader) => reader.varint()],
    ["raw", 4, (reader: ByteReader) => reader.raw(5)],
    ["text", 4, (reader: ByteReader) => reader.text(5)],
  ] as const)("does not read %s from %i bytes", (_, length, read) => {
    expect(verdict(() => read(new ByteReader(new Uint8Array(length))))).toBe("truncated");
  });

  it("refuses lengths over 32 bits, and endless ones", () => {
    expect(verdict(() => new ByteReader(bytes(0xff, 0xff, 0xff, 0xff, 0x0f)).varint())).toBe("accepted");
    expect(verdict(() => new ByteReader(bytes(0xff, 0xff, 0xff, 0xff, 0x1f)).varint())).toBe("out-of-range");
    expect(verdict(() => new ByteReader(new Uint8Array(20).fill(0x80)).varint())).toBe("out-of-range");
    expect(verdict(() => new ByteReader(bytes(0x80)).varint())).toBe("truncated");
  });

  it("refuses text that is not UTF-8, and keeps a byte order mark", () => {
    for (const wrong of [bytes(0xff), bytes(0xc0, 0x80), bytes(0xed, 0xa0, 0x80), bytes(0xe2, 0x82)]) {
      expect(verdict(() => new ByteReader(wrong).text(wrong.length))).toBe("bad-text");
    }
    expect(new ByteReader(bytes(0xef, 0xbb, 0xbf, 0x41)).text(4)).toBe("\ufeffA");
  });

  it("says when bytes are left over", () => {
    const reader = new ByteReader(bytes(1, 2));
    reader.u8();
    expect(verdict(() => reader.end())).toBe("trailing");
    reader.u8();
    expect(verdict(() => reader.end())).toBe("accepted");
  });
});
