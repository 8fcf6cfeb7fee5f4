import { ROOM_GRACE_MS } from "../../protocol/signaling.ts";

/** Before the second try. The first is made at once: most losses are over by then. */
const FIRST_WAIT_MS = 500;
/** Longer waits would be felt after the network is back; shorter ones meet the server's limits. */
const LONGEST_WAIT_MS = 5_000;
/** Nobody is expected back soon: whoever else comes from this address gets its share of the server's 20 joins a minute. */
const SLOW_WAIT_MS = 14_000;

/**
 * What came of the last try. A room that is unknown is also one whose host is away, because it or the server was started
 * again; `forMs`: for how long it has looked so, without a break.
 */
export type LastTry =
  | { readonly kind: "failed" }
  | { readonly kind: "host-absent"; readonly forMs: number }
  | { readonly kind: "too-many" };

/**
 * How long to wait before try number `tries + 1`, ms.
 * Doubles, and half of it is chance, so that the viewers of a restarted server do not all return together.
 * @param random a number in 0..1, exclusive
 */
export function backOffMs(tries: number, last: LastTry, random: number): number {
  if (tries === 0) return 0;
  if (isSlow(last)) return SLOW_WAIT_MS * (1 + random / 4);
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
  return longest * (0.5 + random / 2);
}

function isSlow(last: LastTry): boolean {
  switch (last.kind) {
    case "failed":
      return false;
    case "host-absent":
      // So long the server keeps the room for it.
      return last.forMs >= ROOM_GRACE_MS;
    case "too-many":
      return true;
  }
}

/** Remembers since when each try has found no host in the room. */
export class HostAbsence {
  private sinceMs: number | undefined;

  after(kind: LastTry["kind"], nowMs: number): LastTry {
    if (kind === "host-absent") {
      this.sinceMs ??= nowMs;
      return { kind, forMs: nowMs - this.sinceMs };
    }
    // Being sent away for one's many tries says nothing about the host.
    if (kind === "failed") this.sinceMs = undefined;
    return { kind };
  }
}
