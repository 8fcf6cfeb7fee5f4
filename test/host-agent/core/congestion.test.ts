import { describe, expect, it } from "vitest";
import { type LinkSettings, SimLink, SimStream, VirtualTime } from "../../support/sim-link.ts";

/** A stream that always has more to send, on a link of these settings. */
function streamOn(settings: Partial<LinkSettings>) {
  const time = new VirtualTime();
  const link = new SimLink(time, settings);
  const stream = new SimStream(link);
  stream.push(Number.POSITIVE_INFINITY);
  return { time, link, stream };
}

/** What is left for an application when a packet of 1,160 bytes costs 1,230. */
const PAYLOAD = 1_160 / 1_230;

const PICTURE_BYTES = 16_000;

describe("the sender on a simulated link, in virtual time", () => {
  it.each([10, 40, 80, 200])("fills 5 Mbit/s at %i ms round trip, with no queue that stays", (roundTripMs) => {
    const { time, link, stream } = streamOn({ mbitPerSecond: 5, delayMs: roundTripMs / 2 });
    time.runUntil(30_000);
    expect(stream.rateBetween(3_000, 30_000)).toBeGreaterThan(0.93 * 5 * PAYLOAD);
    expect(link.waitP95Ms()).toBeLessThanOrEqual(60);
    expect(stream.repetitions).toBe(0);
  });

  it.each([
    [0.01, 20],
    [0.01, 80],
    [0.02, 80],
    [0.02, 300],
  ])("keeps nine tenths of the rate when %f of all packets are lost by chance, at %i ms", (loss, roundTripMs) => {
    const { time, stream } = streamOn({ mbitPerSecond: 20, delayMs: roundTripMs / 2, loss, queueBytes: 2_000_000 });
    time.runUntil(20_000);
    expect(stream.rateBetween(5_000, 20_000)).toBeGreaterThan(0.9 * 20 * PAYLOAD);
  });

  it("sends the first picture in two round trips, however small the words before it were", () => {
    const time = new VirtualTime();
    const stream = new SimStream(new SimLink(time, { mbitPerSecond: 50, delayMs: 20 }));
    for (let word = 0; word < 5; word++) {
      stream.push(35);
      time.runUntil(time.nowMs + 60);
    }
    const beganMs = time.nowMs;
    stream.push(PICTURE_BYTES);
    time.runUntil(10_000);
    const arrived = stream.arrivals.filter(({ atMs }) => atMs > beganMs);
    expect(arrived.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThanOrEqual(PICTURE_BYTES);
    expect((arrived.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) - beganMs).toBeLessThan(2 * 40);
  });

  it("still knows what the path carries when a film begins just behind a letter", () => {
    const time = new VirtualTime();
    const stream = new SimStream(new SimLink(time, { mbitPerSecond: 5, delayMs: 40 }));
    const letterBytes = 30;
    stream.push(300_000);
    for (let atMs = 2_000; atMs < 22_000; atMs += 125) time.at(atMs, () => stream.push(letterBytes));
    time.runUntil(22_000);
    // One picture at a time, each when the one before has been painted, and a letter that is not there yet when the next one begins.
    for (let picture = 0; picture < 60; picture += 1) {
      const beganMs = time.nowMs;
      stream.push(23_000);
      time.at(beganMs + 60, () => stream.push(letterBytes));
      time.runUntil(beganMs + 135);
      const arrived = stream.arrivals.filter(({ atMs, bytes }) => atMs > beganMs && bytes !== letterBytes);
      expect(arrived.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(23_000);
      const wireMs = (23_000 * 8) / (5_000 * PAYLOAD);
      expect((arrived.at(-1)?.atMs ?? 0) - beganMs).toBeLessThan(40 + 1.3 * wireMs);
    }
  });

  it("sends again what was lost, and hardly anything else", () => {
    const { time, stream } = streamOn({ mbitPerSecond: 10, loss: 0.02 });
    time.runUntil(20_000);
    expect(stream.repetitions / stream.transmissions).toBeGreaterThan(0.01);
    expect(stream.repetitions / stream.transmissions).toBeLessThan(0.03);
  });

  it.each([20, 80, 200])("is back at its rate within two seconds of an outage of one, at %i ms", (roundTripMs) => {
    const { time, link, stream } = streamOn({ mbitPerSecond: 10, delayMs: roundTripMs / 2 });
    time.runUntil(5_000);
    link.settings.isDown = true;
    time.runUntil(6_000);
    link.settings.isDown = false;
    time.runUntil(10_000);
    expect(stream.rateBetween(8_000, 10_000)).toBeGreaterThan(0.9 * 10 * PAYLOAD);
    const since = link.queued.filter(({ atMs }) => atMs > 6_000).map(({ waitedMs }) => waitedMs);
    expect(Math.max(...since)).toBeLessThan(100);
  });

  it("gives way when the link shrinks to a tenth, and takes it all when it is back", () => {
    const { time, link, stream } = streamOn({ mbitPerSecond: 10, delayMs: 40, queueBytes: 1_000_000 });
    time.runUntil(5_000);
    link.settings.mbitPerSecond = 1;
    time.runUntil(15_000);
    link.settings.mbitPerSecond = 10;
    time.runUntil(20_000);
    // What was on its way, a second's worth of the slow link, has to go first.
    expect(link.waitP95Ms(8_000)).toBeLessThanOrEqual(60);
    expect(stream.rateBetween(8_000, 15_000)).toBeGreaterThan(0.85 * PAYLOAD);
    expect(stream.rateBetween(17_000, 20_000)).toBeGreaterThan(0.8 * 10 * PAYLOAD);
  });

  it("gives way where the queue is too short to be seen, and only loss tells", () => {
    const { time, link, stream } = streamOn({ mbitPerSecond: 10, delayMs: 20, queueBytes: 8_000 });
    time.runUntil(10_000);
    expect(stream.rateBetween(2_000, 10_000)).toBeGreaterThan(0.9 * 10 * PAYLOAD);
    expect(stream.repetitions / stream.transmissions).toBeLessThan(0.05);
    link.settings.mbitPerSecond = 2;
    const before = stream.repetitions;
    time.runUntil(12_000);
    // A window of the wider link, once, and then no more of it.
    expect(stream.repetitions - before).toBeLessThan(120);
    const [sent, again] = [stream.transmissions, stream.repetitions];
    time.runUntil(20_000);
    expect(stream.rateBetween(12_000, 20_000)).toBeGreaterThan(0.9 * 2 * PAYLOAD);
    expect((stream.repetitions - again) / (stream.transmissions - sent)).toBeLessThan(0.1);
  });

  it.each([
    [5, 40],
    [10, 80],
    [20, 20],
  ])("shares %i Mbit/s at %i ms with one that came five seconds earlier", (mbitPerSecond, roundTripMs) => {
    const time = new VirtualTime();
    const link = new SimLink(time, { mbitPerSecond, delayMs: roundTripMs / 2, queueBytes: 1_000_000 });
    const [first, second] = [new SimStream(link), new SimStream(link)];
    first.push(Number.POSITIVE_INFINITY);
    time.runUntil(5_000);
    second.push(Number.POSITIVE_INFINITY);
    time.runUntil(60_000);
    const rates = [first.rateBetween(20_000, 60_000), second.rateBetween(20_000, 60_000)];
    expect(Math.min(...rates) / Math.max(...rates)).toBeGreaterThan(0.5);
    expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeGreaterThan(0.9 * mbitPerSecond * PAYLOAD);
    expect(link.waitP95Ms(10_000)).toBeLessThanOrEqual(60);
  });

  it.each([
    [8, 100, 1],
    [30, 20, 20],
    [30, 20, 80],
    [60, 5, 40],
    [100, 5, 40],
  ])(
    "works for a program that gets to its work only every %i ms, on %i Mbit/s at %i ms",
    (turnMs, mbit, roundTripMs) => {
      const time = new VirtualTime();
      const link = new SimLink(time, { mbitPerSecond: mbit, delayMs: roundTripMs / 2 });
      const stream = new SimStream(link, turnMs);
      stream.push(Number.POSITIVE_INFINITY);
      time.runUntil(15_000);
      expect(stream.rateBetween(5_000, 15_000)).toBeGreaterThan(0.65 * mbit * PAYLOAD);
    },
  );

  it.each([
    [1_000, 0.2],
    [300, 1],
    [200, 2],
  ])(
    "loses nothing of a film to a browser nearby that reads late, on %i Mbit/s at %d ms",
    (mbitPerSecond, roundTripMs) => {
      const time = new VirtualTime();
      const stream = new SimStream(new SimLink(time, { mbitPerSecond, delayMs: roundTripMs / 2 }));
      const filmPictureBytes = 80_000;
      for (let picture = 0; picture < 300; picture += 1) {
        const beganMs = time.nowMs;
        if (picture % 3 === 0) stream.receiverSleeps(8);
        stream.push(filmPictureBytes);
        time.runUntil(beganMs + 33);
      }
      expect(stream.arrivals.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(300 * filmPictureBytes);
      expect(stream.overflowed).toBe(0);
      expect(stream.repetitions).toBe(0);
    },
  );

  it("does not try again and again what has overflowed a browser nearby", () => {
    const { time, stream } = streamOn({ mbitPerSecond: 100, delayMs: 0.5 });
    for (let atMs = 50; atMs < 12_000; atMs += 100) time.at(atMs, () => stream.receiverSleeps(8));
    time.runUntil(4_000);
    const { overflowed } = stream;
    expect(overflowed).toBeGreaterThan(0);
    time.runUntil(12_000);
    expect(stream.overflowed).toBe(overflowed);
  });

  it.each([0.2, 1, 4])("is no brake to a browser nearby that reads at once, at %d ms", (roundTripMs) => {
    const { time, stream } = streamOn({ mbitPerSecond: 150, delayMs: roundTripMs / 2 });
    time.runUntil(2_000);
    expect(stream.rateBetween(1_000, 2_000)).toBeGreaterThan(0.9 * 150 * PAYLOAD);
  });

  it("finds a lost last packet in two round trips, not in a time-out of a second", () => {
    const time = new VirtualTime();
    const link = new SimLink(time, { mbitPerSecond: 10, delayMs: 20 });
    const stream = new SimStream(link);
    stream.push(20 * 1_160);
    time.runUntil(1_000);
    link.settings.isDown = true;
    stream.push(100);
    time.runUntil(1_010);
    link.settings.isDown = false;
    time.runUntil(3_000);
    const last = stream.arrivals.at(-1);
    expect(last?.bytes).toBe(100);
    expect(last?.atMs).toBeLessThan(1_000 + 2 * 40 + 60);
  });

  it("has no timer when nothing is on its way", () => {
    const time = new VirtualTime();
    const stream = new SimStream(new SimLink(time, { loss: 0.3 }));
    stream.push(50_000);
    expect(stream.isTimerArmed).toBe(true);
    time.runUntil(20_000);
    expect(stream.arrivals.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(50_000);
    expect(stream.isTimerArmed).toBe(false);
  });
});
