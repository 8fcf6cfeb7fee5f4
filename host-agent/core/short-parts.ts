import { areaOf, type Rect } from "../../protocol/geometry.ts";
import { clusters } from "./clusters.ts";
import type { Region } from "./region.ts";

/** A letter, a line, a button: a few hundred bytes, where a picture takes many thousand. */
const SHORT_PX = 8192;

/**
 * Which of some rectangles are short, also together with what is near them, and no part of what is large or moves: somebody
 * types beside a film. They can be shown by themselves, and sooner, and nobody sees that they came apart.
 * @param moving what goes on changing all the time (steady-motion.ts)
 */
export function shortParts(rects: readonly Rect[], moving: Region): Rect[] {
  const short: Rect[] = [];
  const resting = rects.filter((rect) => moving.within(rect).isEmpty);
  for (const cluster of clusters(resting)) {
    if (cluster.reduce((sum, rect) => sum + areaOf(rect), 0) <= SHORT_PX) short.push(...cluster);
  }
  return short;
}
