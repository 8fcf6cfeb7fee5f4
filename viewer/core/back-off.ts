import { ROOM_GRACE_MS } from "../../protocol/signaling.ts";

/** Before the second try. The first is made at once: most losses are over by then. */
const FIRST_WAIT_MS = 500;
/** Longer waits would be felt after the network is back; shorter ones meet the server's limits. */
const LONGEST_WAIT_MS = 5_000;
/** Nobody is expected back soon: whoever else comes from this address gets its share of the server's 20 joins a minute. */
const SLOW_WAIT_MS = 14_000;

/**
 * What came of the last try. A room that is unknown is also one whose host is away, because it or the server was started
 * again.
 */
export type LastTry = "failed" | "host-absent" | "too-many";

/**
 * How long to wait before try number `tries + 1`, ms.
 * Doubles, and half of it is chance, so that the viewers of a restarted server do not all return together.
 * @param random a number in 0..1, exclusive
 */
export function backOffMs(tries: number, random: number): number {
  if (tries === 0) return 0;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
  return longest * (0.5 + random / 2);
}

/** The waits between many tries, which grow rarer once nobody is expected back soon. */
export class BackOff {
  private tries = 0;
  /** Since when each try has found no host in the room. */
  private absentSinceMs: number | undefined;

  /**
   * How long to wait before the next try, ms.
   * @param random as for `backOffMs`
   */
  after(last: LastTry, nowMs: number, random: number): number {
    const isSlow = this.isSlow(last, nowMs);
    const tries = this.tries++;
    return isSlow && tries > 0 ? SLOW_WAIT_MS * (1 + random / 4) : backOffMs(tries, random);
  }

  private isSlow(last: LastTry, nowMs: number): boolean {
    switch (last) {
      case "failed":
        this.absentSinceMs = undefined;
        return false;
      case "host-absent":
        this.absentSinceMs ??= nowMs;
        // So long the server keeps the room for it.
        return nowMs - this.absentSinceMs >= ROOM_GRACE_MS;
      case "too-many":
        // Being sent away for one's many tries says nothing about the host.
        return true;
    }
  }
}
