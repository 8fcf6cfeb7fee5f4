const BUNCH_ROUNDS = 5;
/** At most what the path carries in this time: who is away for longer may wait. */
const MAX_BUNCH_MS = 100;

/**
 * Acknowledgements that come in bunches, from a radio that sleeps in between or a program that is busy, say that the path
 * holds more at times than its rate and length explain: without room for that a window would starve. The largest bunch
 * of some rounds (BBR's "extra acked").
 */
export class AckBunches {
  private sinceMs = 0;
  private bytes = 0;
  private current = { round: 0, bytes: 0 };
  private previousBytes = 0;

  /** Of this period of rounds and the one before. */
  get largestBytes(): number {
    return Math.max(this.current.bytes, this.previousBytes);
  }

  /** @param rate what the path carries, in bytes per ms, as far as it is known */
  delivered(newBytes: number, rate: number, round: number, nowMs: number): void {
    if (round - this.current.round >= BUNCH_ROUNDS) {
      this.previousBytes = this.current.bytes;
      this.current = { round, bytes: 0 };
    }
    const expectedBytes = rate * (nowMs - this.sinceMs);
    if (this.bytes <= expectedBytes) {
      this.sinceMs = nowMs;
      this.bytes = newBytes;
      return;
    }
    this.bytes += newBytes;
    this.current.bytes = Math.max(this.current.bytes, Math.min(this.bytes - expectedBytes, rate * MAX_BUNCH_MS));
  }
}
