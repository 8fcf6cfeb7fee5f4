import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCopySource, ENCODINGS, type EncodedRect, encodeCopy } from "../../protocol/encoded-rect.ts";
import {
  encodeUpdate,
  MAX_MESSAGE_BYTES,
  type Update,
  UpdateReader,
  type UpdateStep,
  UpdateWriter,
} from "../../protocol/update.ts";
import { bytes, expectExactLength, HOSTILE_RUNS, hostileBytes, u16, verdict } from "./hostile-bytes.ts";

/** The first part, with the display's size; without it; and the last part. */
const FIRST = 5;
const FIRST_SIZELESS = 1;
const LAST = 2;
const WHOLE = FIRST | LAST;
const BROKEN_OFF = 8 | LAST;

const part = (flags: number, sequence: number, ...body: number[]) => bytes(0x80 + flags, ...varint(sequence), ...body);
const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];
const display = [...u16(100), ...u16(50)];
const solidRect = [
  1, // solid
  10, // x
  20, // y
  30, // width
  5, // height
  3, // three bytes
  ...[0x11, 0x22, 0x33], // R G B
];

const copyRect = [
  4, // copy
  0, // x
  3, // y
  100, // width
  40, // height
  4, // four bytes
  ...u16(0), // from x
  ...u16(10), // from y
];

const readAll = (parts: readonly Uint8Array[]): UpdateStep[] => {
  const reader = new UpdateReader();
  return parts.flatMap((one) => reader.read(one));
};

const updates: fc.Arbitrary<Update> = fc
  .record({ width: fc.integer({ min: 1, max: 4000 }), height: fc.integer({ min: 1, max: 4000 }) })
  .chain((size) => {
    const rect = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()).map(([a, b, c, d]) => {
      const x = a % size.width;
      const y = b % size.height;
      return { x, y, width: 1 + (c % (size.width - x)), height: 1 + (d % (size.height - y)) };
    });
    const solid = fc.record({
      rect,
      encoding: fc.constant("solid" as const),
      data: fc.uint8Array({ minLength: 3, maxLength: 3 }),
    });
    const pixels = fc.record({
      rect,
      encoding: fc.constantFrom(
        "jpeg" as const,
        "exact" as const,
        "shaded" as const,
        "indexed" as const,
        "film" as const,
      ),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 4096 }).map((length) => new Uint8Array(length).fill(7)),
      ),
    });
    const copy = fc.tuple(rect, fc.nat(), fc.nat()).map(([to, a, b]) => {
      const from = { x: a % (size.width - to.width + 1), y: b % (size.height - to.height + 1) };
      return encodeCopy(to, from);
    });
    const rects: fc.Arbitrary<EncodedRect[]> = fc.array(fc.oneof(solid, pixels, copy), { maxLength: 12 });
    return fc.record({ sequence: fc.integer({ min: 0, max: 0xffffffff }), size: fc.constant(size), rects });
  });

/** The same body in parts of the given lengths, over and over. */
function recut(update: Update, lengths: readonly number[]): Uint8Array[] {
  const headerBytes = 1 + varint(update.sequence).length;
  const body = encodeUpdate(update).flatMap((one) => [...one.subarray(headerBytes)]);
  const parts: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    const flags = (at === 0 ? FIRST : 0) | (at + length >= body.length ? LAST : 0);
    parts.push(part(flags, update.sequence, ...body.slice(at, at + length)));
    at += length;
  }
  return parts;
}

function expectSteps(steps: readonly UpdateStep[], update: Update, wireBytes: number): void {
  expect(steps).toEqual([
    { kind: "begin", sequence: update.sequence, size: update.size },
    ...update.rects.map((rect) => ({ kind: "rect", sequence: update.sequence, rect })),
    { kind: "end", sequence: update.sequence, bytes: wireBytes },
  ]);
}

const lengthOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, one) => sum + one.length, 0);

