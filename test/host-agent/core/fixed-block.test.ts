import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FixedBlock } from "../../../host-agent/core/fixed-block.ts";
import { bytes } from "../../protocol/hostile-bytes.ts";

const LIMIT = 100_000;
/** What is written, inflated by zlib after these bytes. */
function inflated(write: (block: FixedBlock) => void, dictionary = Buffer.alloc(0)): Buffer {
  const block = new FixedBlock(LIMIT);
  write(block);
  return inflateRawSync(block.end(), dictionary.length === 0 ? {} : { dictionary });
}
const written = (write: (block: FixedBlock) => void): Uint8Array => {
  const block = new FixedBlock(LIMIT);
  write(block);
  return block.end();
};

describe("a block with fixed codes", () => {
  it("has these bytes", () => {
    // 1 last | 10 fixed | 0000000 end
    expect(written(() => undefined)).toEqual(bytes(0b000_00_01_1, 0b000));
    // 110 | 'a' 0x30 + 97 = 10010001 | end
    expect(written((block) => block.literal(97))).toEqual(bytes(0b01001_01_1, 0b00000_100, 0));
    // 110 | 'a' | length 9: 263, 0000111 | distance 1: 00000 | end
    const run = written((block) => {
      block.literal(97);
      block.match(9, 1);
    });
    expect(run).toEqual(bytes(0b01001_01_1, 0b10000_100, 0b000_00_0_11, 0b0000));
    // 110 | 'a' | length 258: 285, 11000101 | distance 16: 7, 00111, and 3 of 4 in 2 bits | end
    const far = written((block) => {
      block.literal(97);
      block.match(258, 16);
    });
    expect(far).toEqual(bytes(0b01001_01_1, 0b00011_100, 0b11100_101, 0b000000_11, 0));
  });

  it("has the bytes that zlib makes of the same, whatever the byte", () => {
    const zlib = (content: Uint8Array) =>
      new Uint8Array(deflateRawSync(content, { level: 9, strategy: constants.Z_FIXED }));
    const literals = bytes(0, 1, 142, 143, 144, 145, 254, 255);
    const apart = written((block) => {
      for (const byte of literals) block.literal(byte);
    });
    expect(apart).toEqual(zlib(literals));
  });

  it("refers to every length and from every distance that deflate can", () => {
    const noise = Buffer.from(Uint8Array.from({ length: 32_768 }, (_, at) => Math.imul(at, 2654435761) >>> 24));
    const lengths = Array.from({ length: 256 }, (_, index) => index + 3);
    const lengthened = inflated((block) => {
      for (const length of lengths) block.match(length, 32_768);
    }, noise);
    expect(lengthened).toHaveLength(lengths.reduce((sum, length) => sum + length, 0));
    expect(lengthened.equals(Buffer.concat([noise, noise]).subarray(0, lengthened.length))).toBe(true);
    for (let distance = 32_768; distance > 3; distance -= distance > 600 ? 61 : 1) {
      const three = inflated((block) => block.match(3, distance), noise);
      expect(three.equals(noise.subarray(noise.length - distance).subarray(0, 3)), `distance ${distance}`).toBe(true);
    }
  });

  it("says when it would be longer than its limit, before it is", () => {
    const symbol = fc.oneof(
      fc.record({ byte: fc.integer({ min: 0, max: 255 }) }),
      fc.record({ length: fc.integer({ min: 3, max: 258 }), distance: fc.integer({ min: 1, max: 32_768 }) }),
    );
    fc.assert(
      fc.property(fc.array(symbol, { maxLength: 40 }), fc.integer({ min: 4, max: 60 }), (symbols, limit) => {
        const block = new FixedBlock(limit);
        let last = 0;
        for (const one of symbols) {
          if (block.isTooLong) break;
          if ("byte" in one) block.literal(one.byte);
          else block.match(one.length, one.distance);
          last += 1;
        }
        const isTooLong = block.isTooLong;
        expect(block.end().length <= limit).toBe(!isTooLong);
        expect(isTooLong || last === symbols.length).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
