import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { ByteWriter, utf8 } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";

/*
 * CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace-21: two ends that know the same low-entropy secret agree on a key, and a
 * liar between them gets one guess for each run. The draft is pinned; another one is another protocol version.
 *
 * gen_str  = lv_cat(DSI, PRS, zpad, CI, sid)      zpad fills PRS to the first SHA-512 block, so that its length leaks nothing
 * g        = element_derivation(SHA512(gen_str))
 * Y        = encode(scalar * g)                   K = encode(scalar * decode(Y_peer)), abort when it is the identity
 * ISK      = SHA512(lv_cat(DSI || "_ISK", sid, K) || lv_cat(Ya, ADa) || lv_cat(Yb, ADb))     the initiator (viewer) first
 * mac_key  = SHA512("CPaceMac" || sid || ISK)     T = HMAC-SHA512(mac_key, lv_cat(Y, AD)), its first 32 bytes
 */
const DOMAIN = utf8("CPaceRistretto255");
const ISK_DOMAIN = utf8("CPaceRistretto255_ISK");
const HASH_BLOCK_BYTES = 128;
const SCALAR_BYTES = 32;
const TAG_BYTES = 32;

const { Point } = ristretto255;

/** The draft's lv_cat: each part with its length in LEB128 before it, so that no two lists of parts look alike. */
export function lengthPrefixed(...parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(64);
  for (const part of parts) writer.varint(part.length).raw(part);
  return writer.finish();
}

/** The run's own generator, 32 bytes, from the secret (PRS), what both ends know of the run (CI) and its id (sid). */
export function deriveGenerator(secret: Uint8Array, context: Uint8Array, sid: Uint8Array): Uint8Array {
  const before = lengthPrefixed(DOMAIN).length + lengthPrefixed(secret).length;
  const padding = new Uint8Array(Math.max(0, HASH_BLOCK_BYTES - 1 - before));
  const uniform = sha512(lengthPrefixed(DOMAIN, secret, padding, context, sid));
  const derive = ristretto255_hasher.deriveToCurve;
  if (derive === undefined) throw new Error("@noble/curves has no element derivation for ristretto255");
  return derive(uniform).toBytes();
}

/** A secret scalar, 32 bytes little endian, below 2^252 and so below the group's order. To be wiped after use. */
export function drawScalar(randomBytes: (length: number) => Uint8Array): Uint8Array {
  const scalar = randomBytes(SCALAR_BYTES);
  scalar[SCALAR_BYTES - 1] = (scalar[SCALAR_BYTES - 1] ?? 0) & 0x0f;
  // Zero would make every share the neutral element. Chance does not draw it in the life of this universe.
  if (scalar.length !== SCALAR_BYTES || scalar.every((byte) => byte === 0)) {
    throw new Error("the random source is broken: it gave no 32 random bytes");
  }
  return scalar;
}

/** Y, 32 bytes: what one end sends. */
export function shareOf(scalar: Uint8Array, generator: Uint8Array): Uint8Array {
  return Point.fromBytes(generator).multiply(numberOf(scalar)).toBytes();
}

/**
 * K, 32 bytes: what both ends compute and nobody else can. Never sent, never logged.
 * @throws ProtocolError when the peer's share is not a group element, or the neutral one.
 */
export function sharedPoint(scalar: Uint8Array, peerShare: Uint8Array): Uint8Array {
  let peer: InstanceType<typeof Point>;
  try {
    peer = Point.fromBytes(peerShare);
  } catch {
    // The library's only complaint here is that these 32 bytes encode no element.
    throw new ProtocolError("out-of-range", "a share that is no group element");
  }
  if (peer.is0()) throw new ProtocolError("out-of-range", "a share that is the neutral element");
  return peer.multiply(numberOf(scalar)).toBytes();
}

/** One end's share (Y) and the data it vouches for (AD). */
export type Contribution = { readonly share: Uint8Array; readonly data: Uint8Array };

/** ISK, 64 bytes. */
export function sessionKey(
  sid: Uint8Array,
  shared: Uint8Array,
  initiator: Contribution,
  responder: Contribution,
): Uint8Array {
  return sha512(
    concatBytes(
      lengthPrefixed(ISK_DOMAIN, sid, shared),
      lengthPrefixed(initiator.share, initiator.data),
      lengthPrefixed(responder.share, responder.data),
    ),
  );
}

/** T, 32 bytes: shows that the end which sent this contribution knows ISK. */
export function confirmationTag(sid: Uint8Array, isk: Uint8Array, from: Contribution): Uint8Array {
  const macKey = sha512(concatBytes(utf8("CPaceMac"), sid, isk));
  return hmac(sha512, macKey, lengthPrefixed(from.share, from.data)).slice(0, TAG_BYTES);
}

function numberOf(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
