import { type CipherChaCha20Poly1305Types, createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { AEAD_TAG_BYTES, type OpenAead } from "../../protocol/crypto/aead.ts";
import { ProtocolError } from "../../protocol/errors.ts";

const ALGORITHM: CipherChaCha20Poly1305Types = "chacha20-poly1305";
/** Said, not left to a default: the whole tag fits, or nothing opens. */
const TAG = { authTagLength: AEAD_TAG_BYTES };

/** ChaCha20-Poly1305 by OpenSSL. */
export const nodeAead: OpenAead = (keyBytes) => {
  const key = createSecretKey(keyBytes);
  return {
    seal(nonce, aad, plain) {
      const cipher = createCipheriv(ALGORITHM, key, nonce, TAG).setAAD(aad, { plaintextLength: plain.length });
      const sealed = new Uint8Array(plain.length + AEAD_TAG_BYTES);
      sealed.set(cipher.update(plain));
      // ChaCha20 is a stream: `final` gives no more bytes, it only completes the tag.
      cipher.final();
      sealed.set(cipher.getAuthTag(), plain.length);
      return sealed;
    },
    open(nonce, aad, sealed) {
      const length = sealed.length - AEAD_TAG_BYTES;
      if (length < 0) throw new ProtocolError("not-authentic", "shorter than its tag");
      const decipher = createDecipheriv(ALGORITHM, key, nonce, TAG).setAAD(aad, { plaintextLength: length });
      decipher.setAuthTag(sealed.subarray(length));
      const plain = decipher.update(sealed.subarray(0, length));
      try {
        decipher.final();
      } catch {
        // The library's only complaint here is a tag that does not fit.
        throw new ProtocolError("not-authentic", "not sealed by the other end");
      }
      return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
    },
  };
};