describe("an update", () => {
  it("has these bytes", () => {
    const update: Update = {
      sequence: 0x01020304,
      size: { width: 100, height: 50 },
      rects: [
        { rect: { x: 10, y: 20, width: 30, height: 5 }, encoding: "solid", data: bytes(0x11, 0x22, 0x33) },
        { rect: { x: 0, y: 0, width: 100, height: 50 }, encoding: "jpeg", data: new Uint8Array(200).fill(0xd8) },
        { rect: { x: 99, y: 49, width: 1, height: 1 }, encoding: "exact", data: bytes(7) },
        { rect: { x: 99, y: 49, width: 1, height: 1 }, encoding: "shaded", data: bytes(8) },
        { rect: { x: 98, y: 49, width: 2, height: 1 }, encoding: "indexed", data: bytes(9) },
        encodeCopy({ x: 0, y: 3, width: 100, height: 40 }, { x: 0, y: 10 }),
      ],
    };
    const golden = bytes(
      0x87, // an update: first and last part, with the display's size
      ...[0x84, 0x86, 0x88, 0x08], // sequence
      ...u16(100), // display width
      ...u16(50), // display height
      ...solidRect,
      2, // jpeg
      ...[0, 0, 100, 50], // x, y, width, height
      ...[0xc8, 0x01], // 200 bytes
      ...new Array<number>(200).fill(0xd8), // a JPEG picture
      3, // exact
      ...[99, 49, 1, 1], // x, y, width, height
      1, // one byte
      7, // deflate
      6, // shaded
      ...[99, 49, 1, 1], // x, y, width, height
      1, // one byte
      8, // deflate
      8, // indexed
      ...[98, 49, 2, 1], // x, y, width, height
      1, // one byte
      9, // deflate
      ...copyRect,
    );
    expect(encodeUpdate(update)).toEqual([golden]);
    expectSteps(readAll([golden]), update, golden.length);
  });

  it("may have no rectangle at all", () => {
    const update: Update = { sequence: 1, size: { width: 100, height: 50 }, rects: [] };
    expect(encodeUpdate(update)).toEqual([part(WHOLE, 1, ...display)]);
    expectSteps(readAll(encodeUpdate(update)), update, 6);
    // A body is never empty.
    expect(encodeUpdate(update, update.size)).toEqual(encodeUpdate(update));
  });

  it("does not tell the display's size again, and is eleven bytes then for a letter, beside what the letter is", () => {
    const letter = { x: 578, y: 531, width: 18, height: 18 };
    const size = { width: 1920, height: 1080 };
    const update: Update = { sequence: 300, size, rects: [{ rect: letter, encoding: "text", data: bytes(9, 8, 7) }] };
    const golden = bytes(
      0x83, // an update: first and last part
      ...[0xac, 0x02], // sequence
      5, // text
      ...[0xc2, 0x04], // x
      ...[0x93, 0x04], // y
      18, // width
      18, // height
      3, // three bytes
      ...[9, 8, 7],
    );
    expect(encodeUpdate(update, size)).toEqual([golden]);
    const reader = new UpdateReader();
    const [before = bytes()] = encodeUpdate({ ...update, sequence: 299 });
    expect(before).toHaveLength(golden.length + 4);
    expectSteps(reader.read(before), { ...update, sequence: 299 }, before.length);
    expectSteps(reader.read(golden), update, golden.length);
  });

  it("tells the size when it is another one", () => {
    const known = { width: 100, height: 50 };
    for (const size of [
      { width: 100, height: 51 },
      { width: 101, height: 50 },
    ]) {
      const rects: EncodedRect[] = [
        { rect: { x: 0, y: 0, width: 1, height: 1 }, encoding: "solid", data: bytes(1, 2, 3) },
      ];
      const parts = encodeUpdate({ sequence: 1, size, rects }, known);
      expectSteps(readAll(parts), { sequence: 1, size, rects }, lengthOf(parts));
    }
  });

  it("is cut into messages that no pipe finds too long, and comes back whole", () => {
    const data = new Uint8Array(100_000).map((_, index) => index & 0xff);
    const update: Update = {
      sequence: 5,
      size: { width: 1000, height: 1000 },
      rects: [{ rect: { x: 0, y: 0, width: 1000, height: 1000 }, encoding: "jpeg", data }],
    };
    const parts = encodeUpdate(update);
    expect(parts.map((one) => one.length)).toEqual([
      ...new Array<number>(6).fill(MAX_MESSAGE_BYTES),
      lengthOf(parts) - 6 * MAX_MESSAGE_BYTES,
    ]);
    const types = (given: readonly Uint8Array[]) => given.map((one) => (one[0] ?? 0) - 0x80);
    expect(types(parts)).toEqual([FIRST, 0, 0, 0, 0, 0, LAST]);
    expectSteps(readAll(parts), update, lengthOf(parts));
    expect(types(encodeUpdate(update, update.size))).toEqual([FIRST_SIZELESS, 0, 0, 0, 0, 0, LAST]);
  });

  it("comes back as it went, however it was cut", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(updates, cuts, (update, lengths) => {
        const parts = recut(update, lengths);
        expectSteps(readAll(parts), update, lengthOf(parts));
        const reader = new UpdateReader();
        for (const known of [undefined, update.size]) {
          const whole = encodeUpdate(update, known);
          expectSteps(
            whole.flatMap((one) => reader.read(one)),
            update,
            lengthOf(whole),
          );
        }
      }),
      { numRuns: 120 },
    );
  });

  it("is written in the same messages however its rectangles come, each as soon as it is full", () => {
    const known = fc.boolean();
    fc.assert(
      fc.property(updates, known, fc.integer({ min: 1, max: 5 }), (update, isKnown, count) => {
        const knownSize = isKnown ? update.size : undefined;
        const writer = new UpdateWriter(update, knownSize);
        const parts: Uint8Array[] = [];
        for (let at = 0; at < update.rects.length; at += count) {
          const rects = update.rects.slice(at, at + count);
          parts.push(...writer.add(rects));
          const writtenBytes = lengthOf(
            encodeUpdate({ ...update, rects: update.rects.slice(0, at + count) }, knownSize),
          );
          expect(writtenBytes - lengthOf(parts)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
        }
        expect([...parts, writer.end()]).toEqual(encodeUpdate(update, knownSize));
      }),
      { numRuns: 120 },
    );
  });

  it("may be broken off between two messages, also within a rectangle, and another one begins", () => {
    const writer = new UpdateWriter({ sequence: 300, size: { width: 100, height: 50 } });
    const rect: EncodedRect = {
      rect: { x: 0, y: 0, width: 100, height: 50 },
      encoding: "jpeg",
      data: new Uint8Array(MAX_MESSAGE_BYTES),
    };
    const [first = bytes()] = writer.add([rect]);
    const last = writer.breakOff();
    expect(last).toEqual(part(BROKEN_OFF, 300));
    const steps = readAll([first, last, part(WHOLE, 301, ...display, ...solidRect)]);
    expect(steps.map(({ kind, sequence }) => [kind, sequence])).toEqual([
      ["begin", 300],
      ["break-off", 300],
      ["begin", 301],
      ["rect", 301],
      ["end", 301],
    ]);
  });

  it("hands out each rectangle as soon as its last byte is here", () => {
    const body = [...display, ...solidRect, ...solidRect];
    const reader = new UpdateReader();
    const seen = body.map((byte, index) => {
      const flags = (index === 0 ? FIRST : 0) | (index === body.length - 1 ? LAST : 0);
      return reader.read(part(flags, 1, byte)).map((step) => step.kind);
    });
    expect(seen.flatMap((kinds, index) => (kinds.length > 0 ? [[index, ...kinds]] : []))).toEqual([
      [3, "begin"],
      [12, "rect"],
      [21, "rect", "end"],
    ]);
  });

  it("follows another on the same reader", () => {
    const reader = new UpdateReader();
    for (const sequence of [1, 2, 9]) {
      const steps = reader.read(part(WHOLE, sequence, ...display, ...solidRect));
      expect(steps.map((step) => step.sequence)).toEqual([sequence, sequence, sequence]);
    }
  });
});

