import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { commonChunks, takeDirectly } from "../../../../host-agent/transport/werift/incoming.ts";
import { bytes, u16, u32 } from "../../../protocol/hostile-bytes.ts";
import { packetOf } from "../../../support/sctp-packet.ts";
import { simEnd } from "../../../support/werift-sim.ts";

const TAG = 0x01020304;
const BINARY = 53;

const sack = (
  cumulativeTsn: number,
  gaps: readonly (readonly [number, number])[],
  duplicates: readonly number[] = [],
) =>
  Buffer.from([
    ...[3, 0, ...u16(16 + 4 * (gaps.length + duplicates.length))],
    ...u32(cumulativeTsn),
    ...u32(0x100000),
    ...[...u16(gaps.length), ...u16(duplicates.length)],
    ...gaps.flatMap(([from, to]) => [...u16(from), ...u16(to)]),
    ...duplicates.flatMap(u32),
  ]);

function data(tsn: number, streamSeqNum: number, userData: Uint8Array, flags = 0x03): Buffer {
  const header = [0, flags, ...u16(16 + userData.length), ...u32(tsn), ...u16(0), ...u16(streamSeqNum), ...u32(BINARY)];
  const chunk = Buffer.concat([Buffer.from(header), userData]);
  return Buffer.concat([chunk, Buffer.alloc((4 - (chunk.length % 4)) % 4)]);
}

/** An end whose packets come in past werift's parser, or through it, and what it is told. */
function taking(way: "directly" | "as werift does") {
  const end = simEnd();
  const association = end.parts;
  const told: unknown[] = [];
  association.receiveSackChunk = async ({ cumulativeTsn, advertisedRwnd, gaps }) => {
    told.push({ cumulativeTsn, advertisedRwnd, gaps });
  };
  association.receiveDataChunk = ({ flags, tsn, streamId, streamSeqNum, protocol, userData }) => {
    told.push({ flags, tsn, streamId, streamSeqNum, protocol, userData: userData.toString("hex") });
  };
  if (way === "directly") takeDirectly(association);
  return { association, told, tag: association.localVerificationTag };
}

describe("a packet of SACKs and data", () => {
  it("is read to the byte", () => {
    const packet = packetOf(TAG, sack(10_000, [[2, 3]], [10_001]), data(7, 9, bytes(1, 2, 3, 4, 5)));
    expect(commonChunks(packet, TAG)).toEqual([
      { cumulativeTsn: 10_000, advertisedRwnd: 1_048_576, gaps: [[2, 3]] },
      { flags: 3, tsn: 7, streamId: 0, streamSeqNum: 9, protocol: BINARY, userData: Buffer.of(1, 2, 3, 4, 5) },
    ]);
  });

  it("is left to werift if it is anything else: another association's, cut short, longer, or with another chunk", () => {
    const packet = packetOf(TAG, sack(10_000, [[2, 3]]), data(7, 9, bytes(1, 2, 3, 4, 5)));
    expect(commonChunks(packet, TAG + 1)).toBeUndefined();
    const whole = [12, 12 + 20, packet.length];
    for (let length = 0; length < packet.length; length += 1) {
      expect(commonChunks(packet.subarray(0, length), TAG) === undefined, `${length}`).toBe(!whole.includes(length));
    }
    for (const more of [1, 2, 3, 4]) {
      expect(commonChunks(Buffer.concat([packet, Buffer.alloc(more)]), TAG)).toBeUndefined();
    }
    const heartbeat = Buffer.from([4, 0, 0, 8, 0, 1, 0, 4]);
    expect(commonChunks(packetOf(TAG, data(7, 9, bytes(1)), heartbeat), TAG)).toBeUndefined();
    expect(commonChunks(packetOf(TAG, data(7, 9, bytes())), TAG)).toBeUndefined();
    const lying = Buffer.from(packet);
    lying.writeUInt16BE(2, 24);
    expect(commonChunks(lying, TAG)).toBeUndefined();
  });

  it("says the same as werift's parser, in 2,000 packets, and what that refuses it does not take", async () => {
    const [direct, parsed] = [taking("directly"), taking("as werift does")];
    const tsn = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const chunk = fc.oneof(
      fc
        .tuple(tsn, fc.array(fc.tuple(fc.nat(99), fc.nat(99)), { maxLength: 3 }), fc.array(tsn, { maxLength: 3 }))
        .map(([upTo, gaps, duplicates]) => sack(upTo, gaps, duplicates)),
      fc
        .tuple(tsn, fc.nat(65_535), fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(15))
        .map(([number, sequence, content, flags]) => data(number, sequence, content, flags)),
    );
    const harm = fc.option(fc.record({ at: fc.nat(), byte: fc.nat(255) }));
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 4 }), harm, async (chunks, broken) => {
        const content = Buffer.concat(chunks);
        if (broken !== null && content.length > 0) content[broken.at % content.length] = broken.byte;
        const taken = commonChunks(packetOf(direct.tag, content), direct.tag);
        if (taken === undefined) return;
        await direct.association.handleData(packetOf(direct.tag, content));
        await parsed.association.handleData(packetOf(parsed.tag, content));
        expect(direct.told).toHaveLength(taken.length);
        expect(direct.told.splice(0)).toEqual(parsed.told.splice(0));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is nothing to an association that is over", async () => {
    const { association, told, tag } = taking("directly");
    Object.defineProperty(association, "isStopped", { value: true });
    await association.handleData(packetOf(tag, sack(1, []), data(7, 9, bytes(1))));
    expect(told).toEqual([]);
  });
});

describe("what is touched of werift for it is where it was", () => {
  it("scheduleSack, sackHasNewDataInPacket: with these werift ends a packet, and counts those with new data", async () => {
    for (const way of ["directly", "as werift does"] as const) {
      const { association, tag } = taking(way);
      const asked: boolean[] = [];
      association.scheduleSack = async () => {
        asked.push(association.sackImmediate);
      };
      association.receiveDataChunk = ({ tsn }) => {
        association.sackNeeded = true;
        if (tsn !== 0) association.sackHasNewDataInPacket = true;
      };
      const arrive = (...tsns: number[]) =>
        association.handleData(packetOf(tag, ...tsns.map((tsn) => data(tsn, 0, bytes(1)))));
      await association.handleData(packetOf(tag, sack(1, [])));
      expect(asked, way).toEqual([]);
      await arrive(1, 2);
      await arrive(0);
      expect([asked, association.sackPacketCount], way).toEqual([[false, false], 1]);
      await arrive(3);
      expect([asked, association.sackPacketCount], way).toEqual([[false, false, true], 2]);
    }
  });

  it("scheduleSack: it acknowledges after 200 ms, or at once where that is wanted", async () => {
    vi.useFakeTimers();
    const { association, parts, carry } = simEnd();
    const sent: Buffer[] = [];
    carry((packet) => sent.push(packet));
    association.setRemotePort(5000);
    parts.lastReceivedTsn = 1;
    parts.sackNeeded = true;
    await parts.scheduleSack();
    await vi.advanceTimersByTimeAsync(199);
    expect(sent).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
    parts.sackNeeded = true;
    parts.sackImmediate = true;
    await parts.scheduleSack();
    expect(sent).toHaveLength(2);
    vi.useRealTimers();
  });
});
