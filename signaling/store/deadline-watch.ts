/** How often overdue rooms are looked for, where there may be some: they live this much longer at most. */
export const LOOK_EVERY_MS = 1_000;

/**
 * Looks each second, one look after the other, as long as there may be something to find. No timer for a deadline itself:
 * it would not notice that the clock was set, or that the machine has slept.
 */
export class DeadlineWatch {
  private readonly look: () => Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(look: () => Promise<void>) {
    this.look = look;
  }

  /** There may be something to find; or, from now on, there is nothing. */
  set(mayFind: boolean): void {
    if (mayFind) {
      this.timer ??= setInterval(() => void this.turn(), LOOK_EVERY_MS);
    } else {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private async turn(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      await this.look();
    } finally {
      this.isLooking = false;
    }
  }
}
