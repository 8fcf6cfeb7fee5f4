import { describe, expect, it } from "vitest";
import { acknowledgeRightly, gapsIn } from "../../../../host-agent/transport/werift/acknowledge.ts";
import { loneSack } from "../../../support/sctp-packet.ts";
import { openWeriftSim, useVirtualTime, type WeriftSim } from "../../../support/werift-sim.ts";

const DATA = 0;
const SACK = 3;
const UPDATE = new Uint8Array(58).fill(1);
const RECEIPT = Buffer.alloc(26, 2);

/** An open pair, and what the host's end sends from now on: the chunks of each packet by type. */
async function openPair() {
  useVirtualTime();
  const sim = await openWeriftSim("tuned", { delayMs: 1, mbitPerSecond: 100 });
  await sim.runFor(1_000);
  const packets: Buffer[] = [];
  const { transport } = sim.host.association;
  const send = transport.send;
  transport.send = async (packet) => {
    packets.push(packet);
    await send(packet);
  };
  return { ...sim, packets, types: () => packets.splice(0).map(typesIn) };
}

function typesIn(packet: Buffer): number[] {
  const types: number[] = [];
  for (let at = 12; at < packet.length; at += Math.ceil(packet.readUInt16BE(at + 2) / 4) * 4)
    types.push(packet[at] ?? -1);
  return types;
}

const receipt = ({ viewer }: Pick<WeriftSim, "viewer">) => viewer.channel.send(RECEIPT);

describe("what the host's end acknowledges", () => {
  it("rides with the next update where each has its receipt: one packet each, and 16 bytes", async () => {
    const { pipe, viewer, runFor, packets } = await openPair();
    for (let update = 0; update < 20; update++) {
      pipe?.send(UPDATE);
      await runFor(12);
      receipt({ viewer });
      await runFor(113);
    }
    expect(packets.map(typesIn)).toEqual([[DATA], ...new Array<number[]>(19).fill([SACK, DATA])]);
    // Common header 12, SACK 16, DATA header 16, 58 bytes and two to make them whole words.
    expect(packets.map(({ length }) => length)).toEqual([88, ...new Array<number>(19).fill(104)]);
    const last = packets.at(-1);
    expect(last?.subarray(12, 16).toString("hex")).toBe("03000010");
    expect(last?.subarray(24, 28).toString("hex")).toBe("00000000");
    expect(last?.readUInt16BE(30)).toBe(16 + 58);
  });

  it("rides with what is said in answer, from within the arrival", async () => {
    const { pipe, host, viewer, runFor, types } = await openPair();
    host.channel.onMessage.subscribe(() => pipe?.send(UPDATE));
    for (let question = 0; question < 5; question++) {
      receipt({ viewer });
      await runFor(300);
    }
    expect(types()).toEqual(new Array<number[]>(5).fill([SACK, DATA]));
  });

  it("waits 200 ms for something to ride with, and no longer than for a second packet", async () => {
    const { viewer, runFor, types } = await openPair();
    receipt({ viewer });
    await runFor(190);
    expect(types()).toEqual([]);
    await runFor(20);
    expect(types()).toEqual([[SACK]]);
    receipt({ viewer });
    receipt({ viewer });
    await runFor(20);
    expect(types()).toEqual([[SACK]]);
    await runFor(1_000);
    expect(types()).toEqual([]);
  });

  it("goes alone beside a packet that is full", async () => {
    const { pipe, viewer, runFor, types } = await openPair();
    receipt({ viewer });
    await runFor(20);
    pipe?.send(new Uint8Array(1_160));
    await runFor(300);
    expect(types()).toEqual([[DATA], [SACK]]);
  });

  it("is told at once of a gap, of every packet behind it, and of its end", async () => {
    const { host, viewer, runFor, packets } = await openPair();
    const lost: Buffer[] = [];
    let isLosing = true;
    viewer.carry((packet) => {
      if (isLosing) lost.push(packet);
      else host.take(packet);
    });
    receipt({ viewer });
    await runFor(5);
    isLosing = false;
    const upTo = Number(host.parts.lastReceivedTsn);
    const told = () =>
      packets.splice(0).map((packet) => {
        const sack = loneSack(packet);
        return sack && { ahead: (sack.cumulativeTsn - upTo) >>> 0, gaps: sack.gaps };
      });
    receipt({ viewer });
    await runFor(5);
    expect(told()).toEqual([{ ahead: 0, gaps: [[2, 2]] }]);
    receipt({ viewer });
    await runFor(5);
    expect(told()).toEqual([{ ahead: 0, gaps: [[2, 3]] }]);
    const [first] = lost;
    if (first === undefined) throw new Error("nothing was lost");
    host.take(first);
    await runFor(5);
    expect(told()).toEqual([{ ahead: 3, gaps: [] }]);
    host.take(first);
    await runFor(5);
    expect(packets.map((packet) => packet.readUInt16BE(26))).toEqual([1]);
  });

  it("is told at once where the sender asks for it", async () => {
    const { viewer, runFor, types } = await openPair();
    const association = viewer.parts;
    const send = association.sendChunk;
    association.sendChunk = (chunk) => {
      if ("flags" in chunk && typeof chunk.flags === "number" && chunk.type === DATA) chunk.flags |= 0x08;
      return send.call(association, chunk);
    };
    receipt({ viewer });
    await runFor(5);
    expect(types()).toEqual([[SACK]]);
  });
});

