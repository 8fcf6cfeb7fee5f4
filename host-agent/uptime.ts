import { uptime } from "node:os";

/**
 * How long this machine has been up, ms. Linux counts sleep in (CLOCK_BOOTTIME) as its monotonic clock, by which Node's
 * timers and `performance.now` go, does not; and no one who sets the time of day moves it.
 */
export const uptimeMs = (): number => uptime() * 1_000;
