/** Beats come no sooner one after the other, whatever is heard. */
const BEAT_MS = 1_000;
/**
 * And no later, while the viewer is heard: one that sees nothing change asks every 1.5 s. As long as it does its words are the
 * beat, and this process wakes for them alone.
 */
const QUIET_MS = 2_000;
/** One that is not heard is asked: a page in the background may be kept from asking, not from answering. */
const ASKED_AFTER_MS = 1_500;
/** What a round trip takes is asked now and then all the same, and each second while so many bytes of pictures are sent. */
const MEASURE_EVERY_MS = 30_000;
const BUSY_BYTES = 16 * 1024;
/** A viewer that says nothing for this long is lost; what it held was let go long before. */
const SILENCE_LIMIT_MS = 4_500;
/** A beat that comes so late means that this program did not run; what the viewer said meanwhile is still to be read. */
const LATE_MS = 1_500;
const LONGEST_RTT_MS = 60_000;
/** A round trip that wavers is news only now and then. */
const TELL_RTT_EVERY_MS = 10_000;

export type PageHeartbeatOptions = {
  readonly nowMs: () => number;
  /** False: this machine has slept, and nobody may believe what waited meanwhile. */
  readonly awake: () => boolean;
  /** Bytes of pictures sent so far; a new stream counts from nought. */
  readonly pictureBytes: () => number;
  /** Says a ping with this clock, which the page's answer repeats. */
  readonly ask: (clockMs: number) => void;
  readonly silent: () => void;
  /** The first answer on a pipe, and then whenever it changes much. */
  readonly roundTripChanged: (rttMs: number) => void;
};

/** About once a second while a page is carried: whether it is still there, and what its round trip takes. */
export class PageHeartbeat {
  private readonly options: PageHeartbeatOptions;
  private timer: NodeJS.Timeout | undefined;
  private lastWordMs = 0;
  private lastBeatMs = 0;
  private nextBeatMs = 0;
  private lastAskedMs = 0;
  /** Of pictures, up to the last beat. */
  private sentBytes = 0;
  private told: { readonly rttMs: number; readonly atMs: number } | undefined;

  constructor(options: PageHeartbeatOptions) {
    this.options = options;
  }

  get isBeating(): boolean {
    return this.timer !== undefined;
  }

  /** Another pipe carries the page, or one carries it again. */
  begin(): void {
    this.told = undefined;
    this.lastWordMs = this.options.nowMs();
    this.beatIn(BEAT_MS, this.lastWordMs);
  }

  rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  heard(): void {
    this.lastWordMs = this.options.nowMs();
    if (this.isBeating && this.lastWordMs - this.lastBeatMs >= BEAT_MS) this.beat();
  }

  ask(): void {
    this.lastAskedMs = this.options.nowMs();
    this.options.ask(wrapped(this.lastAskedMs));
  }

  /** @returns the round trip; undefined for an answer that a machine asleep or a pipe that stood still kept back */
  answered(clockMs: number): number | undefined {
    const nowMs = this.options.nowMs();
    const rttMs = (wrapped(nowMs) - clockMs) >>> 0;
    if (rttMs > LONGEST_RTT_MS) return undefined;
    this.tell(rttMs, nowMs);
    return rttMs;
  }

  private tell(rttMs: number, nowMs: number): void {
    const { told } = this;
    const changed = told === undefined || Math.abs(told.rttMs - rttMs) > Math.max(20, told.rttMs / 2);
    if (!changed || (told !== undefined && nowMs - told.atMs < TELL_RTT_EVERY_MS)) return;
    this.told = { rttMs, atMs: nowMs };
    this.options.roundTripChanged(rttMs);
  }

  private beatIn(ms: number, nowMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.beat(), ms);
    this.lastBeatMs = nowMs;
    this.nextBeatMs = nowMs + ms;
  }

  private beat(): void {
    const { awake, pictureBytes, silent } = this.options;
    const nowMs = this.options.nowMs();
    const late = nowMs - this.nextBeatMs > LATE_MS;
    const silentMs = nowMs - this.lastWordMs;
    // One that only answers is asked again in time.
    const hadToAsk = this.lastAskedMs >= this.lastBeatMs;
    this.beatIn(silentMs < BEAT_MS && !hadToAsk ? QUIET_MS : BEAT_MS, nowMs);
    if (!awake()) return;
    if (!late && silentMs >= SILENCE_LIMIT_MS) return silent();
    const sentBytes = pictureBytes();
    const isBusy = Math.abs(sentBytes - this.sentBytes) >= BUSY_BYTES;
    this.sentBytes = sentBytes;
    if (isBusy || silentMs >= ASKED_AFTER_MS || nowMs - this.lastAskedMs >= MEASURE_EVERY_MS) this.ask();
  }
}

const wrapped = (ms: number): number => Math.floor(ms) >>> 0;
