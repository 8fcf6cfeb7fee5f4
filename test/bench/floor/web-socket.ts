import { createHash } from "node:crypto";

/*
 * As much of RFC 6455 as a bare page needs. Each message is one frame of the binary kind.
 *
 *   to the page                              from the page
 *   1          0x82                          1  0x82
 *   1          length to 125, or 126 or 127  1  0x80 + length, 125 at most
 *   0 | 2 | 8  length                        4  mask
 *   n          payload                       n  payload, each byte XORed with the mask's byte at its place modulo 4
 */

const ACCEPT_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const WHOLE_BINARY = 0x82;
const MASKED = 0x80;
const MAX_SHORT_BYTES = 125;
const MEDIUM = 126;
const MAX_MEDIUM_BYTES = 0xffff;
const LONG = 127;
const MASK_BYTES = 4;

/** The answer to a browser's `Sec-WebSocket-Key`. */
export const acceptOf = (key: string): string =>
  createHash("sha1")
    .update(key + ACCEPT_SALT)
    .digest("base64");

/** What stands before a payload of so many bytes. Browsers refuse a length that is written longer than it need be. */
export function frameHead(payloadBytes: number): Buffer {
  if (payloadBytes <= MAX_SHORT_BYTES) return Buffer.of(WHOLE_BINARY, payloadBytes);
  if (payloadBytes <= MAX_MEDIUM_BYTES) {
    return Buffer.of(WHOLE_BINARY, MEDIUM, payloadBytes >> 8, payloadBytes & 0xff);
  }
  const head = Buffer.alloc(10);
  head.set([WHOLE_BINARY, LONG]);
  head.writeBigUInt64BE(BigInt(payloadBytes), 2);
  return head;
}

/** Takes what comes from the page in pieces of any size, and gives the payloads. It never holds more than one frame. */
export class FrameReader {
  private unread = Buffer.alloc(0);

  /** @throws Error at any frame that our page does not send, as the one that says goodbye */
  push(chunk: Uint8Array): Buffer[] {
    this.unread = Buffer.concat([this.unread, chunk]);
    const payloads: Buffer[] = [];
    for (;;) {
      const [kind, length] = this.unread;
      if (kind === undefined || length === undefined) return payloads;
      const payloadBytes = length - MASKED;
      if (kind !== WHOLE_BINARY || payloadBytes < 0 || payloadBytes > MAX_SHORT_BYTES) {
        throw new Error(`A frame that begins with ${kind}, ${length} is none of a bare page's.`);
      }
      const payloadAt = 2 + MASK_BYTES;
      if (this.unread.length < payloadAt + payloadBytes) return payloads;
      const mask = this.unread.subarray(2, payloadAt);
      const payload = Buffer.from(this.unread.subarray(payloadAt, payloadAt + payloadBytes));
      for (const [at, byte] of payload.entries()) payload[at] = byte ^ (mask[at % MASK_BYTES] ?? 0);
      payloads.push(payload);
      this.unread = this.unread.subarray(payloadAt + payloadBytes);
    }
  }
}
