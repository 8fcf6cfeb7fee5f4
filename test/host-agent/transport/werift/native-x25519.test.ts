import fc from "fast-check";
import nacl from "tweetnacl";
import { describe, expect, it } from "vitest";
import { useNativeX25519 } from "../../../../host-agent/transport/werift/native-x25519.ts";

/** What tweetnacl does by itself. */
const written = { keyPair: nacl.box.keyPair, scalarMult: nacl.scalarMult };
useNativeX25519();

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const ALICE = bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
const BOB = bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");

describe("the X25519 that werift uses", () => {
  it("agrees with RFC 7748, section 6.1", () => {
    const both = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    expect(hex(nacl.scalarMult(ALICE, BOB))).toBe(both);
  });

  it("is not the one written in JavaScript, and finds the same secrets", () => {
    expect(nacl.box.keyPair).not.toBe(written.keyPair);
    expect(nacl.scalarMult).not.toBe(written.scalarMult);
    const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(keys, keys, (secretKey, publicKey) => {
        expect(hex(nacl.scalarMult(secretKey, publicKey))).toBe(hex(written.scalarMult(secretKey, publicKey)));
      }),
      { numRuns: 50 },
    );
  });

  it("makes new keys that fit together, each in a buffer of its own", () => {
    const [alice, bob] = [nacl.box.keyPair(), nacl.box.keyPair()];
    expect(hex(alice.publicKey)).toBe(hex(nacl.scalarMult.base(alice.secretKey)));
    expect(nacl.scalarMult(alice.secretKey, bob.publicKey)).toEqual(nacl.scalarMult(bob.secretKey, alice.publicKey));
    expect(hex(alice.secretKey)).not.toBe(hex(bob.secretKey));
    for (const key of [alice.secretKey, alice.publicKey]) expect(key.buffer.byteLength).toBe(32);
  });

  it.each([0, 1])("refuses a point of small order, with which every secret is the same: %i", (first) => {
    const publicKey = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? first : 0));
    expect(hex(written.scalarMult(ALICE, publicKey))).toBe("00".repeat(32));
    expect(() => nacl.scalarMult(ALICE, publicKey)).toThrow();
  });

  it.each([
    ["a short secret key", ALICE.subarray(1), BOB],
    ["a long secret key", Uint8Array.of(...ALICE, 0), BOB],
    ["a short public key", ALICE, BOB.subarray(1)],
    ["a long public key", ALICE, Uint8Array.of(...BOB, 0)],
  ])("refuses %s", (_, secretKey, publicKey) => {
    expect(() => nacl.scalarMult(secretKey, publicKey)).toThrow("not the length of a key");
  });
});
