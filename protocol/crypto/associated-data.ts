import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { ByteReader, utf8 } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import type { Mode } from "../handshake-message.ts";
import { NONCE_BYTES } from "../signaling.ts";
import { PROTOCOL_LABEL, PROTOCOL_VERSION } from "../version.ts";
import { lengthPrefixed } from "./cpace.ts";

/*
 * What a handshake is bound to beside the secret, so that nothing of it can be moved to another room, run, role or version.
 *
 * sid  = SHA256(lv_cat("deskbeam/1 sid", room, host nonce, viewer nonce)), its first 16 bytes
 * CI   = lv_cat("deskbeam/1", "viewer", "host", room, mode)
 * ADa, ADb = lv_cat(version u8, extra, that end's nonce)      extra: the viewer's resume hint in mode resume, else empty;
 *                                                             an end ignores an extra it does not know
 */
const SID_BYTES = 16;
const HINT_BYTES = 8;

export function sessionId(room: string, hostNonce: Uint8Array, viewerNonce: Uint8Array): Uint8Array {
  const parts = lengthPrefixed(utf8(`${PROTOCOL_LABEL} sid`), utf8(room), hostNonce, viewerNonce);
  return sha256(parts).slice(0, SID_BYTES);
}

export function channelIdentifier(room: string, mode: Mode): Uint8Array {
  return lengthPrefixed(utf8(PROTOCOL_LABEL), utf8("viewer"), utf8("host"), utf8(room), utf8(mode));
}

export type AssociatedData = { readonly version: number; readonly extra: Uint8Array; readonly nonce: Uint8Array };

export function encodeAssociatedData(extra: Uint8Array, nonce: Uint8Array): Uint8Array {
  return lengthPrefixed(Uint8Array.of(PROTOCOL_VERSION), extra, nonce);
}

/** @throws ProtocolError for bytes that are not exactly one version, one extra and one nonce. */
export function decodeAssociatedData(bytes: Uint8Array): AssociatedData {
  const reader = new ByteReader(bytes);
  if (reader.varint() !== 1) throw new ProtocolError("out-of-range", "a version of more than one byte");
  const version = reader.u8();
  const extra = reader.raw(reader.varint());
  if (reader.varint() !== NONCE_BYTES) throw new ProtocolError("out-of-range", "a nonce of another length");
  const nonce = reader.raw(NONCE_BYTES);
  reader.end();
  return { version, extra, nonce };
}

/** 8 bytes by which the host finds the seat that a returning viewer's resume secret (32 random bytes) belongs to. Public. */
export function resumeHint(secret: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8(`${PROTOCOL_LABEL} resume hint`), secret)).slice(0, HINT_BYTES);
}
