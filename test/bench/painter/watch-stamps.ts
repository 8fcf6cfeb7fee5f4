import type { Point } from "../../../protocol/geometry.ts";
import { stampAt } from "./drawn-stamp.ts";
import type { Displays } from "./play.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";
import { UpdateWatch } from "./update-watch.ts";

/** Watches both displays for the numbers that somebody else paints at this place of the shared one. */
export function watchStamps({ shared, viewer }: Displays, at: Point, forMs: number) {
  const watch = new UpdateWatch();
  const painted: number[] = [];
  let newest = stampAt(shared, at);
  watchUntil(monotonicMs() + forMs, (nowMs) => {
    const number = stampAt(shared, at);
    if (number !== undefined && number !== newest) {
      newest = number;
      painted.push(number);
      watch.painted(nowMs);
    }
    const shown = stampAt(viewer, at);
    if (shown !== undefined) watch.look(nowMs, (nth) => painted[nth] === shown);
    return false;
  });
  const { delivered, neverSeen, latenciesMs, lastPaintedMs } = watch;
  return { painted: painted.length, delivered, neverSeen, latenciesMs, lastPaintedMs };
}
