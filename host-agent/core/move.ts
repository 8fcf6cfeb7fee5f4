import type { Point, Rect } from "../../protocol/geometry.ts";
import { intersectionOf, shifted } from "./rect.ts";
import type { Region } from "./region.ts";

/** What lies at `from` now lies at `to` as well, pixel for pixel; both are inside the display and may overlap. */
export type Move = { readonly to: Rect; readonly from: Point };

const sourceOf = ({ to, from }: Move): Rect => ({
  x: from.x,
  y: from.y,
  width: to.width,
  height: to.height,
});

/** Pixels that have some quality, after the move: those at `to` have it where their source had it. */
export function followed(region: Region, move: Move): Region {
  return region.without(move.to).union(carried(region, move));
}

/** Of the pixels of a region, those that a move brings to `to`, there. */
export function carried(region: Region, move: Move): Region {
  return region.within(sourceOf(move)).shifted(move.to.x - move.from.x, move.to.y - move.from.y);
}

/**
 * The part of the second move whose pixels the first one had brought, and where from before that, as one move;
 * undefined when there is none.
 */
export function composed(first: Move, second: Move): { readonly last: Move; readonly whole: Move } | undefined {
  const brought = intersectionOf(first.to, sourceOf(second));
  if (brought === undefined) return undefined;
  const to = shifted(brought, second.to.x - second.from.x, second.to.y - second.from.y);
  const from = { x: brought.x - first.to.x + first.from.x, y: brought.y - first.to.y + first.from.y };
  return { last: { to, from: { x: brought.x, y: brought.y } }, whole: { to, from } };
}
