import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import nacl from "tweetnacl";

/* What stands before a key's 32 bytes in its DER form (RFC 8410, sections 7 and 4). */
const PRIVATE_KEY_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_KEY_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const KEY_BYTES = 32;

/**
 * werift 0.25.2 agrees on a connection's keys by tweetnacl's X25519 (RFC 7748), which is written in JavaScript: it takes this
 * program's one thread 25 ms the first time, while the first viewer waits for a picture, where OpenSSL's takes 4. From here
 * on tweetnacl uses that one.
 */
export function useNativeX25519(): void {
  const { box, scalarMult } = nacl;
  Object.assign(box, { keyPair: Object.assign(newKeyPair, box.keyPair) });
  Object.assign(nacl, { scalarMult: Object.assign(sharedSecret, scalarMult) });
}

function newKeyPair(): nacl.BoxKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("x25519", {
    privateKeyEncoding: { format: "der", type: "pkcs8" },
    publicKeyEncoding: { format: "der", type: "spki" },
  });
  // Copies of their own: werift takes the whole buffer behind each.
  return { secretKey: Uint8Array.from(lastBytes(privateKey)), publicKey: Uint8Array.from(lastBytes(publicKey)) };
}

/** @throws Error for what is no key, and for a point of small order, as RFC 8422, section 5.11, wants it; werift gives up then */
function sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  // OpenSSL does not mind what comes behind a key.
  if (secretKey.length !== KEY_BYTES || publicKey.length !== KEY_BYTES) throw new Error("not the length of a key");
  const privateDer = Buffer.concat([PRIVATE_KEY_PREFIX, secretKey]);
  const publicDer = Buffer.concat([PUBLIC_KEY_PREFIX, publicKey]);
  return diffieHellman({
    privateKey: createPrivateKey({ key: privateDer, format: "der", type: "pkcs8" }),
    publicKey: createPublicKey({ key: publicDer, format: "der", type: "spki" }),
  });
}

const lastBytes = (der: Buffer): Buffer => der.subarray(-KEY_BYTES);
