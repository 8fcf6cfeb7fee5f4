import type { Rect, Size } from "../../../protocol/geometry.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { meanDifference, TOLERANCE } from "./likeness.ts";
import type { Displays } from "./play.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";

const BLOCK_PX = 64;
/** Of a block's rows: looking at all of them would take longer than some of what is measured. */
const ROW_STEP = 8;
const BYTES_PER_PIXEL = 4;

/**
 * Waits until the viewer's display shows, all over, nearly what the shared one does.
 * @param margin viewers keep their controls at the edges, over the picture
 */
export function whole(
  { shared, viewer }: Displays,
  margin: { readonly x: number; readonly y: number },
  limitMs: number,
): { readonly seenAtMs?: number } {
  const blocks = blocksWithin(shared, margin).map((block) => ({ block, wanted: sampled(shared, block) }));
  let nth = 0;
  // Goes on at the block that was wrong the last time: what has come once stays.
  const isWhole = () => {
    for (let one = blocks[nth]; one !== undefined; one = blocks[nth]) {
      if (meanDifference(sampled(viewer, one.block), one.wanted) > TOLERANCE) return false;
      nth += 1;
    }
    return true;
  };
  return watchUntil(monotonicMs() + limitMs, isWhole) ? { seenAtMs: monotonicMs() } : {};
}

/** Whole blocks in reading order; what is left over at the right and below is not looked at. */
export function blocksWithin(display: Size, margin: { readonly x: number; readonly y: number }): Rect[] {
  const blocks: Rect[] = [];
  for (let y = margin.y; y + BLOCK_PX <= display.height - margin.y; y += BLOCK_PX) {
    for (let x = margin.x; x + BLOCK_PX <= display.width - margin.x; x += BLOCK_PX) {
      blocks.push({ x, y, width: BLOCK_PX, height: BLOCK_PX });
    }
  }
  return blocks;
}

function sampled(display: FrameBuffer, { x, y, width, height }: Rect): Buffer {
  const rowBytes = width * BYTES_PER_PIXEL;
  const pixels = Buffer.allocUnsafe((rowBytes * height) / ROW_STEP);
  for (let row = 0; row * rowBytes < pixels.length; row += 1) {
    display.readRow(x, y + row * ROW_STEP, pixels.subarray(row * rowBytes, (row + 1) * rowBytes));
  }
  return pixels;
}
