import { createCipheriv, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { OpenAead } from "../../protocol/crypto/aead.ts";
import { ProtocolError } from "../../protocol/errors.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const random = (length: number) => new Uint8Array(randomBytes(length));

/** Test case 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega). */
const PUBLISHED = {
  key: hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
  nonce: hex("cafebabefacedbaddecaf888"),
  aad: hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
  plain: hex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
  ),
  sealed: hex(
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
      "76fc6ece0f4e1768cddf8853bb2d551b",
  ),
};

const SIZES = [0, 1, 15, 16, 17, 1024, 16 * 1024, 120 * 1024];

/** What every Aead driver promises: AES-256-GCM, the same bytes, and nothing opens that was not sealed just so. */
export function aeadConformance(name: string, open: OpenAead): void {
  describe(`an Aead: ${name}`, () => {
    /** Gives the refusal's code, or "opened", whether the driver throws or rejects. */
    async function verdict(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<string> {
      try {
        await open(key).open(nonce, aad, sealed);
      } catch (error) {
        if (error instanceof ProtocolError) return error.code;
        throw error;
      }
      return "opened";
    }

    it("seals and opens the published vector", async () => {
      const { key, nonce, aad, plain, sealed } = PUBLISHED;
      const aead = open(key);
      expect(await aead.seal(nonce, aad, plain)).toEqual(sealed);
      expect(await aead.open(nonce, aad, sealed)).toEqual(plain);
    });

    it.each(SIZES)("gives OpenSSL's bytes for %i bytes, and opens them again", async (size) => {
      const [key, nonce, aad, plain] = [random(32), random(12), random(14), random(size)];
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
      const expected = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
      const aead = open(key);
      // Buffer's comparison: element by element, the largest would take seconds.
      expect(Buffer.compare(await aead.seal(nonce, aad, plain), expected)).toBe(0);
      expect(Buffer.compare(await aead.open(nonce, aad, expected), plain)).toBe(0);
    });

    it("refuses another key, another nonce and other data beside it", async () => {
      const { key, nonce, aad, sealed } = PUBLISHED;
      expect(await verdict(key, nonce, aad, sealed)).toBe("opened");
      expect(await verdict(changed(key), nonce, aad, sealed)).toBe("not-authentic");
      expect(await verdict(key, changed(nonce), aad, sealed)).toBe("not-authentic");
      expect(await verdict(key, nonce, changed(aad), sealed)).toBe("not-authentic");
      expect(await verdict(key, nonce, aad.subarray(1), sealed)).toBe("not-authentic");
    });

    it("refuses every changed bit, every shorter text and a longer one", async () => {
      const { key, nonce, aad, sealed } = PUBLISHED;
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        expect(await verdict(key, nonce, aad, changed(sealed, bit)), `bit ${bit}`).toBe("not-authentic");
      }
      for (let length = 0; length < sealed.length; length++) {
        expect(await verdict(key, nonce, aad, sealed.subarray(0, length)), `${length} bytes`).toBe("not-authentic");
      }
      expect(await verdict(key, nonce, aad, Uint8Array.of(...sealed, 0))).toBe("not-authentic");
    });

    it("leaves what it is given alone, and does not look at it again once it has answered or promised", async () => {
      const given = { key: PUBLISHED.key.slice(), nonce: PUBLISHED.nonce.slice(), aad: PUBLISHED.aad.slice() };
      const plain = PUBLISHED.plain.slice();
      const aead = open(given.key);
      const answer = aead.seal(given.nonce, given.aad, plain);
      expect({ ...given, plain }).toEqual({
        key: PUBLISHED.key,
        nonce: PUBLISHED.nonce,
        aad: PUBLISHED.aad,
        plain: PUBLISHED.plain,
      });
      for (const bytes of [given.key, given.nonce, given.aad, plain]) bytes.fill(0);
      expect(await answer).toEqual(PUBLISHED.sealed);
      expect(await aead.open(PUBLISHED.nonce, PUBLISHED.aad, PUBLISHED.sealed)).toEqual(PUBLISHED.plain);
    });
  });
}

/** The same bytes with one bit turned. */
function changed(bytes: Uint8Array, bit = 0): Uint8Array {
  const other = bytes.slice();
  other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return other;
}