describe("what a viewer acknowledges that waits with it as a browser does", () => {
  /** Records: their first byte says which channel they are of (protocol/crypto/record.ts). */
  const WORD = new Uint8Array(58).fill(1);
  const PICTURE = new Uint8Array(58).fill(2);

  /** `answers`: the chunks by type of each packet that the viewer sends. */
  async function openWaitingPair() {
    const pair = await openPair();
    const { host, viewer } = pair;
    acknowledgeRightly(viewer.parts);
    const answers: number[][] = [];
    viewer.carry((packet) => {
      answers.push(typesIn(packet));
      host.take(packet);
    });
    return { ...pair, answers };
  }

  it("rides with the receipt of each lone picture, and nothing is sent twice", async () => {
    const { pipe, viewer, runFor, answers, packets } = await openWaitingPair();
    for (let update = 0; update < 20; update++) {
      pipe?.send(PICTURE);
      await runFor(12);
      receipt({ viewer });
      await runFor(113);
    }
    expect(answers).toEqual(new Array<number[]>(20).fill([SACK, DATA]));
    expect(packets).toHaveLength(20);
  });

  it("is asked for by a second copy where the receipt takes long", async () => {
    const { pipe, viewer, runFor, answers, packets } = await openWaitingPair();
    // From this one it knows how long an answer takes.
    pipe?.send(WORD);
    await runFor(100);
    packets.length = 0;
    answers.length = 0;
    pipe?.send(PICTURE);
    await runFor(100);
    expect(answers).toEqual([[SACK]]);
    expect(packets).toHaveLength(2);
    expect(packets[0]?.[13]).toBe(0x03);
    expect(packets[1]?.[13]).toBe(0x0b);
    receipt({ viewer });
    await runFor(1_000);
    expect(packets.slice(2).map(typesIn)).toEqual([[SACK]]);
  });

  it("comes at once where nothing answers, and for the last of several", async () => {
    const { pipe, runFor, packets, answers } = await openWaitingPair();
    const flags = () => packets.splice(0).map((packet) => packet[13]);
    pipe?.send(WORD);
    await runFor(10);
    expect(flags()).toEqual([0x0b]);
    expect(answers.splice(0)).toEqual([[SACK]]);
    pipe?.send(PICTURE);
    pipe?.send(PICTURE);
    await runFor(10);
    expect(flags()).toEqual([0x03, 0x0b]);
    expect(answers.splice(0)).toEqual([[SACK]]);
    pipe?.send(new Uint8Array(3_000).fill(2));
    await runFor(10);
    expect(flags().at(-1)).toBe(0x09);
  });
});

it("gaps are told in rising order, past the end of 32 bits too, and never more than a packet holds", () => {
  const last = 2 ** 32 - 3;
  expect(gapsIn(new Set([1, 2 ** 32 - 1, 0, 10, 9]), last)).toEqual([
    [2, 4],
    [12, 13],
  ]);
  const scattered = new Set(Array.from({ length: 5_000 }, (_, index) => 10 + 2 * index));
  expect(gapsIn(scattered, 0)).toHaveLength(256);
});
