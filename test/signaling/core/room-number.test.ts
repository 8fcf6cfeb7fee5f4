import { describe, expect, it } from "vitest";
import { ROOM_NUMBER_PATTERN, roomNumbers } from "../../../signaling/core/room-number.ts";

describe("numbers for a new room", () => {
  it("are four digits first, then five, then six, and come to an end", () => {
    const lengths = [...roomNumbers(() => 0)].map((number) => number.length);
    expect(lengths).toEqual([...Array<number>(8).fill(4), ...Array<number>(8).fill(5), ...Array<number>(8).fill(6)]);
  });

  it("never begin with a zero, from the lowest to the highest draw", () => {
    for (const draw of [() => 0, (limit: number) => limit - 1, (limit: number) => Math.floor(limit / 2)]) {
      for (const number of roomNumbers(draw)) expect(number).toMatch(ROOM_NUMBER_PATTERN);
    }
    expect(roomNumbers(() => 0).next().value).toBe("1000");
    expect(roomNumbers((limit) => limit - 1).next().value).toBe("9999");
  });
});