describe("after parts were dropped on the way", () => {
  const body = [...display, ...solidRect];
  const kinds = (reader: UpdateReader, ...parts: Uint8Array[]) =>
    parts.flatMap((one) => reader.read(one).map((step) => `${step.kind} ${step.sequence}`));

  it("the update they belonged to is forgotten with the rest of it, and the next is whole", () => {
    const reader = new UpdateReader();
    expect(kinds(reader, part(FIRST, 1, ...display))).toEqual(["begin 1"]);
    reader.skip();
    expect(kinds(reader, part(0, 1, ...solidRect), part(LAST, 1, ...solidRect))).toEqual([]);
    expect(kinds(reader, part(WHOLE, 2, ...body))).toEqual(["begin 2", "rect 2", "end 2"]);
  });

  it("an update that lost its beginning is passed over", () => {
    const reader = new UpdateReader();
    reader.skip();
    expect(kinds(reader, part(LAST, 7, ...solidRect), part(FIRST, 8, ...display))).toEqual(["begin 8"]);
    expect(kinds(reader, part(LAST, 8, ...solidRect))).toEqual(["rect 8", "end 8"]);
  });

  it("what does not tell the display's size is passed over: another one may be among what was dropped", () => {
    const reader = new UpdateReader();
    reader.read(part(WHOLE, 1, ...body));
    reader.skip();
    const sizeless = part(FIRST_SIZELESS | LAST, 2, ...solidRect);
    expect(kinds(reader, sizeless, sizeless)).toEqual([]);
    expect(kinds(reader, part(FIRST, 4, ...body), part(LAST, 4, ...solidRect))).toEqual([
      ...["begin 4", "rect 4"],
      ...["rect 4", "end 4"],
    ]);
    expect(kinds(reader, part(FIRST_SIZELESS | LAST, 5, ...solidRect))).toEqual(["begin 5", "rect 5", "end 5"]);
  });

  it("only the first gap is forgiven: a part of no update is refused again once one has begun", () => {
    const reader = new UpdateReader();
    reader.skip();
    reader.read(part(WHOLE, 1, ...body));
    expect(verdict(() => reader.read(part(LAST, 1, ...solidRect)))).toBe("out-of-order");
  });
});

