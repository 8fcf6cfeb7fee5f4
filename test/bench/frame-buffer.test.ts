import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

import { openPaintedWindow } from "../support/painted-window.ts";
import { startXServer } from "../support/x-server.ts";
import { FrameBuffer, frameBufferArguments, psnrDb } from "./frame-buffer.ts";

test("what a client has painted is at once in the frame buffer, at its place and in its colour", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deskbeam-frame-buffer-"));
  const server = await startXServer({ width: 320, height: 200, extraArguments: frameBufferArguments(folder) });
  try {
    const window = await openPaintedWindow(server.display, { x: 100, y: 50, width: 80, height: 60 }, 0x102030);
    const shown = new FrameBuffer(folder);
    expect([shown.width, shown.height]).toEqual([320, 200]);
    await window.fill({ x: 1, y: 2, width: 3, height: 4 }, 0xfa6432);
    const corner = shown.read({ x: 100, y: 51, width: 2, height: 2 });
    expect([...corner].filter((_, at) => at % 4 !== 3)).toEqual([
      ...[0x30, 0x20, 0x10, 0x30, 0x20, 0x10],
      ...[0x30, 0x20, 0x10, 0x32, 0x64, 0xfa],
    ]);
    shown.close();
    await window.close();
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("PSNR: 99 for the same pictures, 48.1 dB where every value is off by one, the fourth byte does not count", () => {
  const picture = Uint8Array.from([10, 20, 30, 0, 40, 50, 60, 0]);
  expect(psnrDb(picture, Uint8Array.from([10, 20, 30, 255, 40, 50, 60, 7]))).toBe(99);
  expect(psnrDb(picture, Uint8Array.from([11, 19, 31, 0, 41, 49, 61, 0]))).toBeCloseTo(48.13, 2);
});
