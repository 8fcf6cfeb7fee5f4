import { expect, test } from "vitest";

import { soakTable } from "./soak.ts";

const held = (minute: number, hostBytes: number, delivered: number) => ({
  minute,
  hostBytes,
  viewerBytes: 400e6,
  pageHeapBytes: 2.5e6,
  delivered,
  painted: minute === 0 ? 0 : 1818,
});

test("growth counts from the end of the first minute: what is made ready for a film is none", () => {
  const lines = soakTable([held(0, 100e6, 0), held(1, 130e6, 1810), held(2, 131.5e6, 1818)]).split("\n");
  expect(lines.slice(2)).toEqual([
    "| 0 | 100.0 | 400.0 | 2.5 | – |",
    "| 1 | 130.0 | 400.0 | 2.5 | 1810 of 1818 |",
    "| 2 | 131.5 | 400.0 | 2.5 | 1818 of 1818 |",
    "| since 1 | 1.5 | 0.0 | 0.0 |  |",
  ]);
});

test("after one minute nothing can be said of growth", () => {
  expect(soakTable([held(0, 100e6, 0), held(1, 130e6, 1818)])).not.toContain("since");
});
