import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { DtlsClient, type DtlsSocket, type RTCDtlsTransport } from "werift";

/*
 * Application data in DTLS 1.2 records (RFC 6347, section 4.1) by AES-GCM (RFC 5288, section 3), in werift's place:
 *
 * record                                 nonce (12 bytes)             beside the text (13 bytes)
 *   0  u8   type                           0  4   of the key block      0  u16  epoch
 *   1  u16  version                        4  8   the explicit one      2  u48  number
 *   3  u16  epoch                                                       8  u8   type
 *   5  u48  number                                                      9  u16  version
 *  11  u16  length of what follows                                     11  u16  length of the text
 *  13  8    explicit nonce: epoch, number
 *  21  ..   ciphertext
 *   n  16   tag
 *
 * werift 0.25.2 numbers its data from 1 on, although its Finished, under the same key, had such a number already. Two records
 * then have one nonce, from which an onlooker learns enough to forge others; and the browser takes the second for a replay
 * and drops it, so that one packet of every connection had to be sent again. It also makes some ten objects for each record,
 * and a key of its bytes, which Node 24 is slow at.
 */
export const RECORD_HEADER_BYTES = 13;
/** Types of records. */
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
const EPOCH_OFFSET = 3;
const NONCE_OFFSET = RECORD_HEADER_BYTES;
const IMPLICIT_NONCE_BYTES = 4;
const EXPLICIT_NONCE_BYTES = 8;
const TEXT_OFFSET = NONCE_OFFSET + EXPLICIT_NONCE_BYTES;
const TAG_BYTES = 16;
const DTLS_1_2 = 0xfefd;
/** No handshake has had so many records. */
const FIRST_NUMBER = 0x1_0000;
/** The only cipher that werift offers. */
const ALGORITHM = "aes-128-gcm";

/** From the end of the handshake on, all data goes in records of ours. */
export function sendInOwnRecords(transport: RTCDtlsTransport): void {
  let isSealing = false;
  transport.onStateChange.subscribe((state) => {
    const { dtls } = transport;
    // Once: a second sealer would begin with the same number under the same key.
    if (state !== "connected" || dtls === undefined || isSealing) return;
    isSealing = true;
    const seal = recordSealer(dtls);
    const { socket } = dtls.transport;
    dtls.send = async (plain) => socket.send(seal(plain));
  });
}

/** @returns makes the next record of application data */
export function recordSealer(dtls: DtlsSocket): (plain: Buffer) => Buffer {
  const { key, nonce } = secretsOf(dtls, "here");
  const { epoch } = dtls.dtls;
  const beside = Buffer.alloc(RECORD_HEADER_BYTES);
  let number = FIRST_NUMBER;
  return (plain) => {
    const record = Buffer.allocUnsafe(TEXT_OFFSET + plain.length + TAG_BYTES);
    record.writeUInt8(APPLICATION_DATA, 0);
    record.writeUInt16BE(DTLS_1_2, 1);
    record.writeUInt16BE(epoch, EPOCH_OFFSET);
    record.writeUIntBE(number, EPOCH_OFFSET + 2, 6);
    record.writeUInt16BE(record.length - RECORD_HEADER_BYTES, RECORD_HEADER_BYTES - 2);
    record.copy(record, NONCE_OFFSET, EPOCH_OFFSET, EPOCH_OFFSET + EXPLICIT_NONCE_BYTES);
    number += 1;
    record.copy(nonce, IMPLICIT_NONCE_BYTES, NONCE_OFFSET, TEXT_OFFSET);
    const cipher = createCipheriv(ALGORITHM, key, nonce);
    cipher.setAAD(besideText(beside, record, plain.length));
    record.set(cipher.update(plain), TEXT_OFFSET);
    // A stream: `final` gives no more bytes, it only completes the tag.
    cipher.final();
    record.set(cipher.getAuthTag(), record.length - TAG_BYTES);
    return record;
  };
}

/** @returns what is in a whole record of any type that the other end has sealed, or undefined for what it has not */
export function recordOpener(dtls: DtlsSocket): (record: Buffer) => Buffer | undefined {
  const { key, nonce } = secretsOf(dtls, "there");
  const beside = Buffer.alloc(RECORD_HEADER_BYTES);
  return (record) => {
    const textEnd = record.length - TAG_BYTES;
    if (textEnd < TEXT_OFFSET) return undefined;
    record.copy(nonce, IMPLICIT_NONCE_BYTES, NONCE_OFFSET, TEXT_OFFSET);
    const decipher = createDecipheriv(ALGORITHM, key, nonce);
    decipher.setAAD(besideText(beside, record, textEnd - TEXT_OFFSET));
    decipher.setAuthTag(record.subarray(textEnd));
    const plain = decipher.update(record.subarray(TEXT_OFFSET, textEnd));
    try {
      decipher.final();
    } catch {
      // Its only complaint here is a tag that does not fit.
      return undefined;
    }
    return plain;
  };
}

function besideText(beside: Buffer, record: Buffer, textBytes: number): Buffer {
  record.copy(beside, 0, EPOCH_OFFSET, EPOCH_OFFSET + 8);
  record.copy(beside, 8, 0, 3);
  beside.writeUInt16BE(textBytes, 11);
  return beside;
}

/** What one end seals with: this one or the other. */
function secretsOf(dtls: DtlsSocket, end: "here" | "there"): { key: KeyObject; nonce: Buffer } {
  const { cipher } = dtls.cipher;
  const isClients = dtls instanceof DtlsClient === (end === "here");
  const key = isClients ? cipher.clientWriteKey : cipher.serverWriteKey;
  const nonceBegin = isClients ? cipher.clientNonce : cipher.serverNonce;
  if (cipher.blockAlgorithm !== ALGORITHM || key === undefined || nonceBegin === undefined) {
    throw new Error(
      `werift 0.25.2 agrees on keys for ${ALGORITHM}; this one has none, or for ${cipher.blockAlgorithm}`,
    );
  }
  const nonce = Buffer.alloc(IMPLICIT_NONCE_BYTES + EXPLICIT_NONCE_BYTES);
  nonceBegin.copy(nonce, 0, 0, IMPLICIT_NONCE_BYTES);
  return { key: createSecretKey(key), nonce };
}
