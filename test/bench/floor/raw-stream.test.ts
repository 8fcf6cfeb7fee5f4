import { expect, test } from "vitest";

import { around, toRgba } from "./raw-stream.ts";

test("a rectangle around two holds both and nothing beyond their edges", () => {
  const [a, b] = [
    { x: 10, y: 40, width: 5, height: 5 },
    { x: 2, y: 42, width: 9, height: 20 },
  ];
  expect(around(a, b)).toEqual({ x: 2, y: 40, width: 13, height: 22 });
  expect(around(b, a)).toEqual(around(a, b));
});

test("blue, green, red, unused become red, green, blue, opaque, wherever they lie in memory", () => {
  const bgrx = [0x33, 0x22, 0x11, 0, 0xff, 0xfe, 0xfd, 0x7f];
  for (const offset of [0, 1]) {
    const memory = new Uint8Array(16);
    memory.set(bgrx, offset);
    const rgba = new Uint32Array(2);
    toRgba(memory.subarray(offset, offset + 8), rgba);
    expect([...new Uint8Array(rgba.buffer)]).toEqual([0x11, 0x22, 0x33, 0xff, 0xfd, 0xfe, 0xff, 0xff]);
  }
});
