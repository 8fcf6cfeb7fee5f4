import { ByteReader, ByteWriter } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead } from "./aead.ts";
import type { Direction } from "./keys.ts";

/*
 * A sealed record: what every pipe carries once the two ends are proven. ChaCha20-Poly1305, one key for each direction
 * and pipe (keys.ts `data`), numbered from 1 in each channel, so that nobody between the ends can read, change, repeat, reorder,
 * reflect or move one to another pipe.
 *
 * record                                nonce (12 bytes)                 beside the text (14 bytes)
 *   0  u8   channel: 1 control,           0  u8   1 v2h, 2 h2v             0  u8   protocol version
 *                    2 pictures,          1  u16  0                        1  u8   channel
 *                    3 copies             3  u8   channel                  2  u32  epoch: the number of the pipe
 *   1  u16  end of the counter            4  u64  counter                  6  u64  counter
 *   3  ..   ciphertext
 *   n  16   Poly1305 tag, over what stands
 *           beside the text too
 *
 * The header is in clear so that a relay can tell what it may drop: pictures, and nothing else. The channel says nothing
 * that sizes and timing do not say. Both ends know all else that is authenticated, and count; the end of the counter is what
 * tells how many pictures a relay has dropped. A counter stays below 2^32, so its upper half is 0.
 *
 * Copies travel beside the others, where packets overtake each other: none is waited for, and one that comes after a later
 * one is not opened. So none of them is taken twice either, or back in time.
 */
export const RECORD_HEADER_BYTES = 3;
/** What a record is longer than the message in it. */
export const RECORD_OVERHEAD_BYTES = RECORD_HEADER_BYTES + AEAD_TAG_BYTES;

/**
 * `control`, which input is part of, is never dropped. `pictures` go from host to viewer only. `copies`, from viewer to host
 * only, say again what was said on `control`.
 */
export const CHANNELS = { control: 1, pictures: 2, copies: 3 } as const;
export type Channel = keyof typeof CHANNELS;
const ONLY_WAY: Partial<Record<Channel, Direction>> = { pictures: "h2v", copies: "v2h" };
const CHANNEL_OFFSET = 0;
const COUNTER_END_OFFSET = 1;

/** No channel seals more: the pipe must be replaced, and its keys with it. At 1,000 records a second, after seven weeks. */
export const MAX_RECORDS_PER_CHANNEL = 0xffffffff;

/** The counter's end counts modulo this: no relay drops as many pictures in a row, and no sender half as many copies. */
export const COUNTER_END = 0x10000;

/** Whether a lane or a relay may treat these bytes as a picture: they may wait, and be dropped. Nothing is verified. */
export function isPictureRecord(record: Uint8Array): boolean {
  return record[CHANNEL_OFFSET] === CHANNELS.pictures;
}

/** End of the counter in a record's clear header: modulo COUNTER_END. Nothing is verified. */
export function counterEndOf(record: Uint8Array): number {
  return ((record[COUNTER_END_OFFSET] ?? 0) << 8) | (record[COUNTER_END_OFFSET + 1] ?? 0);
}

/** Whether these bytes need not arrive, and not in their turn. Nothing is verified. */
export function isCopyRecord(record: Uint8Array): boolean {
  return record[CHANNEL_OFFSET] === CHANNELS.copies;
}

export type RecordSealerOptions = {
  readonly aead: Aead;
  readonly direction: Direction;
  /** u32; one session uses none twice. */
  readonly epoch: number;
  /** At most MAX_RECORDS_PER_CHANNEL. */
  readonly maxRecords: number;
};

/** Seals what one end says over one pipe. */
export class RecordSealer {
  private readonly options: RecordSealerOptions;
  private readonly sealed: Record<Channel, number> = { control: 0, pictures: 0, copies: 0 };

  constructor(options: RecordSealerOptions) {
    this.options = options;
  }

  /** Whether this channel has used up its counters. */
  isSpent(channel: Channel): boolean {
    return this.sealed[channel] >= this.options.maxRecords;
  }

