/** Before the second try. The first is made at once: most losses are over by then. */
const FIRST_WAIT_MS = 500;
/** Longer waits would be felt after the network is back; shorter ones meet the server's limits. */
const LONGEST_WAIT_MS = 5_000;
/**
 * The server allows five joins of unknown rooms a minute before it blocks the address for a quarter of an hour, and
 * a room whose host is away looks unknown. A minute with waits of at least this long stays below.
 */
const ABSENT_HOST_WAIT_MS = 14_000;

export type LastTry = "failed" | "host-absent";

/**
 * How long to wait before try number `tries + 1`, ms.
 * Doubles, and half of it is chance, so that the viewers of a restarted server do not all return together.
 * @param random a number in 0..1, exclusive
 */
export function backOffMs(tries: number, last: LastTry, random: number): number {
  if (tries === 0) return 0;
  if (last === "host-absent") return ABSENT_HOST_WAIT_MS * (1 + random / 4);
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
  return longest * (0.5 + random / 2);
}
