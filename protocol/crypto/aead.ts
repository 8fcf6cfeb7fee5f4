/** ChaCha20-Poly1305: the tag that every sealed text ends with. */
export const AEAD_TAG_BYTES = 16;
export const AEAD_NONCE_BYTES = 12;

/**
 * ChaCha20-Poly1305 under one key of 32 bytes (RFC 8439). Every driver gives the same bytes and passes
 * test/conformance/aead.ts. It answers at once: a record is done with before the next one is looked at.
 */
export interface Aead {
  /** `nonce` is 12 bytes, never twice under one key. The answer is ciphertext and 16 bytes of tag, in an array of its own. */
  seal(nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undoes `seal`. @throws ProtocolError `not-authentic` when anything differs from what was sealed; then it gives no byte of it. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

/** Takes a copy of the 32 bytes of the key: the caller may wipe them. */
export type OpenAead = (key: Uint8Array) => Aead;
