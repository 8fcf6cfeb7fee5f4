import { createCipheriv, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../protocol/bytes.ts";
import type { OpenAead } from "../../protocol/crypto/aead.ts";
import { ProtocolError } from "../../protocol/errors.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const random = (length: number) => new Uint8Array(randomBytes(length));

/** RFC 8439, section 2.8.2. */
const PUBLISHED = {
  key: hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
  nonce: hex("070000004041424344454647"),
  aad: hex("50515253c0c1c2c3c4c5c6c7"),
  plain: utf8(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed: hex(
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6" +
      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36" +
      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
      "3ff4def08e4b7a9de576d26586cec64b6116" +
      "1ae10b594f09e26a7e902ecbd0600691",
  ),
};

const SIZES = [0, 1, 15, 16, 17, 1024, 16 * 1024, 120 * 1024];

/** What every Aead driver promises: ChaCha20-Poly1305, the same bytes, and nothing opens that was not sealed just so. */
export function aeadConformance(name: string, open: OpenAead): void {
  describe(`an Aead: ${name}`, () => {
    /** Gives the refusal's code, or "opened". */
    function verdict(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): string {
      try {
        open(key).open(nonce, aad, sealed);
      } catch (error) {
        if (error instanceof ProtocolError) return error.code;
        throw error;
      }
      return "opened";
    }

    it("seals and opens the published vector", () => {
      const { key, nonce, aad, plain, sealed } = PUBLISHED;
      const aead = open(key);
      expect(aead.seal(nonce, aad, plain)).toEqual(sealed);
      expect(aead.open(nonce, aad, sealed)).toEqual(plain);
    });

    it.each(SIZES)("gives OpenSSL's bytes for %i bytes, and opens them again", (size) => {
      const [key, nonce, aad, plain] = [random(32), random(12), random(14), random(size)];
      const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
      cipher.setAAD(aad, { plaintextLength: size });
      const expected = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
      const aead = open(key);
      // Buffer's comparison: element by element, the largest would take seconds.
      expect(Buffer.compare(aead.seal(nonce, aad, plain), expected)).toBe(0);
      expect(Buffer.compare(aead.open(nonce, aad, expected), plain)).toBe(0);
    });

    it("reads bytes wherever they lie in a larger buffer", () => {
      const { key, nonce, aad, plain, sealed } = PUBLISHED;
      for (let offset = 0; offset < 8; offset++) {
        const aead = open(within(key, offset));
        expect(aead.seal(within(nonce, offset), within(aad, offset), within(plain, offset))).toEqual(sealed);
        expect(aead.open(within(nonce, offset), within(aad, offset), within(sealed, offset))).toEqual(plain);
      }
    });

    it("refuses another key, another nonce and other data beside it", () => {
      const { key, nonce, aad, sealed } = PUBLISHED;
      expect(verdict(key, nonce, aad, sealed)).toBe("opened");
      expect(verdict(changed(key), nonce, aad, sealed)).toBe("not-authentic");
      expect(verdict(key, changed(nonce), aad, sealed)).toBe("not-authentic");
      expect(verdict(key, nonce, changed(aad), sealed)).toBe("not-authentic");
      expect(verdict(key, nonce, aad.subarray(1), sealed)).toBe("not-authentic");
    });

    it("refuses every changed bit, every shorter text and a longer one, also where there is nothing but a tag", () => {
      const { key, nonce, aad, sealed } = PUBLISHED;
      for (const text of [sealed, open(key).seal(nonce, aad, new Uint8Array())]) {
        expect(verdict(key, nonce, aad, text)).toBe("opened");
        for (let bit = 0; bit < text.length * 8; bit++) {
          expect(verdict(key, nonce, aad, changed(text, bit)), `bit ${bit}`).toBe("not-authentic");
        }
        for (let length = 0; length < text.length; length++) {
          expect(verdict(key, nonce, aad, text.subarray(0, length)), `${length} bytes`).toBe("not-authentic");
        }
        expect(verdict(key, nonce, aad, Uint8Array.of(...text, 0))).toBe("not-authentic");
      }
    });

    it("leaves what it is given alone, refused or not, and answers in arrays of its own", () => {
      const given = copiesOf(PUBLISHED);
      const aead = open(given.key);
      const sealed = aead.seal(given.nonce, given.aad, given.plain);
      const plain = aead.open(given.nonce, given.aad, given.sealed);
      expect(() => aead.open(given.nonce, given.aad.subarray(1), given.sealed)).toThrow(ProtocolError);
      expect(given).toEqual(PUBLISHED);
      for (const bytes of Object.values(given)) bytes.fill(0);
      expect({ sealed, plain }).toEqual({ sealed: PUBLISHED.sealed, plain: PUBLISHED.plain });
      expect(aead.open(PUBLISHED.nonce, PUBLISHED.aad, PUBLISHED.sealed)).toEqual(PUBLISHED.plain);
    });
  });
}

/** The same bytes, `offset` bytes behind the beginning of a larger buffer. */
function within(bytes: Uint8Array, offset: number): Uint8Array {
  const larger = new Uint8Array(offset + bytes.length + 1).fill(0xff);
  larger.set(bytes, offset);
  return larger.subarray(offset, offset + bytes.length);
}

function copiesOf({ key, nonce, aad, plain, sealed }: typeof PUBLISHED): typeof PUBLISHED {
  return { key: key.slice(), nonce: nonce.slice(), aad: aad.slice(), plain: plain.slice(), sealed: sealed.slice() };
}

/** The same bytes with one bit turned. */
function changed(bytes: Uint8Array, bit = 0): Uint8Array {
  const other = bytes.slice();
  other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return other;
}
