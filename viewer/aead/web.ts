import { AEAD_TAG_BYTES, type OpenAead } from "../../protocol/crypto/aead.ts";
import { ProtocolError } from "../../protocol/errors.ts";

const ALGORITHM = "AES-GCM";
const TAG_BITS = AEAD_TAG_BYTES * 8;

/** AES-256-GCM by WebCrypto, off the page's own thread. There only in a secure context: https, or localhost. */
export const webAead: OpenAead = (keyBytes) => {
  const key = crypto.subtle.importKey("raw", keyBytes.slice(), ALGORITHM, false, ["encrypt", "decrypt"]);
  // The copies are what the browser's types ask for: bytes in a buffer that nobody else can change meanwhile.
  const settings = (nonce: Uint8Array, aad: Uint8Array) => {
    return { name: ALGORITHM, iv: nonce.slice(), additionalData: aad.slice(), tagLength: TAG_BITS };
  };
  return {
    async seal(nonce, aad, plain) {
      const text = plain.slice();
      return new Uint8Array(await crypto.subtle.encrypt(settings(nonce, aad), await key, text));
    },
    async open(nonce, aad, sealed) {
      const text = sealed.slice();
      const usableKey = await key;
      try {
        return new Uint8Array(await crypto.subtle.decrypt(settings(nonce, aad), usableKey, text));
      } catch (error) {
        // OperationError: the tag does not fit, or there is none. Anything else is a bug and stays what it is.
        if (!(error instanceof DOMException && error.name === "OperationError")) throw error;
        throw new ProtocolError("not-authentic", "not sealed by the other end");
      }
    },
  };
};
