import sharp from "sharp";
import { expect, test } from "vitest";
import { cursorShapeOf, straightAlpha } from "../../../host-agent/capture/x11/cursor-image.ts";

const cursor = (side: number, pixel: readonly number[], hotspot: number) => ({
  width: side,
  height: side,
  xhot: hotspot,
  yhot: hotspot,
  cursorSerial: 1,
  cursorImage: Buffer.from(Array.from({ length: side * side }, () => pixel).flat()),
});

test("premultiplied BGRA becomes straight RGBA", () => {
  // Half-transparent orange (255, 128, 0), as XFIXES stores it: each colour times alpha.
  expect([...straightAlpha(Uint8Array.of(0, 64, 128, 128))]).toEqual([255, 128, 0, 128]);
  expect([...straightAlpha(Uint8Array.of(10, 20, 30, 255))]).toEqual([30, 20, 10, 255]);
  expect([...straightAlpha(Uint8Array.of(9, 9, 9, 0))]).toEqual([0, 0, 0, 0]);
});

test("a cursor comes out of the PNG as it went in", async () => {
  const shape = await cursorShapeOf(cursor(16, [0, 64, 128, 128], 3));
  if (!shape.visible) throw new Error("hidden");
  expect(shape).toMatchObject({ size: { width: 16, height: 16 }, hotspot: { x: 3, y: 3 } });
  const { data } = await sharp(shape.png).raw().toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 4)]).toEqual([255, 128, 0, 128]);
});

test("a cursor over 128 pixels is made smaller, with its hotspot", async () => {
  const shape = await cursorShapeOf(cursor(256, [0, 0, 255, 255], 255));
  if (!shape.visible) throw new Error("hidden");
  expect(shape).toMatchObject({ size: { width: 128, height: 128 }, hotspot: { x: 127, y: 127 } });
  expect(await sharp(shape.png).metadata()).toMatchObject({ width: 128, height: 128 });
});

test("a cursor without any visible pixel is hidden", async () => {
  expect(await cursorShapeOf(cursor(8, [0, 0, 0, 0], 0))).toEqual({ kind: "cursor-shape", visible: false });
  expect(await cursorShapeOf(cursor(0, [], 0))).toEqual({ kind: "cursor-shape", visible: false });
});
