import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_LIMITS } from "../../signaling/core/limits.ts";
import { Throttle } from "../../signaling/throttle.ts";

const ADDRESS = "192.0.2.7";
const MINUTE_MS = 60_000;

describe("what one address may take", () => {
  let throttle: Throttle;
  let number = 100_000;
  beforeEach(() => {
    // The limiter's own clock and timers: a day passes at once.
    vi.useFakeTimers();
    throttle = new Throttle(DEFAULT_LIMITS);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const missRooms = async (count: number): Promise<void> => {
    for (let missed = 0; missed < count; missed += 1) {
      number += 1;
      await throttle.missedRoom(ADDRESS, String(number));
    }
  };
  const tooManyMisses = () => missRooms(DEFAULT_LIMITS.unknownRoomsPerAddressPerMinute);

  it("is 30 connections a minute", async () => {
    for (let count = 0; count < 30; count += 1) expect(await throttle.mayConnect(ADDRESS)).toBe(true);
    expect(await throttle.mayConnect(ADDRESS)).toBe(false);
    expect(await throttle.mayConnect("192.0.2.8")).toBe(true);
    vi.advanceTimersByTime(MINUTE_MS);
    expect(await throttle.mayConnect(ADDRESS)).toBe(true);
  });

  it("is 50 open connections, counted until they close", async () => {
    const close = Array.from({ length: 50 }, () => throttle.connected(ADDRESS));
    expect(await throttle.mayConnect(ADDRESS)).toBe(false);
    close[0]?.();
    expect(await throttle.mayConnect(ADDRESS)).toBe(true);
  });

  it("counts a whole IPv6 /64 as one", async () => {
    for (let count = 0; count < 30; count += 1) await throttle.mayConnect(`2001:db8:0:1::${count}`);
    expect(await throttle.mayConnect("2001:db8:0:1:ffff::1")).toBe(false);
    expect(await throttle.mayConnect("2001:db8:0:2::1")).toBe(true);
  });

  it("is five unknown rooms a minute, then a quarter of an hour of none", async () => {
    await missRooms(4);
    expect(await throttle.mayJoin(ADDRESS)).toBe(true);
    await missRooms(1);
    expect(await throttle.mayJoin(ADDRESS)).toBe(false);
    expect(await throttle.mayJoin("192.0.2.8")).toBe(true);
    vi.advanceTimersByTime(15 * MINUTE_MS - 1);
    expect(await throttle.mayJoin(ADDRESS)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await throttle.mayJoin(ADDRESS)).toBe(true);
  });

  it("doubles the block each time within a day", async () => {
    const minutes: number[] = [];
    for (let time = 0; time < 6; time += 1) {
      await tooManyMisses();
      let waited = 0;
      while (!(await throttle.mayJoin(ADDRESS))) {
        vi.advanceTimersByTime(15 * MINUTE_MS);
        waited += 15;
      }
      minutes.push(waited);
    }
    expect(minutes).toEqual([15, 30, 60, 120, 240, 480]);
  });

  it("does not count a viewer that asks for the same absent host again and again", async () => {
    for (let count = 0; count < 100; count += 1) await throttle.missedRoom(ADDRESS, "7316");
    expect(await throttle.mayJoin(ADDRESS)).toBe(true);
  });
});
