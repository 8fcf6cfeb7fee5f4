import type { Rect } from "../../protocol/geometry.ts";

/** What is nearer than this may belong together. */
const APART_PX = 64;

/** Those that are near each other, by any chain of others. */
export function clusters(rects: readonly Rect[]): Rect[][] {
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
