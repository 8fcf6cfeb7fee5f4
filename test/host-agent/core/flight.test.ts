import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flight } from "../../../host-agent/core/flight.ts";

const BYTES = 1_000;

/** Ten packets, one every ms from 0 on; the first one's TSN is `first`. */
function tenOnTheirWay(first = 100): Flight<string> {
  const flight = new Flight<string>(first);
  for (let index = 0; index < 10; index += 1) flight.sent((first + index) >>> 0, BYTES, `packet ${index}`, index);
  return flight;
}

describe("packets on their way", () => {
  it("are delivered by the TSN up to which all has come, past the end of its 32 bits too", () => {
    const flight = tenOnTheirWay(2 ** 32 - 4);
    const news = flight.sack({ cumulativeTsn: 5, gaps: [] }, 50);
    expect(news).toMatchObject({ newBytes: 10 * BYTES, lostBytes: 0, inFlightBytes: 0, roundTripMs: 41 });
    expect(flight.isEmpty).toBe(true);
    expect(flight.deadlineMs).toBeUndefined();
  });

  it("are lost when three that left later have come", () => {
    const flight = tenOnTheirWay();
    flight.sack({ cumulativeTsn: 101, gaps: [] }, 40);
    expect(flight.sack({ cumulativeTsn: 101, gaps: [[2, 3]] }, 41)).toMatchObject({ lostBytes: 0 });
    expect(flight.firstLost).toBeUndefined();
    expect(flight.sack({ cumulativeTsn: 101, gaps: [[2, 4]] }, 42)).toMatchObject({ lostBytes: BYTES });
    expect(flight.firstLost?.content).toBe("packet 2");
  });

  it("are lost when one that left later has come and an eighth of a round trip has passed", () => {
    const flight = tenOnTheirWay();
    flight.sack({ cumulativeTsn: 107, gaps: [[2, 2]] }, 40);
    const dueMs = flight.deadlineMs ?? Number.NaN;
    expect(dueMs).toBeGreaterThan(40);
    expect(dueMs).toBeLessThan(8 + 40 * 1.2);
    expect(flight.overdue(dueMs)).toEqual([]);
    expect(flight.firstLost?.content).toBe("packet 8");
  });

  it("are lost again when their repetition is lost, without a time-out", () => {
    const flight = tenOnTheirWay();
    flight.sack({ cumulativeTsn: 100, gaps: [[2, 5]] }, 40);
    const lost = flight.firstLost;
    if (lost === undefined) throw new Error("packet 1 is lost");
    flight.resent(lost, 41);
    for (let index = 10; index < 14; index += 1) flight.sent(100 + index, BYTES, `packet ${index}`, 42);
    flight.sack({ cumulativeTsn: 100, gaps: [[2, 13]] }, 82);
    expect(flight.firstLost?.content).toBe("packet 1");
  });

  it("that were only overtaken make it more patient", () => {
    const flight = tenOnTheirWay();
    flight.sack({ cumulativeTsn: 100, gaps: [[2, 4]] }, 40);
    expect(flight.firstLost?.content).toBe("packet 1");
    flight.sack({ cumulativeTsn: 104, gaps: [] }, 41);
    expect(flight.firstLost).toBeUndefined();
    flight.sack({ cumulativeTsn: 104, gaps: [[2, 4]] }, 42);
    expect(flight.firstLost).toBeUndefined();
  });

  it("are asked about by sending the last one again, less often each time, once a second at least", () => {
    const flight = tenOnTheirWay();
    flight.sack({ cumulativeTsn: 104, gaps: [] }, 44);
    const asked: { readonly afterMs: number; readonly packets: readonly string[] }[] = [];
    let heardMs = 44;
    for (let question = 0; question < 6; question += 1) {
      const dueMs = flight.deadlineMs ?? Number.NaN;
      expect(flight.overdue(dueMs - 1)).toEqual([]);
      const packets = flight.overdue(dueMs);
      for (const packet of packets) flight.resent(packet, dueMs);
      asked.push({ afterMs: Math.round(dueMs - heardMs), packets: packets.map(({ content }) => content) });
      heardMs = dueMs;
    }
    expect(asked.map(({ packets }) => packets.length)).toEqual([1, 2, 2, 2, 2, 2]);
    expect(asked[0]?.packets).toEqual(["packet 9"]);
    const waits = asked.map(({ afterMs }) => afterMs);
    expect(waits[0]).toBeLessThanOrEqual(120);
    expect(waits[1]).toBeGreaterThanOrEqual(200);
    expect(waits.slice(-2)).toEqual([1_000, 1_000]);
  });

  it("are all known to be lost by the answer to such a question, whichever copy it answers", () => {
    for (const answerMs of [5, 45]) {
      const flight = tenOnTheirWay();
      flight.sack({ cumulativeTsn: 104, gaps: [] }, 44);
      const dueMs = flight.deadlineMs ?? Number.NaN;
      for (const packet of flight.overdue(dueMs)) flight.resent(packet, dueMs);
      flight.sack({ cumulativeTsn: 104, gaps: [[5, 5]] }, dueMs + answerMs);
      expect(flight.firstLost?.content).toBe("packet 5");
    }
  });

  it("count as lost by a silence, and not by congestion, when a question had to be asked", () => {
    const flight = tenOnTheirWay();
    flight.sack({ cumulativeTsn: 101, gaps: [] }, 41);
    const dueMs = flight.deadlineMs ?? Number.NaN;
    for (const packet of flight.overdue(dueMs)) flight.resent(packet, dueMs);
    expect(flight.sack({ cumulativeTsn: 101, gaps: [[8, 8]] }, 5_000)).toMatchObject({ lostBytes: 0 });
    expect(flight.firstLost?.content).toBe("packet 2");
  });

  it("show the path's rate, unless the sender had too little to send", () => {
    const flight = new Flight<string>(0);
    // Two a millisecond, for longer than the round trip of 20 ms.
    let sent = 0;
    for (let nowMs = 0; nowMs < 60; nowMs += 1) {
      for (let count = 0; count < 2; count += 1) flight.sent(sent++, BYTES, "", nowMs);
      const came = 2 * (nowMs - 19);
      const rate = came <= 0 ? undefined : flight.sack({ cumulativeTsn: came - 1, gaps: [] }, nowMs)?.rate;
      if (nowMs > 45) expect(rate).toEqual({ bytesPerMs: 2 * BYTES, isAppLimited: false });
    }
    flight.sack({ cumulativeTsn: sent - 1, gaps: [] }, 80);
    flight.markAppLimited();
    flight.sent(sent, BYTES, "", 100);
    expect(flight.sack({ cumulativeTsn: sent, gaps: [] }, 120)?.rate?.isAppLimited).toBe(true);
  });

  it("say nothing of the path when they left behind a gap, until the first of them has come", () => {
    const flight = new Flight<string>(0);
    flight.sent(0, BYTES, "the last word before the gap", 0);
    flight.markAppLimited();
    flight.sent(1, BYTES, "the first of a picture", 30);
    // The word has come, the gap behind it has not.
    flight.sack({ cumulativeTsn: 0, gaps: [] }, 40);
    flight.sent(2, BYTES, "left in between", 41);
    expect(flight.sack({ cumulativeTsn: 1, gaps: [] }, 70)?.rate?.isAppLimited).toBe(true);
    flight.sent(3, BYTES, "left when the gap had passed", 71);
    expect(flight.sack({ cumulativeTsn: 2, gaps: [] }, 81)?.rate?.isAppLimited).toBe(true);
    expect(flight.sack({ cumulativeTsn: 3, gaps: [] }, 111)?.rate?.isAppLimited).toBe(false);
  });

  it("are not touched by what no honest receiver says", () => {
    const gap = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }));
    const sack = fc.record({
      cumulativeTsn: fc.oneof(fc.integer({ min: 95, max: 115 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
      gaps: fc.array(gap, { maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(sack, { maxLength: 20 }), (sacks) => {
        const flight = tenOnTheirWay();
        let delivered = 0;
        for (const [index, one] of sacks.entries()) {
          const news = flight.sack(one, 40 + index);
          delivered += news?.newBytes ?? 0;
          expect(flight.inFlightBytes).toBeGreaterThanOrEqual(0);
        }
        expect(delivered).toBeLessThanOrEqual(10 * BYTES);
      }),
    );
    // Beyond what was sent: not believed at all.
    expect(tenOnTheirWay().sack({ cumulativeTsn: 110, gaps: [] }, 40)).toBeUndefined();
  });
});
