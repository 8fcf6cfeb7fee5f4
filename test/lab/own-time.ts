import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Linux counts processor time in hundredths of a second on every architecture (USER_HZ). */
const MS_PER_TICK = 10;
/** No limit is stretched to more than four times its length. */
const SMALLEST_SHARE = 1 / 4;

/**
 * Where machines are rented, their processors at times run somebody else's machine ("steal"), and all that takes time
 * takes longer by about that much. A limit in milliseconds is about the product, so it is held against what is left.
 * @returns a look at the share of the time since then, 0 to 1, that the processors were this machine's own
 */
export function startOwnShare(): () => number {
  const [startMs, startStolenMs] = [performance.now(), stolenMs()];
  const processors = cpus().length;
  return () => {
    const passedMs = (performance.now() - startMs) * processors;
    return Math.max(SMALLEST_SHARE, 1 - (stolenMs() - startStolenMs) / passedMs);
  };
}

/**
 * Of all processors together, since the machine started (proc_stat(5): "cpu", then user, nice, system, idle, iowait, irq,
 * softirq, steal).
 */
function stolenMs(): number {
  const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/ +/) ?? [];
  const steal = Number(ticks[7]);
  if (!Number.isFinite(steal)) throw new Error("/proc/stat does not begin with the line of all processors");
  return steal * MS_PER_TICK;
}
