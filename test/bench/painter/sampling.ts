/** CLOCK_MONOTONIC in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const SAMPLE_PERIOD_MS = 0.5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

const sleep = (ms: number) => void Atomics.wait(sleeper, 0, 0, ms);

/**
 * Calls `look` about twice a millisecond until it says true or the time has come. It holds the thread: timers of Node
 * are a millisecond apart at best, and this process has nothing else to do meanwhile.
 * @returns whether it said true
 */
export function watchUntil(endMs: number, look: (nowMs: number) => boolean, periodMs = SAMPLE_PERIOD_MS): boolean {
  for (;;) {
    const nowMs = monotonicMs();
    if (look(nowMs)) return true;
    if (nowMs >= endMs) return false;
    sleep(Math.min(periodMs, endMs - nowMs));
  }
}

/** The same, and what comes in on sockets meanwhile is dealt with. */
export async function watchAndListenUntil(endMs: number, look: (nowMs: number) => boolean): Promise<boolean> {
  for (;;) {
    await socketsHadTheirTurn();
    const nowMs = monotonicMs();
    if (look(nowMs)) return true;
    if (nowMs >= endMs) return false;
    sleep(Math.min(SAMPLE_PERIOD_MS, endMs - nowMs));
  }
}

export const socketsHadTheirTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
