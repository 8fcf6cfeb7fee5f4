/** How long something took in each of several runs. */
export class Spans {
  private readonly tookMs: number[] = [];
  private readonly what: string;

  constructor(what: string) {
    this.what = what;
  }

  add(tookMs: number): void {
    this.tookMs.push(tookMs);
  }

  get count(): number {
    return this.tookMs.length;
  }

  within(limitMs: number): number {
    return this.tookMs.filter((ms) => ms <= limitMs).length;
  }

  /** One line for whoever reads the run: how many, middle, 95 of 100, longest. */
  tell(): void {
    const sorted = this.tookMs.toSorted((a, b) => a - b);
    const share = (part: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
    const figures = `${this.count} runs, p50 ${share(0.5)} ms, p95 ${share(0.95)} ms, max ${share(1)} ms`;
    process.stdout.write(`${this.what}: ${figures}\n`);
  }
}
