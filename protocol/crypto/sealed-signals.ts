import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ByteReader, ByteWriter } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import { MAX_SIGNAL_BYTES } from "../signaling.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import type { Direction, SessionKeys } from "./keys.ts";

/*
 * What the two ends say through the signaling server after the proof: ChaCha20-Poly1305, one key for each direction, boxes
 * numbered from 1 without gaps, so that the server can neither read, change, repeat, drop, reorder nor reflect one.
 *
 * box                                    nonce (12 bytes)                  authenticated beside it (14 bytes)
 *   0  u32  counter                        0  u8   1 v2h, 2 h2v              0  u8   protocol version
 *   4  ..   ciphertext                     1  u16  0                         1  u8   channel = 0, signals
 *   n  16   Poly1305 tag                   3  u8   channel = 0               2  u32  epoch = 0
 *                                          4  u64  counter                   6  u64  counter
 */
const CHANNEL = 0;
const EPOCH = 0;
const COUNTER_BYTES = 4;
const TAG_BYTES = 16;
/** No key seals more boxes than this; a session sends a few dozen, or a relayed pipe's messages. */
const MAX_COUNTER = 0xffffffff;
const MAX_PLAIN_BYTES = MAX_SIGNAL_BYTES - 1 - COUNTER_BYTES - TAG_BYTES;

export class SealedSignals {
  private readonly outward: { readonly direction: Direction; readonly key: Uint8Array };
  private readonly inward: { readonly direction: Direction; readonly key: Uint8Array };
  private sealed = 0;
  private opened = 0;

  constructor(keys: SessionKeys, side: "host" | "viewer") {
    const v2h = { direction: "v2h", key: keys.signals("v2h") } as const;
    const h2v = { direction: "h2v", key: keys.signals("h2v") } as const;
    this.outward = side === "viewer" ? v2h : h2v;
    this.inward = side === "viewer" ? h2v : v2h;
  }

  /** The next box. Boxes must be sent in the order they were sealed. */
  seal(plain: Uint8Array): Uint8Array {
    if (plain.length > MAX_PLAIN_BYTES) throw new RangeError(`a signal of ${plain.length} bytes is too long to send`);
    if (this.sealed >= MAX_COUNTER) throw new RangeError("this key has sealed its last box");
    this.sealed += 1;
    const ciphertext = cipher(this.outward, this.sealed).encrypt(plain);
    return new ByteWriter(COUNTER_BYTES + ciphertext.length).u32(this.sealed).raw(ciphertext).finish();
  }

  /**
   * What the other side sealed.
   * @throws ProtocolError when the box was changed, made by somebody else, or is not the next one. The session must end then.
   */
  open(box: Uint8Array): Uint8Array {
    const reader = new ByteReader(box);
    const counter = reader.u32();
    if (reader.remaining < TAG_BYTES) throw new ProtocolError("truncated", "a box shorter than its tag");
    if (counter !== this.opened + 1) {
      throw new ProtocolError("out-of-order", `box ${counter} after box ${this.opened}`);
    }
    let plain: Uint8Array;
    try {
      plain = cipher(this.inward, counter).decrypt(reader.rest());
    } catch {
      // The library's only complaint here is a tag that does not fit.
      throw new ProtocolError("not-authentic", `box ${counter} is not from the other end`);
    }
    this.opened = counter;
    return plain;
  }
}

function cipher(one: { readonly direction: Direction; readonly key: Uint8Array }, counter: number) {
  const nonce = new ByteWriter(12)
    .u8(one.direction === "v2h" ? 1 : 2)
    .u16(0)
    .u8(CHANNEL)
    .u32(0)
    .u32(counter);
  const beside = new ByteWriter(14).u8(PROTOCOL_VERSION).u8(CHANNEL).u32(EPOCH).u32(0).u32(counter);
  return chacha20poly1305(one.key, nonce.finish(), beside.finish());
}
