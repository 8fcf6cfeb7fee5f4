import { gcm } from "@noble/ciphers/aes.js";
import { AEAD_TAG_BYTES, type OpenAead } from "../../protocol/crypto/aead.ts";
import { ProtocolError } from "../../protocol/errors.ts";

/** AES-256-GCM in JavaScript, for pages that the browser gives no WebCrypto: plain http in a local network. Answers at once. */
export const nobleAead: OpenAead = (keyBytes) => {
  const key = keyBytes.slice();
  return {
    seal: (nonce, aad, plain) => gcm(key, nonce, aad).encrypt(plain),
    open(nonce, aad, sealed) {
      if (sealed.length < AEAD_TAG_BYTES) throw new ProtocolError("not-authentic", "shorter than its tag");
      const cipher = gcm(key, nonce, aad);
      try {
        return cipher.decrypt(sealed);
      } catch {
        // The library's only complaint here is a tag that does not fit.
        throw new ProtocolError("not-authentic", "not sealed by the other end");
      }
    },
  };
};
