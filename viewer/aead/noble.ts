import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { AEAD_TAG_BYTES, type OpenAead } from "../../protocol/crypto/aead.ts";
import { ProtocolError } from "../../protocol/errors.ts";

/** ChaCha20-Poly1305 in JavaScript: on plain http a browser gives a page no WebCrypto, and WebCrypto knows no ChaCha20. */
export const nobleAead: OpenAead = (keyBytes) => {
  const key = keyBytes.slice();
  return {
    seal: (nonce, aad, plain) => chacha20poly1305(key, nonce, aad).encrypt(plain),
    open(nonce, aad, sealed) {
      if (sealed.length < AEAD_TAG_BYTES) throw new ProtocolError("not-authentic", "shorter than its tag");
      const cipher = chacha20poly1305(key, nonce, aad);
      try {
        return cipher.decrypt(sealed);
      } catch {
        // The library's only complaint here is a tag that does not fit.
        throw new ProtocolError("not-authentic", "not sealed by the other end");
      }
    },
  };
};
