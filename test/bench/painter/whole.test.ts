import { expect, test } from "vitest";

import { blocksWithin } from "./whole.ts";

test("blocks fill the display within its margins, and none reaches beyond", () => {
  const margin = { x: 144, y: 140 };
  const blocks = blocksWithin({ width: 1920, height: 1080 }, margin);
  expect(blocks.length).toBe(25 * 12);
  expect(blocks[0]).toEqual({ x: 144, y: 140, width: 64, height: 64 });
  expect(blocks.at(-1)).toEqual({ x: 144 + 24 * 64, y: 140 + 11 * 64, width: 64, height: 64 });
});