  /** The channel's next record. Records of one channel must be sent in the order in which this was called. */
  seal(channel: Channel, plain: Uint8Array): Uint8Array {
    const { aead, direction, epoch } = this.options;
    if (!mayCarry(channel, direction)) throw new RangeError(`no ${channel} go ${direction}`);
    if (this.isSpent(channel)) throw new RangeError(`the ${channel} channel of this pipe has sealed its last record`);
    this.sealed[channel] += 1;
    const counter = this.sealed[channel];
    const header = new ByteWriter(RECORD_HEADER_BYTES)
      .u8(CHANNELS[channel])
      .u16(counter % COUNTER_END)
      .finish();
    return joined(header, aead.seal(nonceOf(direction, channel, counter), besideText(channel, epoch, counter), plain));
  }
}

export type RecordOpenerOptions = {
  readonly aead: Aead;
  /** The way the records come. */
  readonly direction: Direction;
  readonly epoch: number;
  /** Through a relay pictures may be missing; everywhere else, and in the control channel always, a gap is an attack. */
  readonly pictureGaps: "refused" | "reported";
};

export type OpenedRecord = {
  readonly channel: Channel;
  readonly plain: Uint8Array;
  /** Records of this channel that were dropped just before this one. */
  readonly missed: number;
};

/** Opens what the other end sealed. After its first error it must not be used again: the pipe is lost. */
export class RecordOpener {
  private readonly options: RecordOpenerOptions;
  private readonly opened: Record<Channel, number> = { control: 0, pictures: 0, copies: 0 };

  constructor(options: RecordOpenerOptions) {
    this.options = options;
  }

  /**
   * @returns nothing for a copy that has come after a later one
   * @throws ProtocolError when the record is not the other end's next one
   */
  open(record: Uint8Array): OpenedRecord | undefined {
    const { aead, direction, epoch } = this.options;
    const reader = new ByteReader(record);
    const channel = channelOf(reader.u8(), direction);
    const expected = this.opened[channel] + 1;
    const missed = (reader.u16() - (expected % COUNTER_END) + COUNTER_END) % COUNTER_END;
    if (channel === "copies" && missed >= COUNTER_END / 2) return undefined;
    const counter = expected + missed;
    if (reader.remaining < AEAD_TAG_BYTES) throw new ProtocolError("truncated", "a record shorter than its tag");
    if ((missed > 0 && !this.mayMiss(channel)) || counter > MAX_RECORDS_PER_CHANNEL) {
      throw new ProtocolError("out-of-order", `${channel} record ${counter} instead of ${expected}`);
    }
    const nonce = nonceOf(direction, channel, counter);
    const plain = aead.open(nonce, besideText(channel, epoch, counter), record.subarray(RECORD_HEADER_BYTES));
    this.opened[channel] = counter;
    return { channel, plain, missed };
  }

  private mayMiss(channel: Channel): boolean {
    return channel === "copies" || (channel === "pictures" && this.options.pictureGaps === "reported");
  }
}

function channelOf(byte: number, direction: Direction): Channel {
  for (const channel of ["control", "pictures", "copies"] as const) {
    if (byte === CHANNELS[channel] && mayCarry(channel, direction)) return channel;
  }
  throw new ProtocolError("unknown-type", `${direction} record on channel ${byte}`);
}

function mayCarry(channel: Channel, direction: Direction): boolean {
  return (ONLY_WAY[channel] ?? direction) === direction;
}

function nonceOf(direction: Direction, channel: Channel, counter: number): Uint8Array {
  const nonce = new ByteWriter(AEAD_NONCE_BYTES).u8(direction === "v2h" ? 1 : 2).u16(0);
  return nonce.u8(CHANNELS[channel]).u32(0).u32(counter).finish();
}

function besideText(channel: Channel, epoch: number, counter: number): Uint8Array {
  return new ByteWriter(14).u8(PROTOCOL_VERSION).u8(CHANNELS[channel]).u32(epoch).u32(0).u32(counter).finish();
}

function joined(header: Uint8Array, text: Uint8Array): Uint8Array {
  const record = new Uint8Array(header.length + text.length);
  record.set(header);
  record.set(text, header.length);
  return record;
}
