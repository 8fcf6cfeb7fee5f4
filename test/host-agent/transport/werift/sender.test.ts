import { describe, expect, it, vi } from "vitest";
import { TOUCHED } from "../../../../host-agent/transport/werift/association.ts";
import { Sender } from "../../../../host-agent/transport/werift/sender.ts";
import { loneSack, packetOf } from "../../../support/sctp-packet.ts";
import { openWeriftSim, simEnd, useVirtualTime } from "../../../support/werift-sim.ts";

/** Type, flags, length, cumulative TSN, window, gaps, duplicates. */
const SACK = Buffer.from("0300 0018 0000 2710 0010 0000 0001 0001 0002 0003 0000 2711".replaceAll(" ", ""), "hex");

describe("what is touched of werift is where it was", () => {
  it.each(Object.entries(TOUCHED))("%s is a %s", (name, kind) => {
    expect(typeof Reflect.get(simEnd().parts, name)).toBe(kind);
  });

  it("handleData: what DTLS has decrypted comes in by it", async () => {
    const end = simEnd();
    const taken: unknown[] = [];
    end.parts.handleData = async (packet) => void taken.push(packet);
    const packet = Buffer.alloc(20);
    end.take(packet);
    await vi.waitFor(() => expect(taken).toEqual([packet]));
  });

  it("receiveSackChunk: a SACK beside other chunks comes in by it, decoded", async () => {
    const { parts, take } = simEnd();
    const taken: unknown[] = [];
    parts.receiveSackChunk = async (chunk) => void taken.push(chunk);
    take(packetOf(parts.localVerificationTag, SACK, SACK));
    const sack = { cumulativeTsn: 10_000, advertisedRwnd: 1_048_576, gaps: [[2, 3]] };
    await vi.waitFor(() => expect(taken).toMatchObject([sack, sack]));
  });

  it("localVerificationTag: it is what this end's INIT asks for, and rto, in seconds, when INIT is repeated", async () => {
    useVirtualTime();
    const { association, parts, carry, start } = simEnd();
    const sent: Buffer[] = [];
    carry((packet) => sent.push(packet));
    parts.rto = 0.25;
    await start(false);
    expect(sent[0]?.readUInt32BE(16)).toBe(parts.localVerificationTag);
    await vi.advanceTimersByTimeAsync(249);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(sent).toHaveLength(2);
    await association.stop();
  });

  it("transmit, outboundQueue, localTsn: a message is cut into numbered chunks, and then transmit sends", async () => {
    const { association, parts } = simEnd();
    const first = parts.localTsn;
    let chunks: object[] = [];
    parts.transmit = async () => {
      chunks = association.outboundQueue.splice(0);
    };
    await association.send(0, 53, Buffer.alloc(3_000), { ordered: true });
    expect(chunks).toMatchObject([
      { tsn: first, bookSize: 1_160, flags: 0x02, userData: Buffer.alloc(1_160) },
      { tsn: (first + 1) % 2 ** 32, bookSize: 1_160, flags: 0 },
      { tsn: (first + 2) % 2 ** 32, bookSize: 680, flags: 0x01 },
    ]);
  });

  it("sendChunk: a chunk's flags are on the wire, as they are when it leaves", async () => {
    const { association, parts, carry } = simEnd();
    const sent: Buffer[] = [];
    carry((packet) => sent.push(packet));
    association.setRemotePort(5000);
    parts.transmit = async () => {
      const [chunk] = association.outboundQueue.splice(0);
      if (chunk === undefined) throw new Error("a chunk waits");
      chunk.flags |= 0x08;
      await association.sendChunk(chunk);
    };
    await association.send(0, 53, Buffer.alloc(10), { ordered: true });
    expect(sent[0]?.subarray(12, 14)).toEqual(Buffer.from([0, 0x0b]));
  });

  it("flightSize: an association with something on its way sends no heartbeat, an idle one does", async () => {
    useVirtualTime();
    const { host, runFor } = await openWeriftSim("tuned", {});
    const heartbeats: Buffer[] = [];
    const { transport } = host.association;
    const send = transport.send;
    transport.send = async (packet) => {
      if (packet[12] === 4) heartbeats.push(packet);
      await send(packet);
    };
    host.parts.flightSize = 1;
    await runFor(40_000);
    expect(heartbeats).toHaveLength(0);
    host.parts.flightSize = 0;
    await runFor(40_000);
    expect(heartbeats.length).toBeGreaterThan(0);
  });

  it("timer3Handle, isStopped: when the association ends, so does our timer", async () => {
    useVirtualTime();
    const { host, pipe, link, runFor } = await openWeriftSim("tuned", {});
    link.settings.isDown = true;
    pipe?.send(new Uint8Array(100));
    expect(host.parts.timer3Handle).toBeDefined();
    await host.association.stop();
    expect(host.parts.timer3Handle).toBeUndefined();
    expect(host.parts.isStopped).toBe(true);
    const left = vi.getTimerCount();
    pipe?.send(new Uint8Array(100));
    await runFor(5_000);
    expect(vi.getTimerCount()).toBe(left);
  });

  it("markReceived, sackMisOrdered, sackDuplicates, lastReceivedTsn: from these it acknowledges", async () => {
    const { association, parts, channel, carry } = simEnd();
    const sent: Buffer[] = [];
    carry((packet) => sent.push(packet));
    association.setRemotePort(5000);
    new Sender(channel, { hungry: () => undefined, acknowledged: () => undefined }, () => false);
    parts.lastReceivedTsn = 9_997;
    const arrive = async (tsn: number) => {
      const data = Buffer.alloc(20);
      data.writeUInt8(0x03, 1);
      data.writeUInt16BE(20, 2);
      data.writeUInt32BE(tsn, 4);
      data.writeUInt32BE(53, 12);
      // Ordered, and of a stream sequence that never comes: what is delivered is not what this is about.
      data.writeUInt16BE(9, 10);
      await parts.handleData(packetOf(parts.localVerificationTag, data));
    };
    const told = () => {
      const packet = sent.at(-1);
      const sack = packet && loneSack(packet);
      return sack && { upTo: sack.cumulativeTsn, gaps: sack.gaps };
    };
    await arrive(9_999);
    expect(told()).toEqual({ upTo: 9_997, gaps: [[2, 2]] });
    await arrive(10_000);
    // As text, 10000 comes before 9999: werift alone tells of gaps that fall, and does not see this one close.
    expect(told()).toEqual({ upTo: 9_997, gaps: [[2, 3]] });
    await arrive(9_998);
    expect(told()).toEqual({ upTo: 10_000, gaps: [] });
    await arrive(9_999);
    expect(told()).toEqual({ upTo: 10_000, gaps: [] });
    expect(sent.at(-1)?.readUInt16BE(26)).toBe(1);
    await arrive(10_000 + 70_000);
    expect(told()).toEqual({ upTo: 10_000, gaps: [] });
  });
});
