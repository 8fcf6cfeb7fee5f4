import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterEndOf } from "../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES } from "../../protocol/pipe.ts";
import { partsOf, RecordAssembly, readPart } from "../../protocol/record-parts.ts";
import { attack, bytes, u16, verdict } from "./hostile-bytes.ts";

const PART_BYTES = 1_152;
const CHANNEL_PICTURES = 2;

/** A picture's record of so many bytes, no two alike that stand a part's length apart. */
function recordOf(length: number, counterEnd = 0x1234): Uint8Array {
  const record = Uint8Array.from({ length }, (_, at) => (at * 7 + Math.floor(at / PART_BYTES)) & 0xff);
  record.set([CHANNEL_PICTURES, ...u16(counterEnd)].slice(0, length));
  return record;
}

/** What the other side makes of these parts, in this order. */
function assembled(parts: readonly Uint8Array[]): (Uint8Array | undefined)[] {
  const [first] = parts.map(readPart);
  const assembly = new RecordAssembly(first?.recordBytes ?? 0);
  return parts.map((part) => assembly.take(readPart(part)));
}

describe("the parts of a record", () => {
  it("are these bytes", () => {
    const record = bytes(CHANNEL_PICTURES, ...u16(0x0203), 0xaa, 0xbb);
    const head = [4, ...u16(0x0203), ...u16(0x0107), ...u16(5)];
    expect(partsOf(record, 0x0107)).toEqual([bytes(...head, 0, ...record), bytes(...head, 1, ...record)]);
  });

  it("are one to spare for each eight, the exclusive or of every other, every third, and so on", () => {
    const record = recordOf(9 * PART_BYTES + 10);
    const parts = partsOf(record, 0).map((part) => readPart(part));
    expect(parts.map(({ index }) => index)).toEqual([...Array(12).keys()]);
    expect(parts.map((part) => part.bytes.length)).toEqual([...Array(9).fill(PART_BYTES), 10, PART_BYTES, PART_BYTES]);
    const sum = new Uint8Array(PART_BYTES);
    for (const index of [1, 3, 5, 7, 9]) {
      for (const [at, byte] of (parts[index]?.bytes ?? []).entries()) sum[at] = (sum[at] ?? 0) ^ byte;
    }
    expect(parts[11]?.bytes).toEqual(sum);
  });

  it("fit into one packet each, and say whose they are", () => {
    for (const part of partsOf(recordOf(MAX_RECORD_BYTES), 7)) {
      expect(part.length).toBeLessThanOrEqual(1_160);
      expect(readPart(part)).toMatchObject({ counterEnd: 0x1234, afterControlEnd: 7, recordBytes: MAX_RECORD_BYTES });
    }
    expect(counterEndOf(recordOf(20))).toBe(0x1234);
  });
});

describe("a record in parts", () => {
  it.each([4, 500, PART_BYTES, PART_BYTES + 1, 8 * PART_BYTES, 8 * PART_BYTES + 1, MAX_RECORD_BYTES])(
    "of %i bytes is whole whichever part is lost, and in whatever order the others come",
    (length) => {
      const record = recordOf(length);
      const parts = partsOf(record, 0);
      for (const lost of parts.keys()) {
        const others = parts.filter((_, index) => index !== lost);
        for (const order of [others, others.toReversed()]) {
          expect(assembled(order).filter((one) => one !== undefined)).toEqual([record]);
        }
      }
    },
  );

  it("is whole after two losses that stand side by side", () => {
    const record = recordOf(MAX_RECORD_BYTES);
    const parts = partsOf(record, 0).filter((_, index) => index !== 4 && index !== 5);
    expect(assembled(parts).filter((one) => one !== undefined)).toEqual([record]);
  });

  it("waits for the repetition after two losses in one group", () => {
    const record = recordOf(MAX_RECORD_BYTES);
    const parts = partsOf(record, 0);
    const [late, ...others] = parts.filter((_, index) => index !== 2);
    expect(assembled(others).every((one) => one === undefined)).toBe(true);
    expect(late && assembled([...others, late]).at(-1)).toEqual(record);
  });

  it("is handed out once, whatever comes twice or too late", () => {
    const parts = partsOf(recordOf(5_000), 0);
    expect(assembled([...parts, ...parts, ...parts]).filter((one) => one !== undefined)).toHaveLength(1);
  });

  it("is itself, for any length, loss and order", () => {
    const lengths = fc.integer({ min: 3, max: MAX_RECORD_BYTES });
    fc.assert(
      fc.property(lengths, fc.nat(), fc.infiniteStream(fc.nat()), (length, lost, order) => {
        const record = recordOf(length);
        const parts = partsOf(record, 0);
        parts.splice(lost % parts.length, 1);
        const shuffled = parts
          .map((part) => ({ part, at: order.next().value ?? 0 }))
          .sort((one, other) => one.at - other.at)
          .map(({ part }) => part);
        expect(assembled(shuffled).find((one) => one !== undefined)).toEqual(record);
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is no part", () => {
  const part = bytes(4, ...u16(9), ...u16(1), ...u16(5), 0, 1, 2, 3, 4, 5);

  it("is refused in words", () => {
    expect(verdict(() => readPart(part))).toBe("accepted");
    expect(verdict(() => readPart(part.subarray(0, 7)))).toBe("truncated");
    expect(verdict(() => readPart(part.subarray(0, 12)))).toBe("out-of-range");
    expect(verdict(() => readPart(bytes(...part, 6)))).toBe("out-of-range");
    expect(verdict(() => readPart(bytes(2, ...part.subarray(1))))).toBe("unknown-type");
    // The second is to spare; there is no third, and nothing of no bytes.
    expect(verdict(() => readPart(bytes(...part.subarray(0, 7), 1, 1, 2, 3, 4, 5)))).toBe("accepted");
    expect(verdict(() => readPart(bytes(...part.subarray(0, 7), 2, 1, 2, 3, 4, 5)))).toBe("out-of-range");
    expect(verdict(() => readPart(bytes(4, ...u16(9), ...u16(1), ...u16(0), 0)))).toBe("out-of-range");
  });

  it("is refused where the record has another length", () => {
    const assembly = new RecordAssembly(6);
    expect(verdict(() => assembly.take(readPart(part)))).toBe("out-of-range");
  });

  it("breaks nothing", () => {
    attack(
      (message) => {
        const read = readPart(message);
        new RecordAssembly(read.recordBytes).take(read);
      },
      [part, ...partsOf(recordOf(3_000), 1)],
    );
  });
});
