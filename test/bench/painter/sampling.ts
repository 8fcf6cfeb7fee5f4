/** CLOCK_MONOTONIC in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const SAMPLE_PERIOD_MS = 0.5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Calls `look` about twice a millisecond until it says true or the time has come. It holds the thread: timers of Node
 * are a millisecond apart at best, and this process has nothing else to do meanwhile.
 */
export function watchUntil(endMs: number, look: (nowMs: number) => boolean): void {
  for (;;) {
    const nowMs = monotonicMs();
    if (look(nowMs) || nowMs >= endMs) return;
    Atomics.wait(sleeper, 0, 0, Math.min(SAMPLE_PERIOD_MS, endMs - nowMs));
  }
}
