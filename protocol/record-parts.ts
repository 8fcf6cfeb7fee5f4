import { ByteReader, ByteWriter } from "./bytes.ts";
import { counterEndOf } from "./crypto/record.ts";
import { ProtocolError } from "./errors.ts";

/*
 * Where packets are lost, a picture's record (crypto/record.ts) goes in parts, each in a packet of its own, on the channel
 * that keeps no order, with some parts to spare: what one lost packet took is worked out from the others, instead of waiting
 * a round trip for it with all that follows.
 *
 * part (a message of the channel beside)
 *   0  u8   4 (no channel of records has this number)
 *   1  u16  end of the record's counter
 *   3  u16  end of the counter of the last control record sent before it: it is not to be taken sooner
 *   5  u16  length of the record
 *   7  u8   index: 0 .. n-1 the record's bytes, PART_BYTES each; n .. n+s-1 spare parts
 *   8  ..   bytes
 *
 * n is the length divided by PART_BYTES, s is n divided by GROUP_PARTS, both rounded up. Spare part n+j is the exclusive or of
 * all parts i with i mod s = j, the shorter ones filled up with zeros: of each such group any one part can be lost.
 *
 * Parts are not sealed, the record in them is: a wrong one makes a record that does not open, and that ends the pipe.
 */
const PART_TYPE = 4;
const HEADER_BYTES = 8;
/** With the header, what werift puts into one packet (1,160 bytes). */
const PART_BYTES = 1_152;
/** One in a hundred lost: with groups of eight a record of sixteen kilobytes needs a round trip more once in 160 times. */
const GROUP_PARTS = 8;

export type RecordPart = {
  /** End of the record's counter: it counts modulo 65,536. */
  readonly counterEnd: number;
  /** Of the last control record sent before it. */
  readonly afterControlEnd: number;
  readonly recordBytes: number;
  readonly index: number;
  readonly bytes: Uint8Array;
};

/** @param afterControlEnd end of the counter of the last control record sent */
export function partsOf(record: Uint8Array, afterControlEnd: number): Uint8Array[] {
  const { data, spare } = countsFor(record.length);
  const counterEnd = counterEndOf(record);
  return Array.from({ length: data + spare }, (_, index) => {
    const bytes = index < data ? bytesAt(record, index) : spareBytes(record, index - data, spare);
    return new ByteWriter(HEADER_BYTES + bytes.length)
      .u8(PART_TYPE)
      .u16(counterEnd)
      .u16(afterControlEnd)
      .u16(record.length)
      .u8(index)
      .raw(bytes)
      .finish();
  });
}

/** @throws ProtocolError */
export function readPart(message: Uint8Array): RecordPart {
  const reader = new ByteReader(message);
  const type = reader.u8();
  if (type !== PART_TYPE) throw new ProtocolError("unknown-type", `a part of type ${type}`);
  const part = {
    counterEnd: reader.u16(),
    afterControlEnd: reader.u16(),
    recordBytes: reader.u16(),
    index: reader.u8(),
    bytes: reader.rest(),
  };
  if (part.bytes.length === 0 || part.bytes.length !== partBytes(part.recordBytes, part.index)) {
    throw new ProtocolError("out-of-range", `part ${part.index} of ${part.recordBytes} has ${part.bytes.length} bytes`);
  }
  return part;
}

/** The parts of one record, until there are enough of them. */
export class RecordAssembly {
  readonly recordBytes: number;
  private readonly record: Uint8Array;
  private readonly data: number;
  /** Of each group: the exclusive or of all that has come, and what has not. */
  private readonly groups: { readonly sum: Uint8Array; readonly missing: Set<number> }[];
  private incompleteGroups: number;

  constructor(recordBytes: number) {
    const { data, spare } = countsFor(recordBytes);
    this.recordBytes = recordBytes;
    this.record = new Uint8Array(recordBytes);
    this.data = data;
    this.groups = Array.from({ length: spare }, () => ({
      sum: new Uint8Array(PART_BYTES),
      missing: new Set<number>(),
    }));
    for (let index = 0; index < data + spare; index += 1) this.groupOf(index)?.missing.add(index);
    this.incompleteGroups = spare;
  }

  /**
   * @param part of this record
   * @returns the record, once: with the part that makes it complete
   * @throws ProtocolError when it is of a record of another length
   */
  take({ recordBytes, index, bytes }: RecordPart): Uint8Array | undefined {
    if (recordBytes !== this.recordBytes) {
      throw new ProtocolError("out-of-range", `a part of ${recordBytes} bytes and one of ${this.recordBytes}`);
    }
    const group = this.groupOf(index);
    if (group === undefined || group.missing.size < 2 || !group.missing.delete(index)) return undefined;
    addTo(group.sum, bytes);
    this.put(index, bytes);
    if (group.missing.size > 1) return undefined;
    // All but one: that one is what the others do not add up to.
    for (const last of group.missing) this.put(last, group.sum);
    this.incompleteGroups -= 1;
    return this.incompleteGroups === 0 ? this.record : undefined;
  }

  private groupOf(index: number) {
    return this.groups[(index < this.data ? index : index - this.data) % this.groups.length];
  }

  private put(index: number, bytes: Uint8Array): void {
    if (index < this.data) this.record.set(bytes.subarray(0, partBytes(this.recordBytes, index)), index * PART_BYTES);
  }
}

function countsFor(recordBytes: number): { readonly data: number; readonly spare: number } {
  const data = Math.ceil(recordBytes / PART_BYTES);
  return { data, spare: Math.ceil(data / GROUP_PARTS) };
}

/** 0 where there is no such part. */
function partBytes(recordBytes: number, index: number): number {
  const { data, spare } = countsFor(recordBytes);
  if (index < data) return Math.min(PART_BYTES, recordBytes - index * PART_BYTES);
  // Of the group's parts the first is the longest.
  return index < data + spare ? partBytes(recordBytes, index - data) : 0;
}

function bytesAt(record: Uint8Array, index: number): Uint8Array {
  return record.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
}

function spareBytes(record: Uint8Array, group: number, groups: number): Uint8Array {
  const sum = bytesAt(record, group).slice();
  for (let index = group + groups; index * PART_BYTES < record.length; index += groups)
    addTo(sum, bytesAt(record, index));
  return sum;
}

function addTo(sum: Uint8Array, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 1) sum[at] = (sum[at] ?? 0) ^ (bytes[at] ?? 0);
}
