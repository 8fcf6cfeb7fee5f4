/** JPEG qualities, best first. 0: what the encoders decide by themselves. */
const STEPS = [0, 70, 55, 42, 30, 20] as const;
/** About what a step takes of the bytes of the one before. */
const STEP_BYTES = 0.75;
/** No update takes the path longer: what changes next, a typed character too, waits behind it. */
const UPDATE_MS = 40;
/** What would only just do is not taken back, or quality would go up and down for ever. */
const SPARE = 0.7;
const UP_AFTER_MS = 300;
/** What text takes, exact, and photographs at the best quality; a film takes a tenth to a fifth of it. */
const BEST_BYTES_PER_PX = 0.5;
/** Smaller ones say more about the round trip than about the path. */
const TELLING_BYTES = 6 * 1024;
/** One sample is half chance; ten are half a second ago. */
const NEWEST_SHARE = 0.3;
/** Pictures that waited for a lost packet of one before come all at once, which would make any path quick. */
const MAX_RISE = 2;
/** 200 Mbit/s: all are alike that carry more, and one that is slower from now on is soon believed to be. */
const MAX_BYTES_PER_MS = 25_000;

export type Arrived = {
  readonly bytes: number;
  /** Since when the path was busy with it, and how much it has carried since. */
  readonly carried: { readonly sinceMs: number; readonly bytes: number };
  /** When its last byte was there, as far as its receipt says: without the time that painting took. */
  readonly arrivedMs: number;
  /** The path's own round trip, without any queue, as far as it is known. */
  readonly baseRttMs: number;
};

/**
 * How good moving pictures may be on this path: a film that takes longer to send than to show is sent less sharp, so that it
 * stays a film and nothing waits behind it. What rests is made exact afterwards whatever this says.
 * Times of one clock are handed in.
 */
export class QualityControl {
  private step = 0;
  private bytesPerMs: number | undefined;
  private lastArrivedMs = Number.NEGATIVE_INFINITY;
  /** Updates sent before this were on their way when the step last changed: they say nothing about it. */
  private judgeFromMs = Number.NEGATIVE_INFINITY;
  /** Since when better steps would have done as well, and how many would have done all the time. */
  private easy: { readonly sinceMs: number; readonly steps: number } | undefined;

  /** What the path carries, as far as it has shown. */
  get pathBytesPerMs(): number | undefined {
    return this.bytesPerMs;
  }

  /**
   * What is short for this path also at its best is sent so: a large picture that came before says nothing about a line
   * of text.
   * @param px fresh ones in one update
   * @returns 1..100, or 0 for what the encoders decide
   */
  qualityFor(px: number): number {
    const isShort = this.bytesPerMs !== undefined && px * BEST_BYTES_PER_PX <= UPDATE_MS * this.bytesPerMs;
    return isShort ? STEPS[0] : (STEPS[this.step] ?? STEPS[0]);
  }

  /** An update of fresh pixels has arrived. In the order they were sent. */
  arrived(update: Arrived): void {
    const { bytes, carried, arrivedMs, baseRttMs } = update;
    // How long the path was busy with it: since the one before was there, or since it could have been itself.
    const tookMs = Math.max(1, arrivedMs - Math.max(this.lastArrivedMs, carried.sinceMs + baseRttMs));
    this.lastArrivedMs = arrivedMs;
    if (carried.bytes < TELLING_BYTES) return;
    const fastest = Math.min(MAX_BYTES_PER_MS, MAX_RISE * (this.bytesPerMs ?? MAX_BYTES_PER_MS));
    const sample = Math.min(carried.bytes / tookMs, fastest);
    this.bytesPerMs ??= sample;
    this.bytesPerMs += NEWEST_SHARE * (sample - this.bytesPerMs);
    if (carried.sinceMs >= this.judgeFromMs) this.decide(bytes / this.bytesPerMs, arrivedMs);
  }

  /** Another path: nothing is known about it. */
  begin(): void {
    this.bytesPerMs = undefined;
    this.easy = undefined;
    this.lastArrivedMs = Number.NEGATIVE_INFINITY;
  }

  private decide(updateMs: number, nowMs: number): void {
    if (updateMs > UPDATE_MS) {
      const worse = Math.ceil(stepsBetween(UPDATE_MS, updateMs));
      return this.go(Math.min(STEPS.length - 1, this.step + worse), nowMs);
    }
    const better = Math.floor(stepsBetween(updateMs, UPDATE_MS * SPARE));
    if (better < 1) {
      this.easy = undefined;
      return;
    }
    const { sinceMs, steps } = this.easy ?? { sinceMs: nowMs, steps: better };
    this.easy = { sinceMs, steps: Math.min(steps, better) };
    if (nowMs - sinceMs >= UP_AFTER_MS) this.go(Math.max(0, this.step - this.easy.steps), nowMs);
  }

  private go(step: number, nowMs: number): void {
    this.easy = undefined;
    if (step === this.step) return;
    this.step = step;
    this.judgeFromMs = nowMs;
  }
}

/** By how many steps more an update takes the one time instead of the other; negative: by how many less. */
const stepsBetween = (fromMs: number, toMs: number): number => Math.log(toMs / fromMs) / Math.log(1 / STEP_BYTES);
