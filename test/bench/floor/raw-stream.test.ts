import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";

import { PaintableCapture } from "../../support/paintable-capture.ts";
import { around, RawStream, toRgba } from "./raw-stream.ts";

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

test("what changes while the page still draws is sent together, once, when it has drawn", async () => {
  const capture = new PaintableCapture({ width: 8, height: 4 });
  const socket = new PassThrough();
  const stream = new RawStream(capture, socket);
  const ignore = () => undefined;
  const damaged = stream.damaged.bind(stream);
  capture.watch({
    damaged,
    changedSomewhere: stream.changedSomewhere.bind(stream),
    resized: ignore,
    cursorShape: ignore,
    cursorMoved: ignore,
    lost: ignore,
  });
  const [, , ...whole] = await sentOf(socket, 4 + 136);
  expect(whole.slice(0, 10), "length, then x, y, width, height").toEqual([0, 136, 0, 0, 0, 0, 8, 0, 4, 0]);
  capture.paint({ x: 1, y: 1, width: 1, height: 1 }, () => 0x102030);
  capture.paint({ x: 2, y: 1, width: 1, height: 1 }, () => 0x405060);
  await setImmediate();
  expect([socket.readableLength, capture.grabs], "nothing before it is drawn").toEqual([0, 1]);
  stream.drawn();
  const pixels = [0x10, 0x20, 0x30, 0xff, 0x40, 0x50, 0x60, 0xff];
  expect(await sentOf(socket, 18)).toEqual([0x82, 16, 1, 0, 1, 0, 2, 0, 1, 0, ...pixels]);
  capture.paint({ x: 1, y: 3, width: 1, height: 1 }, () => 0x708090);
  capture.onGrab = () => capture.paint({ x: 2, y: 3, width: 1, height: 1 }, () => 0xa0b0c0);
  stream.drawn();
  expect(await sentOf(socket, 14)).toEqual([0x82, 12, 1, 0, 3, 0, 1, 0, 1, 0, 0x70, 0x80, 0x90, 0xff]);
  capture.onGrab = () => undefined;
  stream.drawn();
  expect(await sentOf(socket, 14), "painted when it was read").toEqual([
    ...[0x82, 12, 2, 0, 3, 0, 1, 0, 1, 0],
    ...[0xa0, 0xb0, 0xc0, 0xff],
  ]);
  stream.drawn();
  await setImmediate();
  expect(capture.grabs, "nothing is left").toBe(4);
});

/** The next bytes on a stream, as soon as there are so many. */
async function sentOf(socket: PassThrough, bytes: number): Promise<number[]> {
  while (socket.readableLength < bytes) await once(socket, "readable");
  return [...socket.read(bytes)];
}
