/**
 * Keeps work from holding up the event loop: input and acknowledgements wait for it no longer than about `limitMs`
 * and one piece of work, however many callers share the budget.
 */
export class TurnBudget {
  private readonly limitMs: number;
  private readonly nowMs: () => number;
  private spentMs = 0;
  /** In order of asking. */
  private readonly waiting: (() => void)[] = [];
  private turn: NodeJS.Immediate | undefined;

  constructor(limitMs: number, nowMs: () => number) {
    this.limitMs = limitMs;
    this.nowMs = nowMs;
  }

  /** Whether work may be done in this turn of the event loop; not before those who wait already. */
  get hasTime(): boolean {
    return this.spentMs < this.limitMs && this.waiting.length === 0;
  }

  /** Does the work and counts its time. */
  now<T>(work: () => T): T {
    const startMs = this.nowMs();
    try {
      return work();
    } finally {
      this.spentMs += this.nowMs() - startMs;
      this.awaitTurn();
    }
  }

  /** Does the work in a later turn that has time for it. */
  later<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          // Not for the event loop but for whoever asked.
          reject(error);
        }
      });
      this.awaitTurn();
    });
  }

  private awaitTurn(): void {
    this.turn ??= setImmediate(() => {
      this.turn = undefined;
      this.spentMs = 0;
      while (this.spentMs < this.limitMs) {
        const work = this.waiting.shift();
        if (work === undefined) return;
        this.now(work);
      }
    });
  }
}
