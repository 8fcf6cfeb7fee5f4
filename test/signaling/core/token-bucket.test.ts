import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../../signaling/core/token-bucket.ts";

describe("an allowance of 50 a second with bursts of 100", () => {
  it("lets a burst through, then no more until time has passed", () => {
    const bucket = new TokenBucket(50, 100, 0);
    for (let count = 0; count < 100; count += 1) expect(bucket.take(1, 0)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 19)).toBe(false);
    expect(bucket.take(1, 20)).toBe(true);
    expect(bucket.take(1, 20)).toBe(false);
  });

  it("never saves up more than the burst", () => {
    const bucket = new TokenBucket(50, 100, 0);
    expect(bucket.take(101, 3_600_000)).toBe(false);
    expect(bucket.take(100, 3_600_000)).toBe(true);
  });

  it("is not emptied by a clock that steps back", () => {
    const bucket = new TokenBucket(50, 100, 10_000);
    expect(bucket.take(100, 0)).toBe(true);
    expect(bucket.take(50, 1_000)).toBe(true);
  });
});
