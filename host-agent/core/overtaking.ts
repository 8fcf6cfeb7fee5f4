import type { Rect } from "../../protocol/geometry.ts";
import { overlaps } from "./rect.ts";

/** An update that was handed to a pipe. */
export type InLine = {
  readonly rects: readonly Rect[];
  /** It copies what was before it, or refers to it: it must find there what the host believes. */
  readonly refers: boolean;
  /** At least so much of it had to wait in front of the pipe when it was handed over; 0: all had left at once. */
  readonly waitedBytes: number;
  /** It overtook others itself: what comes later does not pass it. */
  readonly overtakes: number;
};

/**
 * Before how many of the newest updates a short one may go at most. They may still wait here, wholly or in part, and it makes
 * no difference to the picture which is painted first; else none, and it takes its turn.
 * @param line in the order in which they arrive
 * @param unsentBytes what waits in front of the pipe now, and has not left it
 */
export function overtaken(short: readonly Rect[], line: readonly InLine[], unsentBytes: number): number {
  let count = 0;
  let leftBytes = unsentBytes;
  for (const one of line.toReversed()) {
    if (leftBytes <= 0 || one.waitedBytes === 0 || one.overtakes > 0) break;
    if (one.refers || one.rects.some((rect) => short.some((other) => overlaps(rect, other)))) return 0;
    leftBytes -= one.waitedBytes;
    count += 1;
  }
  return count;
}
