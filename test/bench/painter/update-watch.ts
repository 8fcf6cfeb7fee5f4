/**
 * Turns looks at a display into delays: which updates it has shown, and how long after they were painted. An update that
 * was skipped counts as seen with the first later one, and not as delivered.
 */
export class UpdateWatch {
  /** For each update that was seen, in the order of painting. */
  readonly latenciesMs: number[] = [];
  /** Updates that were seen themselves. */
  delivered = 0;
  private readonly paintedMs: number[] = [];

  painted(atMs: number): void {
    this.paintedMs.push(atMs);
  }

  get lastPaintedMs(): number {
    return this.paintedMs.at(-1) ?? 0;
  }

  get isWaiting(): boolean {
    return this.latenciesMs.length < this.paintedMs.length;
  }

  get neverSeen(): number {
    return this.paintedMs.length - this.latenciesMs.length;
  }

  /**
   * @param isShown asked about updates not yet seen, the newest first
   * @returns the number of an update that is seen for the first time
   */
  look(nowMs: number, isShown: (number: number) => boolean): number | undefined {
    const firstUnseen = this.latenciesMs.length;
    for (let number = this.paintedMs.length - 1; number >= firstUnseen; number -= 1) {
      if (!isShown(number)) continue;
      for (const paintedMs of this.paintedMs.slice(firstUnseen, number + 1)) this.latenciesMs.push(nowMs - paintedMs);
      this.delivered += 1;
      return number;
    }
    return undefined;
  }
}
