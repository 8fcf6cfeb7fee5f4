import { describe, expect, it } from "vitest";
import { QualityControl } from "../../../host-agent/core/quality-control.ts";
import { ReceiptWindow } from "../../../host-agent/core/receipt-window.ts";

/** What a film's update takes at each quality; 0 is the encoders' own. */
const BYTES = new Map([
  [0, 60_000],
  [70, 45_000],
  [55, 34_000],
  [42, 25_000],
  [30, 19_000],
  [20, 14_000],
]);
const FRAME_MS = 33;
const FRAME_PX = 640 * 480;

/** A film on a path of so many bits a second, in virtual time: paced by the real receipt window, as a picture stream is. */
class Film {
  readonly control = new QualityControl();
  readonly window = new ReceiptWindow();
  readonly sent: { readonly atMs: number; readonly quality: number; readonly waitMs: number }[] = [];
  nowMs = 0;
  mbitPerSecond: number;
  paintMs = 5;
  private readonly delayMs = 40;
  private freeAtMs = 0;
  private onTheWay: { sequence: number; bytes: number; sentMs: number; arrivedMs: number; receiptMs: number }[] = [];

  constructor(mbitPerSecond: number) {
    this.mbitPerSecond = mbitPerSecond;
  }

  get quality(): number {
    return this.control.qualityFor(FRAME_PX);
  }

  play(durationMs: number): void {
    let nextFrameMs = this.nowMs;
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 1) {
      for (const one of this.onTheWay.filter(({ receiptMs }) => receiptMs <= this.nowMs)) {
        this.window.receipt(one.sequence, this.nowMs, this.paintMs);
        // The host knows when the receipt came, and what the viewer says about painting.
        const arrivedMs = this.nowMs - this.paintMs;
        const { bytes, sentMs } = one;
        this.control.arrived({ ...sentAtOnce(bytes, sentMs), arrivedMs, baseRttMs: 2 * this.delayMs });
      }
      this.onTheWay = this.onTheWay.filter(({ receiptMs }) => receiptMs > this.nowMs);
      if (this.nowMs < nextFrameMs || !this.window.mayFit(this.nowMs)) continue;
      this.send();
      nextFrameMs = this.nowMs + FRAME_MS;
    }
  }

  /** Of what was sent since then. */
  since(startMs: number) {
    const sent = this.sent.filter(({ atMs }) => atMs >= startMs);
    const waits = sent.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
    return {
      fps: (sent.length * 1000) / (this.nowMs - startMs),
      waitP95Ms: waits[Math.floor(waits.length * 0.95)] ?? 0,
      qualities: [...new Set(sent.map(({ quality }) => quality))],
    };
  }

  private send(): void {
    const { quality } = this;
    const bytes = BYTES.get(quality) ?? 0;
    const waitMs = Math.max(0, this.freeAtMs - this.nowMs);
    this.freeAtMs = this.nowMs + waitMs + (bytes * 8) / (this.mbitPerSecond * 1000);
    const sequence = this.sent.length + 1;
    this.window.sent({ sequence, bytes, sentMs: this.nowMs });
    this.sent.push({ atMs: this.nowMs, quality, waitMs });
    const arrivedMs = this.freeAtMs + this.delayMs;
    const receiptMs = arrivedMs + this.paintMs + this.delayMs;
    this.onTheWay.push({ sequence, bytes, sentMs: this.nowMs, arrivedMs, receiptMs });
  }
}

const sentAtOnce = (bytes: number, sinceMs: number) => ({ bytes, carried: { sinceMs, bytes } });

describe("the rate of a path", () => {
  it("is not taken to be that of pictures which waited for a lost packet and came all at once", () => {
    const control = new QualityControl();
    const arrived = (arrivedMs: number) =>
      control.arrived({ ...sentAtOnce(12_500, arrivedMs - 100), arrivedMs, baseRttMs: 80 });
    for (let ms = 100; ms <= 1_000; ms += 20) arrived(ms);
    expect(control.pathBytesPerMs).toBeCloseTo(625, -1);
    for (let held = 0; held < 4; held++) arrived(1_100);
    expect(control.pathBytesPerMs).toBeLessThan(2_000);
  });

  it("is soon known where a path becomes slow, however quick it seemed before", () => {
    const control = new QualityControl();
    const arrived = (arrivedMs: number, tookMs: number) =>
      control.arrived({ ...sentAtOnce(200_000, arrivedMs - 20 - tookMs), arrivedMs, baseRttMs: 20 });
    for (let ms = 100; ms <= 2_000; ms += 33) arrived(ms, 1);
    for (let ms = 2_400; ms <= 4_000; ms += 320) arrived(ms, 320);
    expect(control.pathBytesPerMs).toBeLessThan(4_000);
    expect(control.qualityFor(1_000_000)).toBeGreaterThan(0);
  });

  it("follows a path that turns out to carry twenty times as much within half a second of a film", () => {
    const control = new QualityControl();
    const arrived = (arrivedMs: number, tookMs: number) =>
      control.arrived({ ...sentAtOnce(12_500, arrivedMs - 80 - tookMs), arrivedMs, baseRttMs: 80 });
    for (let ms = 100; ms <= 1_000; ms += 33) arrived(ms, 20);
    for (let ms = 1_033; ms <= 1_500; ms += 33) arrived(ms, 1);
    expect(control.pathBytesPerMs).toBeGreaterThan(8_000);
  });
});

