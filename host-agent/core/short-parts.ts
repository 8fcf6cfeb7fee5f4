import { areaOf, type Rect } from "../../protocol/geometry.ts";
import type { Region } from "./region.ts";

/** A letter, a line, a button: a few hundred bytes, where a picture takes many thousand. */
const SHORT_PX = 8192;
/** What is closer to something large than this may be a part of it, and is painted together with it. */
const APART_PX = 64;

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

/** Those that are near each other, by any chain of others. */
function clusters(rects: readonly Rect[]): Rect[][] {
  let found: Rect[][] = [];
  for (const rect of rects) {
    const near = found.filter((cluster) => cluster.some((other) => areNear(rect, other)));
    found = [...found.filter((cluster) => !near.includes(cluster)), [...near.flat(), rect]];
  }
  return found;
}

function areNear(a: Rect, b: Rect): boolean {
  const apartX = Math.max(a.x - (b.x + b.width), b.x - (a.x + a.width));
  const apartY = Math.max(a.y - (b.y + b.height), b.y - (a.y + a.height));
  return Math.max(apartX, apartY) < APART_PX;
}
