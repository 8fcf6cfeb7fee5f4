import { expect, test } from "vitest";

import { UpdateWatch } from "./update-watch.ts";

const showing =
  (...numbers: number[]) =>
  (number: number) =>
    numbers.includes(number);

test("each update is timed from when it was painted to when it was first seen", () => {
  const watch = new UpdateWatch();
  watch.painted(100);
  expect(watch.look(104, showing())).toBeUndefined();
  expect(watch.isWaiting).toBe(true);
  expect(watch.look(107, showing(0))).toBe(0);
  watch.painted(133);
  expect(watch.look(135, showing(0)), "the old one again").toBeUndefined();
  expect(watch.look(143, showing(1))).toBe(1);
  expect(watch.latenciesMs).toEqual([7, 10]);
  expect([watch.delivered, watch.neverSeen, watch.isWaiting, watch.lastPaintedMs]).toEqual([2, 0, false, 133]);
});

test("a skipped update is as late as the one that was seen instead, and was not delivered", () => {
  const watch = new UpdateWatch();
  for (const atMs of [0, 33, 66]) watch.painted(atMs);
  expect(watch.look(70, showing(1))).toBe(1);
  expect(watch.latenciesMs).toEqual([70, 37]);
  expect([watch.delivered, watch.neverSeen]).toEqual([1, 1]);
});

test("what comes after the newest is not seen: nothing can have been painted that is not known yet", () => {
  const watch = new UpdateWatch();
  watch.painted(0);
  expect(watch.look(5, showing(1))).toBeUndefined();
});
