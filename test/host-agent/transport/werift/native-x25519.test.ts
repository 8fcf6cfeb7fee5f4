import fc from "fast-check";
import nacl from "tweetnacl";
import { describe, expect, it } from "vitest";
import { useNativeX25519 } from "../../../../host-agent/transport/werift/native-x25519.ts";

const written = { keyPair: nacl.box.keyPair, scalarMult: nacl.scalarMult };
useNativeX25519();

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

describe("the X25519 that werift uses", () => {
  it("agrees with RFC 7748, section 6.1", () => {
    const alice = bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const bob = bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const both = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    expect(hex(nacl.scalarMult(alice, bob))).toBe(both);
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

  it.each([
    ["a point of small order, which OpenSSL refuses, gives what it always gave", new Uint8Array(32)],
    ["so does another one", Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0))],
  ])("%s", (_, publicKey) => {
    const secretKey = new Uint8Array(32).fill(7);
    expect(nacl.scalarMult(secretKey, publicKey)).toEqual(written.scalarMult(secretKey, publicKey));
  });

  it("refuses what is no key, as it always did", () => {
    expect(() => nacl.scalarMult(new Uint8Array(31), new Uint8Array(32))).toThrow("bad n size");
    expect(() => nacl.scalarMult(new Uint8Array(32), new Uint8Array(33))).toThrow("bad p size");
  });
});
