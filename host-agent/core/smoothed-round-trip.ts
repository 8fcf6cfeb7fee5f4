/** The round trip of a path, smoothed, with how far it strays (RFC 9002, section 5.3). */
export class SmoothedRoundTrip {
  private smoothedMs: number;
  private deviationMs: number;
  private newestMs: number;
  private shortest = Number.POSITIVE_INFINITY;

  /** @param guessMs stands until the first one is measured */
  constructor(guessMs: number) {
    this.smoothedMs = guessMs;
    this.deviationMs = guessMs / 2;
    this.newestMs = guessMs;
  }

  measured(roundTripMs: number): void {
    this.newestMs = roundTripMs;
    if (this.shortest === Number.POSITIVE_INFINITY) {
      this.smoothedMs = roundTripMs;
      this.deviationMs = roundTripMs / 2;
    } else {
      this.deviationMs += (Math.abs(this.smoothedMs - roundTripMs) - this.deviationMs) / 4;
      this.smoothedMs += (roundTripMs - this.smoothedMs) / 8;
    }
    this.shortest = Math.min(this.shortest, roundTripMs);
  }

  /** Infinity: none was measured. */
  get shortestMs(): number {
    return this.shortest;
  }

  /** The longer of what it usually is and what it was last. */
  get usualMs(): number {
    return Math.max(this.smoothedMs, this.newestMs);
  }

  /** An answer that takes longer is unlikely to come; at least two usual ones. */
  get longestMs(): number {
    return Math.max(2 * this.smoothedMs, this.smoothedMs + 4 * this.deviationMs);
  }
}