describe("an update is refused", () => {
  const refusal = (...parts: Uint8Array[]) => verdict(() => readAll(parts));

  it("when it ends inside anything", () => {
    const body = [...display, ...solidRect];
    for (let length = 0; length < body.length; length++) {
      const expected = length === 4 ? "accepted" : "truncated";
      expect(refusal(part(WHOLE, 1, ...body.slice(0, length))), `body of ${length} bytes`).toBe(expected);
    }
    const long = part(WHOLE, 0x01020304, ...body);
    for (let length = 1; length < 5; length++) expect(refusal(long.subarray(0, length))).toBe("truncated");
    expect(refusal(bytes())).toBe("truncated");
    expect(refusal(part(WHOLE, 1, ...body, 0))).toBe("truncated");
  });

  it("when its parts do not follow each other", () => {
    expect(refusal(part(LAST, 1, ...display))).toBe("out-of-order");
    expect(refusal(part(FIRST, 1, ...display), part(FIRST, 1, ...solidRect))).toBe("out-of-order");
    expect(refusal(part(FIRST, 1, ...display), part(LAST, 2, ...solidRect))).toBe("out-of-order");
    expect(refusal(part(WHOLE, 1, ...display), part(LAST, 1, ...solidRect))).toBe("out-of-order");
  });

  it("when a part brings nothing: endless ones would fill the memory", () => {
    expect(refusal(part(FIRST, 1, ...display), part(0, 1))).toBe("truncated");
    expect(refusal(part(FIRST, 1))).toBe("truncated");
  });

  it("when it is no update, or has flags from the future", () => {
    expect(refusal(bytes(0x7f, 1, ...display))).toBe("unknown-type");
    expect(refusal(part(8, 1, ...display))).toBe("out-of-range");
    expect(refusal(part(0x7f, 1, ...display))).toBe("out-of-range");
  });

  it("when what is broken off was never begun, is another, or brings something", () => {
    expect(refusal(part(BROKEN_OFF, 1))).toBe("out-of-order");
    expect(refusal(part(FIRST, 1, ...display), part(BROKEN_OFF, 2))).toBe("out-of-order");
    expect(refusal(part(FIRST, 1, ...display), part(BROKEN_OFF, 1, 0))).toBe("trailing");
    for (const flags of [8, 8 | FIRST, BROKEN_OFF | FIRST, BROKEN_OFF | 4]) {
      expect(refusal(part(flags, 1, ...display))).toBe("out-of-range");
    }
  });

  it("when its sequence is no number of 32 bits", () => {
    expect(refusal(bytes(0x87, 0xff, 0xff, 0xff, 0xff, 0x0f, ...display))).toBe("accepted");
    expect(refusal(bytes(0x87, 0xff, 0xff, 0xff, 0xff, 0x1f, ...display))).toBe("out-of-range");
  });

  it("when nothing has told the display's size, or anything but a first part tells it", () => {
    expect(refusal(part(FIRST_SIZELESS | LAST, 1, ...solidRect))).toBe("out-of-order");
    // The one before was never whole.
    expect(refusal(part(FIRST, 1, ...display), part(FIRST_SIZELESS | LAST, 2, ...solidRect))).toBe("out-of-order");
    expect(refusal(part(FIRST, 1, ...display), part(LAST | 4, 1, ...solidRect))).toBe("out-of-range");
    expect(refusal(part(4, 1, ...display))).toBe("out-of-range");
  });

  it("when its display is empty or larger than 64 megapixels", () => {
    expect(refusal(part(WHOLE, 1, 0, 0, ...u16(50)))).toBe("out-of-range");
    expect(refusal(part(WHOLE, 1, ...u16(50), 0, 0))).toBe("out-of-range");
    expect(refusal(part(WHOLE, 1, ...u16(8192), ...u16(8192)))).toBe("accepted");
    expect(refusal(part(WHOLE, 1, ...u16(8192), ...u16(8193)))).toBe("out-of-range");
  });

  it("when a rectangle is empty or reaches over the edge", () => {
    const rect = (x: number, y: number, width: number, height: number) =>
      refusal(part(WHOLE, 1, ...display, 1, ...[x, y, width, height].flatMap(varint), 3, 0, 0, 0));
    expect(rect(0, 0, 100, 50)).toBe("accepted");
    expect(rect(0, 0, 0, 50)).toBe("out-of-range");
    expect(rect(0, 0, 100, 0)).toBe("out-of-range");
    expect(rect(1, 0, 100, 50)).toBe("out-of-range");
    expect(rect(0, 1, 100, 50)).toBe("out-of-range");
    expect(rect(0xffff, 0, 0xffff, 1)).toBe("out-of-range");
    expect(rect(0xffffffff, 0, 1, 1)).toBe("out-of-range");
    expect(rect(0, 0, 0xffffffff, 0xffffffff)).toBe("out-of-range");
    // Never a whole number, however many bytes come.
    for (const length of [25, 26, 400]) {
      const endless = new Array<number>(length).fill(0x80);
      expect(refusal(part(WHOLE, 1, ...display, 1, ...endless))).toBe(length < 25 ? "truncated" : "out-of-range");
    }
  });

  it("when its data has an unknown encoding or an impossible length", () => {
    const rect = (encoding: number, ...rest: number[]) =>
      refusal(part(WHOLE, 1, ...display, encoding, 0, 0, 2, 2, ...rest));
    for (const encoding of [0, 9, 255]) expect(rect(encoding, 1, 0)).toBe("unknown-type");
    expect(rect(ENCODINGS.solid, 2, 0, 0)).toBe("out-of-range");
    expect(rect(ENCODINGS.solid, 4, 0, 0, 0, 0)).toBe("too-large");
    // 2x2 pixels in four bytes each, and 4096 for headers: 4112 = 0x90 0x20 in LEB128 fits, one more does not.
    expect(rect(ENCODINGS.jpeg, 0x90, 0x20, ...new Array<number>(4112).fill(0))).toBe("accepted");
    expect(rect(ENCODINGS.jpeg, 0x91, 0x20)).toBe("too-large");
    expect(rect(ENCODINGS.exact, 0xff, 0xff, 0xff, 0xff, 0xff, 0)).toBe("out-of-range");
  });

  it("when it copies from outside the display, or from no place", () => {
    const copy = (length: number, ...from: number[]) =>
      refusal(part(WHOLE, 1, ...display, 4, 2, 3, 40, 20, length, ...from));
    expect(copy(4, ...u16(60), ...u16(30))).toBe("accepted");
    expect(copy(4, ...u16(61), ...u16(30))).toBe("out-of-range");
    expect(copy(4, ...u16(60), ...u16(31))).toBe("out-of-range");
    expect(copy(4, ...u16(0xffff), ...u16(0))).toBe("out-of-range");
    expect(copy(3, 0, 0, 0)).toBe("out-of-range");
    expect(copy(0)).toBe("out-of-range");
    expect(copy(5, 0, 0, 0, 0, 0)).toBe("too-large");
    expectExactLength(decodeCopySource, bytes(...u16(60), ...u16(30)));
    expect(decodeCopySource(bytes(...u16(0x0102), ...u16(0x0304)))).toEqual({ x: 0x0102, y: 0x0304 });
  });

  it("when it has more rectangles than any planner makes", () => {
    const many = (count: number): Update => ({
      sequence: 1,
      size: { width: 100, height: 50 },
      rects: new Array<EncodedRect>(count).fill({
        rect: { x: 0, y: 0, width: 1, height: 1 },
        encoding: "solid",
        data: bytes(1, 2, 3),
      }),
    });
    expect(refusal(...encodeUpdate(many(4096)))).toBe("accepted");
    expect(refusal(...encodeUpdate(many(4097)))).toBe("too-large");
  });

  it("and 20,000 hostile streams bring nothing but a ProtocolError out", () => {
    const valid = [
      part(WHOLE, 1, ...display, ...solidRect),
      part(WHOLE, 1, ...display, ...copyRect),
      part(FIRST_SIZELESS | LAST, 1, ...solidRect),
      part(FIRST_SIZELESS, 1, ...solidRect.slice(0, 5)),
      part(FIRST, 1, ...display, ...solidRect.slice(0, 5)),
      part(0, 1, ...solidRect),
      part(LAST, 1, ...solidRect.slice(5)),
    ];
    const intact = fc.constantFrom(...valid);
    const streams = fc.array(fc.oneof(intact, hostileBytes(valid)), { minLength: 1, maxLength: 6 });
    let whole = 0;
    fc.assert(
      fc.property(streams, (parts) => {
        if (verdict(() => readAll(parts)) === "accepted") whole += 1;
      }),
      { numRuns: HOSTILE_RUNS },
    );
    expect(whole).toBeGreaterThan(0);
  });

  it("and 20,000 valid updates, cut anywhere and broken anywhere, bring nothing else out either", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    const bodies = fc.constantFrom(
      ...[
        bytes(...display, ...solidRect),
        bytes(...display, ...solidRect, ...solidRect),
        bytes(...display, ...copyRect, ...solidRect),
        bytes(...display, 2, 0, 0, 9, 9, 0x82, 0x00, 1, 2),
      ],
    );
    const harm = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(bodies, cuts, harm, (body, lengths, { at, byte }) => {
        const broken = body.slice();
        broken[at % broken.length] = byte;
        const parts: Uint8Array[] = [];
        for (let from = 0, turn = 0; from < broken.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          const flags = (from === 0 ? FIRST : 0) | (from + length >= broken.length ? LAST : 0);
          parts.push(part(flags, 1, ...broken.subarray(from, from + length)));
          from += length;
        }
        // What the cuts are must make no difference: in one piece it is judged the same.
        expect(verdict(() => readAll(parts)) === "accepted").toBe(
          verdict(() => readAll([part(WHOLE, 1, ...broken)])) === "accepted",
        );
      }),
      { numRuns: HOSTILE_RUNS },
    );
  });
});