describe("the quality of moving pictures", () => {
  it("stays what the encoders choose on a path that carries them", () => {
    const film = new Film(100);
    film.play(5_000);
    expect(film.since(0).qualities).toEqual([0]);
    expect(film.since(1_000).fps).toBeGreaterThan(28);
  });

  it("does not fall for a viewer that is slow to paint: fewer bytes would not help it", () => {
    const film = new Film(100);
    film.paintMs = 60;
    film.play(5_000);
    expect(film.since(0).qualities).toEqual([0]);
  });

  it("falls within two seconds where the path has become slow, with no queue that stays", () => {
    const film = new Film(20);
    film.play(3_000);
    const before = film.since(1_000);
    film.mbitPerSecond = 5;
    const slowAtMs = film.nowMs;
    film.play(2_000);
    film.play(3_000);
    const after = film.since(slowAtMs + 2_000);
    expect(Math.max(...after.qualities)).toBeLessThan(Math.max(...before.qualities, 100));
    expect(after.qualities).not.toContain(0);
    expect(after.waitP95Ms).toBeLessThanOrEqual(60);
    expect(after.fps).toBeGreaterThan(15);
  });

  it("goes down to the last step on a path that carries hardly anything, and back up within two seconds", () => {
    const film = new Film(10);
    film.play(3_000);
    expect(film.quality).toBe(70);
    film.mbitPerSecond = 1;
    film.play(4_000);
    expect(film.quality).toBe(20);
    film.mbitPerSecond = 10;
    film.play(2_000);
    // One step below, which it keeps so as not to go up and down.
    expect(film.quality).toBe(55);
  });

  it("goes up by as many steps as there is room for, not one by one", () => {
    const film = new Film(1);
    film.play(4_000);
    expect(film.quality).toBe(20);
    film.mbitPerSecond = 16;
    const startMs = film.nowMs;
    film.play(1_500);
    expect(film.quality).toBe(70);
    expect(film.since(startMs).qualities.length).toBeLessThanOrEqual(3);
  });

  it("goes up by no more steps than there was room for all the time, whatever the last update was", () => {
    const control = new QualityControl();
    let nowMs = 0;
    const arrive = (bytes: number, tookMs: number, carriedBytes = bytes) => {
      const sinceMs = nowMs;
      nowMs += tookMs;
      control.arrived({ bytes, carried: { sinceMs, bytes: carriedBytes }, arrivedMs: nowMs, baseRttMs: 0 });
    };
    for (let update = 0; update < 10; update += 1) arrive(60_000, 150);
    expect(control.qualityFor(FRAME_PX)).toBe(20);
    // A third of a second with room for a step, then something short that came along with more.
    for (let update = 0; update < 17; update += 1) arrive(7_200, 18);
    arrive(200, 18, 7_200);
    expect(control.qualityFor(FRAME_PX)).toBe(30);
  });

  it.each([2, 5, 8, 12, 16, 30])("finds its step at %i Mbit/s and stays there", (mbitPerSecond) => {
    const film = new Film(mbitPerSecond);
    film.play(3_000);
    const startMs = film.nowMs;
    film.play(10_000);
    expect(film.since(startMs).qualities.length).toBe(1);
  });

  it("stays for what is short also at its best, although it has just fallen for something large", () => {
    const control = new QualityControl();
    // A page that comes up: 2,500 bytes a millisecond.
    control.arrived({ ...sentAtOnce(300_000, 0), arrivedMs: 140, baseRttMs: 20 });
    expect(control.qualityFor(1_000_000)).toBeLessThanOrEqual(30);
    expect(control.qualityFor(1_000_000)).toBeGreaterThan(0);
    expect(control.qualityFor(200_000)).toBe(0);
    expect(control.qualityFor(200_001)).toBeGreaterThan(0);
  });

  it("learns nothing from what is small, and forgets a path that was left", () => {
    const control = new QualityControl();
    control.arrived({ ...sentAtOnce(200, 0), arrivedMs: 1_000, baseRttMs: 20 });
    expect(control.qualityFor(FRAME_PX)).toBe(0);
    control.arrived({ ...sentAtOnce(60_000, 1_100), arrivedMs: 2_000, baseRttMs: 20 });
    expect(control.qualityFor(FRAME_PX)).toBe(20);
    control.begin();
    for (let nowMs = 3_000; nowMs < 6_000; nowMs += FRAME_MS) {
      control.arrived({ ...sentAtOnce(14_000, nowMs), arrivedMs: nowMs + 22, baseRttMs: 20 });
    }
    expect(control.qualityFor(FRAME_PX)).toBe(0);
  });
});
