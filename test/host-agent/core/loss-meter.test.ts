import { describe, expect, it } from "vitest";
import { LossMeter } from "../../../host-agent/core/loss-meter.ts";

const PACKET_BYTES = 1_160;
/** A film's 5 Mbit/s. */
const PACKET_MS = 2;

/** A path in time. */
class Path {
  readonly meter = new LossMeter();
  private nowMs = 0;

  /** @param lostEvery of so many packets one is lost */
  carry(packets: number, lostEvery = Number.POSITIVE_INFINITY): void {
    for (let packet = 1; packet <= packets; packet += 1) {
      this.nowMs += PACKET_MS;
      const isLost = packet % lostEvery === 0;
      this.meter.add(isLost ? 0 : PACKET_BYTES, isLost ? PACKET_BYTES : 0, this.nowMs);
    }
  }

  /** So many at once. */
  lose(packets: number): void {
    this.nowMs += PACKET_MS;
    this.meter.add(PACKET_BYTES, packets * PACKET_BYTES, this.nowMs);
  }
}

describe("a path on which one packet in a hundred is lost", () => {
  it("is found lossy within two seconds, and stays so", () => {
    const path = new Path();
    path.carry(99, 100);
    expect(path.meter.isLossy).toBe(false);
    path.carry(1_000, 100);
    expect(path.meter.isLossy).toBe(true);
    for (let second = 0; second < 60; second += 1) {
      path.carry(500, 100);
      expect(path.meter.isLossy).toBe(true);
    }
  });

  it("is clean for the meter some two thousand packets after it has become so", () => {
    const path = new Path();
    path.carry(2_000, 100);
    path.carry(500);
    expect(path.meter.isLossy).toBe(true);
    path.carry(1_500);
    expect(path.meter.isLossy).toBe(false);
  });
});

describe("a path is not lossy", () => {
  it("on which a single packet is lost now and then", () => {
    const path = new Path();
    for (let minute = 0; minute < 10; minute += 1) {
      path.carry(2_000);
      path.lose(1);
      expect(path.meter.isLossy).toBe(false);
    }
  });

  it("whose queue is overrun now and then, and loses a hundred packets at once", () => {
    const path = new Path();
    for (let minute = 0; minute < 10; minute += 1) {
      path.carry(2_000);
      path.lose(100);
      expect(path.meter.isLossy).toBe(false);
    }
  });

  it("whose queue is overrun again and again for a second, by somebody who begins to send", () => {
    const path = new Path();
    for (let minute = 0; minute < 10; minute += 1) {
      for (let time = 0; time < 10; time += 1) {
        path.carry(50);
        path.lose(time);
      }
      expect(path.meter.isLossy).toBe(false);
      path.carry(1_000);
      expect(path.meter.isLossy).toBe(false);
    }
  });

  it("of which nothing is said", () => {
    const path = new LossMeter();
    path.add(0, 0, 0);
    expect(path.isLossy).toBe(false);
  });
});
