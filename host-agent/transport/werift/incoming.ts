import { type Association, DATA, type ReceivedData, type ReceivedSack, SACK } from "./association.ts";

const COMMON_HEADER_BYTES = 12;
const SACK_HEADER_BYTES = 16;
const DATA_HEADER_BYTES = 16;

/**
 * A packet that werift cannot read, or that makes no sense to it, is dropped, as RFC 9260 wants it. An admitted viewer's end may
 * be anybody's program, and werift lets an error of its parser go where nobody catches it, which ends the host. To be called
 * before the connection is made.
 */
export function dropUnreadable(association: Association): void {
  const take = association.handleData;
  association.handleData = (packet) =>
    take.call(association, packet).catch(() => {
      // Expected: see above.
    });
}

/**
 * A packet that holds nothing but SACKs and data, as nearly all do, goes past werift's parser, which takes longer than what
 * is then done with it. Its checksum says nothing here: DTLS has authenticated every byte.
 */
export function takeDirectly(association: Association): void {
  const parse = association.handleData;
  association.handleData = async (packet) => {
    const chunks = commonChunks(packet, association.localVerificationTag);
    if (chunks === undefined) return parse.call(association, packet);
    if (association.isStopped) return;
    association.sackHasNewDataInPacket = false;
    for (const chunk of chunks) {
      if ("gaps" in chunk) await association.receiveSackChunk(chunk);
      else association.receiveDataChunk(chunk);
    }
    if (!association.sackNeeded) return;
    if (association.sackHasNewDataInPacket) association.sackPacketCount += 1;
    if (association.sackPacketCount >= 2) association.sackImmediate = true;
    await association.scheduleSack();
  };
}

/**
 * The chunks of a packet, if it holds no others than these, each as long as it says.
 *
 * Common header: ports u16 u16 | verification tag u32 | checksum u32, then chunks, each filled up to whole words:
 *   type u8 | flags u8 | length u16 |
 *     SACK: cumulative TSN u32 | a_rwnd u32 | gaps u16 | duplicates u16 | gaps: start u16, end u16 | duplicates u32
 *     DATA: TSN u32 | stream u16 | stream sequence u16 | protocol u32 | user data   (RFC 9260, 3.3.4 and 3.3.1)
 */
export function commonChunks(packet: Buffer, tag: number): (ReceivedSack | ReceivedData)[] | undefined {
  if (packet.length < COMMON_HEADER_BYTES || packet.readUInt32BE(4) !== tag) return undefined;
  const chunks: (ReceivedSack | ReceivedData)[] = [];
  let at = COMMON_HEADER_BYTES;
  while (at + 4 <= packet.length) {
    const end = at + packet.readUInt16BE(at + 2);
    if (end > packet.length) return undefined;
    const type = packet[at];
    const chunk = type === SACK ? sackIn(packet, at, end) : type === DATA ? dataIn(packet, at, end) : undefined;
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
    at = Math.ceil(end / 4) * 4;
  }
  return at === packet.length ? chunks : undefined;
}

function sackIn(packet: Buffer, at: number, end: number): ReceivedSack | undefined {
  if (end - at < SACK_HEADER_BYTES) return undefined;
  const gapCount = packet.readUInt16BE(at + 12);
  if (end - at !== SACK_HEADER_BYTES + 4 * (gapCount + packet.readUInt16BE(at + 14))) return undefined;
  const gaps: [number, number][] = [];
  for (let gap = at + SACK_HEADER_BYTES; gaps.length < gapCount; gap += 4) {
    gaps.push([packet.readUInt16BE(gap), packet.readUInt16BE(gap + 2)]);
  }
  return { cumulativeTsn: packet.readUInt32BE(at + 4), advertisedRwnd: packet.readUInt32BE(at + 8), gaps };
}

/** One without user data, which nobody sends, is werift's to judge. */
function dataIn(packet: Buffer, at: number, end: number): ReceivedData | undefined {
  if (end - at <= DATA_HEADER_BYTES) return undefined;
  return {
    flags: packet.readUInt8(at + 1),
    tsn: packet.readUInt32BE(at + 4),
    streamId: packet.readUInt16BE(at + 8),
    streamSeqNum: packet.readUInt16BE(at + 10),
    protocol: packet.readUInt32BE(at + 12),
    userData: packet.subarray(at + DATA_HEADER_BYTES, end),
  };
}
