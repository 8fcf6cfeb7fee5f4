import { equalBytes } from "@noble/ciphers/utils.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { ByteWriter, utf8 } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import { PROTOCOL_LABEL } from "../version.ts";
import { type Contribution, lengthPrefixed } from "./cpace.ts";

/*
 * The transcript hash binds a pipe's keys to what the two ends believe the pipe is. Whoever swaps a certificate or an SDP
 * on the way gives the two ends different keys, and not one record opens.
 *
 * th   = SHA256(lv_cat("deskbeam/1 transport", sid, Ya, ADa, Yb, ADb,
 *                      fingerprint of the host's certificate, of the viewer's, SHA256(offer), SHA256(answer), host's DTLS role))
 *        through the relay: four empty parts, then "relay" and the epoch (u32). There the epoch is all that tells two pipes
 *        of one session apart, and two pipes with the same keys would use every nonce twice.
 * bind = HMAC-SHA256(k_bind, "viewer" || th) from the viewer, "host" || th from the host
 */

/** What the handshake said in clear: which run of which two ends this is. */
export type ProofTranscript = {
  readonly sid: Uint8Array;
  readonly viewer: Contribution;
  readonly host: Contribution;
};

/** The pipe, as both ends see it. The SDPs are byte for byte what crossed the sealed signaling, not what a browser made of them. */
export type Transport =
  | { readonly kind: "webrtc"; readonly offerSdp: string; readonly answerSdp: string }
  | { readonly kind: "relay"; readonly epoch: number };

/** `client` sends the first DTLS message. */
export type DtlsRole = "client" | "server";

const NOTHING = new Uint8Array();

/**
 * th, 32 bytes.
 * @throws ProtocolError when an SDP does not say clearly which certificate or DTLS role it means.
 */
export function transcriptHash(proof: ProofTranscript, transport: Transport): Uint8Array {
  const { sid, viewer, host } = proof;
  return sha256(
    lengthPrefixed(
      utf8(`${PROTOCOL_LABEL} transport`),
      sid,
      viewer.share,
      viewer.data,
      host.share,
      host.data,
      ...transportParts(transport),
    ),
  );
}

function transportParts(transport: Transport): Uint8Array[] {
  if (transport.kind === "relay") {
    const epoch = new ByteWriter(4).u32(transport.epoch).finish();
    return [NOTHING, NOTHING, NOTHING, NOTHING, utf8("relay"), epoch];
  }
  const { offerSdp, answerSdp } = transport;
  return [
    certificateFingerprint(answerSdp),
    certificateFingerprint(offerSdp),
    sha256(utf8(offerSdp)),
    sha256(utf8(answerSdp)),
    utf8(hostDtlsRole(answerSdp)),
  ];
}

export type Side = "viewer" | "host";

/** 32 bytes by which this side shows, over the pipe itself, that it has the session's keys. `bindKey` is `keys.derive("bind")`. */
export function bindTag(bindKey: Uint8Array, side: Side, transcript: Uint8Array): Uint8Array {
  return hmac(sha256, bindKey, concatBytes(utf8(side), transcript));
}

const FINGERPRINT_LINE = /^a=fingerprint:sha-256 ([0-9A-F]{2}(?::[0-9A-F]{2}){31})$/i;

/**
 * The SHA-256 fingerprint, 32 bytes, of the one certificate that an SDP names (RFC 8122).
 * @throws ProtocolError when it names none, several, or one by another hash: a DTLS stack could then accept another
 *   certificate than the one both ends have bound.
 */
export function certificateFingerprint(sdp: string): Uint8Array {
  let found: Uint8Array | undefined;
  for (const line of attributeLines(sdp, "fingerprint")) {
    const hex = FINGERPRINT_LINE.exec(line)?.[1];
    if (hex === undefined) throw new ProtocolError("out-of-range", "a fingerprint that is no sha-256");
    const fingerprint = Uint8Array.from(hex.split(":"), (byte) => Number.parseInt(byte, 16));
    found ??= fingerprint;
    if (!equalBytes(found, fingerprint)) throw new ProtocolError("out-of-range", "fingerprints of two certificates");
  }
  if (found === undefined) throw new ProtocolError("truncated", "an SDP without a fingerprint");
  return found;
}

/**
 * The role that the host's answer chose (RFC 8842): `active` opens the DTLS handshake.
 * @throws ProtocolError when the answer leaves it open or names both.
 */
export function hostDtlsRole(answerSdp: string): DtlsRole {
  const [role, ...others] = new Set(attributeLines(answerSdp, "setup"));
  if (others.length === 0) {
    if (role === "a=setup:active") return "client";
    if (role === "a=setup:passive") return "server";
  }
  throw new ProtocolError("out-of-range", "an answer without one DTLS role");
}

/** Blanks and case are as strict as the line's own pattern, but no spelling of the attribute's name slips past it. */
function attributeLines(sdp: string, name: string): string[] {
  return sdp.split(/\r\n|\r|\n/).filter((line) => line.trimStart().toLowerCase().startsWith(`a=${name}`));
}
