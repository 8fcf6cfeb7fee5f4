/** Entries that are forgotten a fixed time after they were set. Time is handed in, and rises. */
export class FadingMap<Value> {
  private readonly lifeMs: number;
  /** Oldest first, as a Map keeps them. */
  private readonly entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  constructor(lifeMs: number) {
    this.lifeMs = lifeMs;
  }

  set(key: string, value: Value, nowMs: number): void {
    this.fade(nowMs);
    this.entries.delete(key);
    this.entries.set(key, { value, untilMs: nowMs + this.lifeMs });
  }

  get(key: string, nowMs: number): Value | undefined {
    this.fade(nowMs);
    return this.entries.get(key)?.value;
  }

  private fade(nowMs: number): void {
    for (const [key, { untilMs }] of this.entries) {
      if (untilMs > nowMs) return;
      this.entries.delete(key);
    }
  }
}
