import type { Rect } from "../../../protocol/geometry.ts";
import type { FrameBuffer } from "../frame-buffer.ts";

const BYTES_PER_PIXEL = 4;
/** On average, of 255: lossy encodings stay below it, another text or another colour does not. */
export const TOLERANCE = 12;

/** Whether a display shows nearly these pixels (blue, green, red, unused; row after row) in a part of it. */
export function shows(on: FrameBuffer, part: Rect, wanted: Uint8Array): boolean {
  return meanDifference(on.read(part), wanted) <= TOLERANCE;
}

/** Of 0 to 255; the fourth byte of a pixel does not count. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += BYTES_PER_PIXEL) {
    for (let channel = 0; channel < 3; channel += 1) sum += Math.abs((a[at + channel] ?? 0) - (b[at + channel] ?? 0));
  }
  return sum / (3 * (a.length / BYTES_PER_PIXEL));
}
