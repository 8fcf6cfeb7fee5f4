/**
 * Keeps work from holding up the event loop: input and acknowledgements wait for it no longer than about `limitMs`
 * plus one piece of work, however many callers share it.
 */
export class TurnBudget {
  private readonly limitMs: number;
  private spentMs = 0;
  private over: Promise<void> | undefined;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  /** Whether this turn of the event loop still has time. */
  get hasTime(): boolean {
    return this.spentMs < this.limitMs;
  }

  spend<T>(work: () => T): T {
    const startMs = performance.now();
    const result = work();
    this.spentMs += performance.now() - startMs;
    void this.turnOver();
    return result;
  }

  /** Resolves in a turn that has time. At once, when this one does. */
  async waitForTime(): Promise<void> {
    // Of several who wait, the first may use the next turn up.
    while (!this.hasTime) await this.turnOver();
  }

  private turnOver(): Promise<void> {
    this.over ??= new Promise((resolve) => {
      setImmediate(() => {
        this.over = undefined;
        this.spentMs = 0;
        resolve();
      });
    });
    return this.over;
  }
}
