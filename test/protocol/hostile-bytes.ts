import fc from "fast-check";
import { expect } from "vitest";
import { ProtocolError } from "../../protocol/errors.ts";

/** Golden bytes, one line for each field: `bytes(0x21, ...u32(7))`. */
export const bytes = (...fields: readonly number[]): Uint8Array => Uint8Array.from(fields);
export const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
export const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

/** The code of the ProtocolError, or "accepted". Any other exception goes through: it is the bug these tests look for. */
export function verdict(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "accepted";
}

/** Every shorter and every longer message is refused. */
export function expectExactLength(decode: (message: Uint8Array) => unknown, message: Uint8Array): void {
  expectEveryPrefixRefused(decode, message, message.length);
  expect(verdict(() => decode(Uint8Array.of(...message, 0)))).toBe("trailing");
  expect(verdict(() => decode(Uint8Array.of(...message, 0xff, 0xff)))).toBe("trailing");
}

/** For messages whose last field takes all the rest: every prefix below `shortest` bytes is refused. */
export function expectEveryPrefixRefused(
  decode: (message: Uint8Array) => unknown,
  message: Uint8Array,
  shortest: number,
): void {
  for (let length = 0; length < shortest; length++) {
    expect(
      verdict(() => decode(message.subarray(0, length))),
      `prefix of ${length} bytes`,
    ).toBe("truncated");
  }
}

export const HOSTILE_RUNS = 20_000;

/** Random bytes, bytes that begin like a message, and valid messages with bytes changed, cut out or put in. */
export function hostileBytes(valid: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ maxLength: 96 });
  const beginning = fc.tuple(fc.constantFrom(...valid), random).map(([message, rest]) => {
    return Uint8Array.of(message[0] ?? 0, ...rest);
  });
  return fc.oneof(random, beginning, mutated(valid));
}

function mutated(valid: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), how: fc.nat({ max: 2 }) });
  return fc
    .tuple(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([message, changes]) => {
      const result = [...message];
      for (const { at, byte, how } of changes) {
        const place = at % (result.length + 1);
        if (how === 0) result.splice(place, 1, byte);
        else if (how === 1) result.splice(place, 1);
        else result.splice(place, 0, byte);
      }
      return Uint8Array.from(result);
    });
}

/** Nothing but a ProtocolError ever comes out of a decoder, and never slowly. */
export function attack(decode: (message: Uint8Array) => unknown, valid: readonly Uint8Array[]): void {
  let accepted = 0;
  fc.assert(
    fc.property(hostileBytes(valid), (message) => {
      if (verdict(() => decode(message)) === "accepted") accepted += 1;
    }),
    { numRuns: HOSTILE_RUNS },
  );
  // Some attacks are valid by chance; if none were, the generator would not reach past the first check.
  expect(accepted).toBeGreaterThan(0);
}
