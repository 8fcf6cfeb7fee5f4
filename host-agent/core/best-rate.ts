/** A rate counts for ten rounds; where rounds are short, for half a second. */
const ROUNDS = 10;
const LEAST_MS = 500;

/** The best delivery rate of the last rounds: what the path carries, as far as it was asked to. */
export class BestRate {
  /** Best first, and each younger than the one before. */
  private readonly rates: { readonly round: number; readonly atMs: number; readonly bytesPerMs: number }[] = [];

  /** 0 while nothing is known. */
  get bytesPerMs(): number {
    return this.rates[0]?.bytesPerMs ?? 0;
  }

  add(bytesPerMs: number, round: number, nowMs: number): void {
    const { rates } = this;
    // What is neither newer nor better than this can never count again.
    while ((rates.at(-1)?.bytesPerMs ?? Number.POSITIVE_INFINITY) <= bytesPerMs) rates.pop();
    rates.push({ round, atMs: nowMs, bytesPerMs });
    for (let best = rates[0]; best !== undefined; best = rates[0]) {
      if (best.round > round - ROUNDS || best.atMs > nowMs - LEAST_MS) break;
      rates.shift();
    }
  }

  forget(): void {
    this.rates.length = 0;
  }

  forgetAllButLatest(): void {
    this.rates.splice(0, this.rates.length - 1);
  }
}
