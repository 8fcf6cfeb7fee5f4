/** AES-256-GCM: the tag that every sealed text ends with. */
export const AEAD_TAG_BYTES = 16;
export const AEAD_NONCE_BYTES = 12;

/**
 * AES-256-GCM under one key of 32 bytes (RFC 5116). Every driver gives the same bytes and passes test/conformance/aead.ts.
 *
 * node:crypto and @noble/ciphers answer at once, WebCrypto only by promise. Both are allowed, so that a host sealing
 * thousands of records a second makes no promise for any of them; who calls looks at the answer, not at the driver.
 */
export interface Aead {
  /** `nonce` is 12 bytes, never twice under one key. The answer is ciphertext and 16 bytes of tag, in an array of its own. */
  seal(nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Undoes `seal`. @throws ProtocolError `not-authentic` (or rejects with it) when anything differs from what was sealed. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Takes a copy of the 32 bytes of the key: the caller may wipe them. */
export type OpenAead = (key: Uint8Array) => Aead;
