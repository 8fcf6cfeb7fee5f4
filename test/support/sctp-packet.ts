import { crc32c } from "werift";
import type { ReceivedSack } from "../../host-agent/transport/werift/association.ts";
import { commonChunks } from "../../host-agent/transport/werift/incoming.ts";

/** Ports, tag, checksum, chunks. */
export function packetOf(tag: number, ...chunks: readonly Buffer[]): Buffer {
  const packet = Buffer.concat([Buffer.alloc(12), ...chunks]);
  packet.writeUInt16BE(5000, 0);
  packet.writeUInt16BE(5000, 2);
  packet.writeUInt32BE(tag, 4);
  packet.writeInt32LE(crc32c(packet) | 0, 8);
  return packet;
}

/** What a packet acknowledges, if it does nothing else. */
export function loneSack(packet: Buffer): ReceivedSack | undefined {
  const [chunk, ...others] = commonChunks(packet, packet.readUInt32BE(4)) ?? [];
  return chunk !== undefined && "gaps" in chunk && others.length === 0 ? chunk : undefined;
}
