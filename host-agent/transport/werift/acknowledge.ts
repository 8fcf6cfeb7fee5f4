import { type Association, DATA, IMMEDIATE, SACK, type Sendable } from "./association.ts";

/** A gap is told in 16 bits; what is further ahead cannot be acknowledged, and so is not taken. */
const MAX_AHEAD = 0xffff;
const MAX_DUPLICATES = 32;
/** How many gaps fit into a packet. */
const MAX_GAPS = 256;
const SACK_BYTES = 16;
/** A packet of this much has room for an acknowledgement, on IPv6's smallest path too. */
const MAX_SHARED_BYTES = 1_000;

/**
 * werift acknowledges wrongly where TSNs pass a power of ten, and every packet with one of its own. Here a packet that came
 * in order waits for the next one, 200 ms at most (RFC 9260, section 6.2), and rides with what is sent meanwhile: where each
 * update has its receipt, none costs a packet.
 */
export function acknowledgeRightly(association: Association): void {
  association.markReceived = (tsn) => markReceived(association, tsn);
  const receive = association.receiveDataChunk;
  association.receiveDataChunk = (chunk) => {
    const wasUrgent = association.sackImmediate || association.sackMisOrdered.size > 0;
    receive.call(association, chunk);
    const isUrgent = wasUrgent || hasNews(association) || (chunk.flags & IMMEDIATE) !== 0;
    // What was answered from within may have taken the acknowledgement along.
    association.sackImmediate = association.sackNeeded && isUrgent;
  };
  const send = association.sendChunk;
  association.sendChunk = (chunk) => {
    if (chunk.type === SACK) chunk.gaps = gapsIn(association.sackMisOrdered, association.lastReceivedTsn ?? 0);
    return send.call(association, chunk.type === DATA ? withWaitingSack(association, chunk) : chunk);
  };
}

/** A gap or a duplicate: only a SACK of its own tells of these. */
function hasNews({ sackMisOrdered, sackDuplicates }: Association): boolean {
  return sackMisOrdered.size > 0 || sackDuplicates.length > 0;
}

/** werift sorts TSNs as text: past a power of ten it neither sees that a gap is closed nor tells its gaps in order. */
function markReceived(association: Association, tsn: number): boolean {
  const { sackMisOrdered, sackDuplicates, lastReceivedTsn } = association;
  if (lastReceivedTsn === undefined) throw new Error("data before the association is up");
  const ahead = (tsn - lastReceivedTsn) >>> 0;
  const isOld = ahead === 0 || ahead >= 2 ** 31 || sackMisOrdered.has(tsn);
  if (isOld && sackDuplicates.length < MAX_DUPLICATES) sackDuplicates.push(tsn);
  // True: werift is not to use it.
  if (isOld || ahead > MAX_AHEAD) return true;
  sackMisOrdered.add(tsn);
  let last = lastReceivedTsn;
  while (sackMisOrdered.delete((last + 1) >>> 0)) last = (last + 1) >>> 0;
  association.lastReceivedTsn = last;
  return false;
}

/** The data behind the acknowledgement that waits, if there is one and both have room in a packet. */
function withWaitingSack(association: Association, data: Sendable): Sendable {
  const { lastReceivedTsn, advertisedRwnd } = association;
  const { bytes } = data;
  const isWaiting = association.sackNeeded && !hasNews(association) && lastReceivedTsn !== undefined;
  if (!isWaiting || bytes.length > MAX_SHARED_BYTES) return data;
  clearTimeout(association.sackTimeout);
  association.sackTimeout = undefined;
  association.sackNeeded = false;
  association.sackPacketCount = 0;
  return { type: DATA, bytes: Buffer.concat([sackWithoutGaps(lastReceivedTsn, advertisedRwnd), bytes]) };
}

/** Type u8 | flags u8 | length u16 | cumulative TSN u32 | a_rwnd u32 | gaps u16 | duplicates u16 (RFC 9260, 3.3.4). */
function sackWithoutGaps(cumulativeTsn: number, advertisedRwnd: number): Buffer {
  const sack = Buffer.alloc(SACK_BYTES);
  sack.writeUInt8(SACK, 0);
  sack.writeUInt16BE(SACK_BYTES, 2);
  sack.writeUInt32BE(cumulativeTsn, 4);
  sack.writeUInt32BE(Math.max(0, advertisedRwnd), 8);
  return sack;
}

/** Blocks of what has come, counted from the TSN up to which all has come; rising. */
export function gapsIn(received: ReadonlySet<number>, lastInOrder: number): [number, number][] {
  const gaps: [number, number][] = [];
  const offsets = Array.from(received, (tsn) => (tsn - lastInOrder) >>> 0).sort((a, b) => a - b);
  for (const offset of offsets) {
    const block = gaps.at(-1);
    if (block !== undefined && block[1] === offset - 1) block[1] = offset;
    else if (gaps.length === MAX_GAPS) break;
    else gaps.push([offset, offset]);
  }
  return gaps;
}
