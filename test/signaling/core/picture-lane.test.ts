import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PictureLane } from "../../../signaling/core/picture-lane.ts";

const MAX = 100;

function lane() {
  const settled: string[] = [];
  const waiting = new PictureLane(MAX);
  const push = (name: number, bytes: number, connectionBytes = 0) =>
    waiting.push(
      {
        record: new Uint8Array(bytes).fill(name),
        settled: (passedOn) => settled.push(`${name} ${passedOn ? "passed on" : "dropped"}`),
      },
      connectionBytes,
    );
  return { waiting, settled, push };
}

describe("pictures that wait for a viewer's connection", () => {
  it("leave in the order they came, as the connection has room", () => {
    const { waiting, push } = lane();
    push(1, 40);
    push(2, 40);
    expect(waiting.nextBytes(0)).toBe(40);
    expect(waiting.shift()?.record[0]).toBe(1);
    expect(waiting.nextBytes(60)).toBe(40);
    expect(waiting.nextBytes(61)).toBeUndefined();
    expect(waiting.shift()?.record[0]).toBe(2);
    expect(waiting.nextBytes(0)).toBeUndefined();
  });

  it("are dropped from the oldest on, and their host hears of it", () => {
    const { waiting, settled, push } = lane();
    for (const name of [1, 2, 3]) push(name, 40);
    expect(settled).toEqual(["1 dropped"]);
    push(4, 10, 50);
    expect(settled).toEqual(["1 dropped", "2 dropped"]);
    expect([waiting.shift(), waiting.shift()].map((one) => one?.record[0])).toEqual([3, 4]);
  });

  it("count together with what the connection still has to send", () => {
    const { settled, push } = lane();
    push(1, 40, 20);
    push(2, 40, 20);
    expect(settled).toEqual([]);
    push(3, 1, 20);
    expect(settled).toEqual(["1 dropped"]);
  });

  it("keep the newest whatever waits before it: only by that does the viewer learn of a gap", () => {
    const { waiting, push } = lane();
    push(1, 40, 5000);
    push(2, 40, 5000);
    expect(waiting.nextBytes(5000)).toBeUndefined();
    expect(waiting.nextBytes(0)).toBe(40);
    expect(waiting.shift()?.record[0]).toBe(2);
  });

  it("never take more than the limit and one picture, and never change places", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 150 }), fc.boolean()));
    fc.assert(
      fc.property(steps, (all) => {
        const { waiting, push } = lane();
        let last = -1;
        for (const [index, [bytes, connectionBytes, takes]] of all.entries()) {
          push(index % 256, bytes, connectionBytes);
          expect(waiting.waitingBytes).toBeLessThanOrEqual(Math.max(MAX - connectionBytes, bytes));
          if (!takes) continue;
          const name = waiting.shift()?.record[0] ?? -1;
          if (all.length <= 256) expect(name).toBeGreaterThan(last);
          last = name;
        }
      }),
    );
  });
});
