import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeMessage,
  type Mode,
} from "../../protocol/handshake-message.ts";
import { attack, bytes, expectEveryPrefixRefused, expectExactLength, verdict } from "./hostile-bytes.ts";

const nonce = new Uint8Array(16).map((_, index) => index);
const share = new Uint8Array(32).fill(0x55);
const tag = new Uint8Array(32).fill(0x77);

const golden: readonly (readonly [HandshakeMessage, Uint8Array])[] = [
  [
    { kind: "hello", hostNonce: nonce, modes: ["code", "resume"] },
    bytes(
      1, // hello
      ...nonce, // host nonce
      0b101, // code and resume
    ),
  ],
  [
    { kind: "share-a", mode: "link", share, data: bytes(9, 8) },
    bytes(
      2, // share-a
      2, // link
      ...share, // Ya
      2, // two bytes of data
      ...[9, 8], // ADa
    ),
  ],
  [
    { kind: "share-b", share, data: bytes() },
    bytes(
      3, // share-b
      ...share, // Yb
      0, // no data
    ),
  ],
  [
    { kind: "proof-a", tag },
    bytes(
      4, // proof-a
      ...tag, // Ta
    ),
  ],
  [
    { kind: "proof-b", tag },
    bytes(
      5, // proof-b
      ...tag, // Tb
    ),
  ],
  [
    { kind: "refused", reason: "wrong-code" },
    bytes(
      6, // refused
      6, // wrong-code
    ),
  ],
];
const sealed = bytes(
  7, // sealed
  ...[1, 2, 3], // box
);

describe("the handshake's messages", () => {
  it.each(golden)("%o has these bytes", (message, expected) => {
    expect(encodeHandshake(message)).toEqual(expected);
    expect(decodeHandshake(expected)).toEqual(message);
    expectExactLength(decodeHandshake, expected);
  });

  it("carry sealed boxes of any length", () => {
    expect(encodeHandshake({ kind: "sealed", box: bytes(1, 2, 3) })).toEqual(sealed);
    expect(decodeHandshake(sealed)).toEqual({ kind: "sealed", box: bytes(1, 2, 3) });
    expectEveryPrefixRefused(decodeHandshake, sealed, 1);
  });

  it("come back as they went", () => {
    const of = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const modes: Mode[] = ["code", "link", "resume"];
    const data = fc.uint8Array({ maxLength: 255 });
    const messages: fc.Arbitrary<HandshakeMessage> = fc.oneof(
      fc.record({ kind: fc.constant("hello" as const), hostNonce: of(16), modes: fc.subarray(modes) }),
      fc.record({ kind: fc.constant("share-a" as const), mode: fc.constantFrom(...modes), share: of(32), data }),
      fc.record({ kind: fc.constant("share-b" as const), share: of(32), data }),
      fc.record({ kind: fc.constantFrom("proof-a" as const, "proof-b" as const), tag: of(32) }),
      fc.record({ kind: fc.constant("sealed" as const), box: fc.uint8Array({ maxLength: 300 }) }),
    );
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeHandshake(encodeHandshake(message))).toEqual(message);
      }),
    );
  });

  it("are refused when a value is outside its list", () => {
    expect(verdict(() => decodeHandshake(bytes(0)))).toBe("unknown-type");
    expect(verdict(() => decodeHandshake(bytes(8)))).toBe("unknown-type");
    expect(verdict(() => decodeHandshake(bytes(1, ...nonce, 8)))).toBe("out-of-range");
    for (const mode of [0, 4]) expect(verdict(() => decodeHandshake(bytes(2, mode, ...share, 0)))).toBe("unknown-type");
    expect(verdict(() => decodeHandshake(bytes(6, 0)))).toBe("unknown-type");
  });

  it("bring nothing but a ProtocolError out of 20,000 hostile ones", () => {
    attack(decodeHandshake, [...golden.map(([, expected]) => expected), sealed]);
  });
});
