/**
 * How many answers each source gets within a window of time, and all together: for datagrams, whose sender anybody can
 * forge. What is remembered is bounded by the second figure and forgotten with the window.
 */
export class SourceWindow {
  private readonly windowMs: number;
  private readonly perSource: number;
  private readonly inAll: number;
  private readonly taken = new Map<string, number>();
  private total = 0;
  private sinceMs = Number.NEGATIVE_INFINITY;

  constructor(limits: { readonly windowMs: number; readonly perSource: number; readonly inAll: number }) {
    this.windowMs = limits.windowMs;
    this.perSource = limits.perSource;
    this.inAll = limits.inAll;
  }

  take(source: string, nowMs: number): boolean {
    if (nowMs - this.sinceMs >= this.windowMs) {
      this.taken.clear();
      this.total = 0;
      this.sinceMs = nowMs;
    }
    const taken = this.taken.get(source) ?? 0;
    if (taken >= this.perSource || this.total >= this.inAll) return false;
    this.taken.set(source, taken + 1);
    this.total += 1;
    return true;
  }

  /** How many sources are remembered. */
  get sources(): number {
    return this.taken.size;
  }
}
