import { ShortestRoundTrip } from "./shortest-round-trip.ts";

/** Updates on their way at once: one being painted, one arriving, one being sent, one to spare. */
const MAX_UPDATES = 4;
/**
 * Beside them as many as a long path holds of 30 pictures a second, up to a second's: of its round trip, and of what passes
 * until a lost packet has come after all, for which those behind it wait.
 */
const PICTURE_MS = 33;
const HELD_ROUND_TRIPS = 2;
const MAX_FURTHER_UPDATES = 30;
/** Beside all this, of what is short: a letter does not wait for the receipt of a picture, nor many of them fill a dead path. */
export const SHORT_BYTES = 4 * 1024;
const START_BYTES = 256 * 1024;
const MIN_BYTES = 16 * 1024;
const MAX_BYTES = 2 * 1024 * 1024;
/** Queueing below this is not felt; above it the window shrinks until the queue is about this long. */
const TARGET_DELAY_MS = 60;
/** Updates that are not urgent are a quarter of the window each, and two at most: half of the window is for what is. */
const MAX_SPARE_UPDATES = 2;
const SPARE_SHARE = 1 / 4;
/**
 * A large part of a text takes so long on a slow path. Were that taken for a queue, each update would wait for the receipt of
 * the one before, and so be of all that had changed meanwhile, and as large again.
 */
const MAX_OWN_MS = 250;
/** No shrinking by more than half at once: one late receipt is not yet a slow path. */
const LARGEST_SHRINK = 0.5;
/**
 * No browser takes so long for a picture: what is painted so late has waited there for those before it. Round trips alone would
 * not say so for ever, as the shortest of them grows with a viewer that is always late.
 */
const VIEWER_PATIENCE_MS = 200;

/** 16 Mbit/s: about what a film takes. On a slower path what comes late has queued, even where queues are short. */
const QUICK_BYTES_PER_MS = 2_000;

/** What is known of the path to a viewer. */
export type KnownPath = {
  /**
   * Of one whose queues are kept short by what carries the updates (congestion.ts), its own round trip; else, and while that
   * is not known, 0. Such a path holds as many pictures as it is long, and if it is quick, too, an update that takes a round
   * trip more has lost a packet on its way, which says nothing of queues. It is not the shortest round trip of updates:
   * that grows with a viewer that is slow to paint, and so would what waits there.
   */
  readonly roundTripMs: number;
  /** What it carries, if its queues are short and that is known: the time that an update takes by itself is no queue. */
  readonly bytesPerMs: number | undefined;
};
export const UNKNOWN_PATH: KnownPath = { roundTripMs: 0, bytesPerMs: undefined };

/** An update on its way. Sequences rise as they are sent. */
export type InFlight = {
  readonly sequence: number;
  readonly bytes: number;
  readonly sentMs: number;
  /** Before how many of those that were sent before it this one may arrive (overtaking.ts). */
  readonly overtakes?: number;
};

/**
 * How much may be on its way to one viewer. A receipt says that an update is painted, so its round trip counts every
 * queue between here and the eye: socket, network, decoder. In the manner of TCP Vegas, round trips that grow beyond the
 * shortest one seen are queueing, and queueing is answered by sending less at once, so that the next update is newer.
 */
export class ReceiptWindow<Update extends InFlight = InFlight> {
  private sentUpdates: Update[] = [];
  private windowBytes = START_BYTES;
  /** Receipts of updates sent before this were under way when the window last changed: they say nothing about it. */
  private judgeFromMs = Number.NEGATIVE_INFINITY;
  /** Whether the window was what kept updates back since it last changed: an unused window teaches nothing. */
  private limited = false;
  /** When the newest receipt came. */
  private receiptMs = Number.NEGATIVE_INFINITY;
  private readonly base = new ShortestRoundTrip();
  private readonly path: () => KnownPath;
  /** Of the first picture, until the window changes: how long it took shows only when a shorter round trip is known. */
  private firstMs = 0;

  constructor(path: () => KnownPath = () => UNKNOWN_PATH) {
    this.path = path;
  }

  /** In the order in which they arrive, as far as it is known: what overtakes comes as early as it may. */
  get inFlight(): readonly Update[] {
    return this.sentUpdates;
  }

  /**
   * An update has gone out.
   * @param isSpare whether it was not urgent: then the window kept it back also where it kept only that back
   */
  sent(update: Update, isSpare = false): void {
    this.sentUpdates.splice(this.sentUpdates.length - (update.overtakes ?? 0), 0, update);
    const keepsBackAbove = this.windowBytes * (isSpare ? SPARE_SHARE : 1 / 2);
    if (this.inFlightBytes >= keepsBackAbove) this.limited = true;
  }

  /**
   * The viewer has painted this update, and with it all that has certainly arrived before: what was sent later may have
   * overtaken it, or not. Unknown sequences are ignored.
   * @param paintMs from the arrival of the update's last byte to the end of its painting, as the viewer says
   * @returns the update
   */
  receipt(sequence: number, nowMs: number, paintMs: number): Update | undefined {
    const at = this.sentUpdates.findIndex((one) => one.sequence === sequence);
    const painted = this.sentUpdates[at];
    if (painted === undefined) return undefined;
    this.sentUpdates = this.sentUpdates.filter((one, place) => place > at || one.sequence > sequence);
    // What overtook others says nothing of the time that these take.
    if ((painted.overtakes ?? 0) === 0) this.judge(painted, nowMs, paintMs);
    this.receiptMs = nowMs;
    return painted;
  }

  private judge(painted: Update, nowMs: number, paintMs: number): void {
    const isFirst = !Number.isFinite(this.base.shortestMs);
    const roundTripMs = nowMs - painted.sentMs;
    this.base.seen(roundTripMs, nowMs, painted.bytes);
    if (isFirst) this.firstMs = roundTripMs;
    if (isFirst || painted.sentMs < this.judgeFromMs) return;
    const ownMs = this.ownMs(painted);
    // Until the one before was painted it waited for that one, or was decoded beside it.
    const waitedMs = paintMs - (nowMs - this.receiptMs);
    const factor = Math.min(
      this.patienceMs / Math.max(roundTripMs - ownMs, this.firstMs, 1),
      waitedMs > 0 ? VIEWER_PATIENCE_MS / waitedMs : 1,
    );
    if (factor < 1) {
      this.resize(this.windowBytes * Math.max(LARGEST_SHRINK, factor), nowMs);
    } else if (roundTripMs - ownMs < this.patienceMs - TARGET_DELAY_MS / 2 && this.limited) {
      this.resize(this.windowBytes + painted.bytes, nowMs);
    }
  }

  /**
   * Whether another update may go out now. One may always be on its way. An overdue receipt holds updates back before
   * it arrives: when a path suddenly slows down, waiting for the news of it would fill the queue first.
   */
  mayFit(nowMs: number): boolean {
    if (this.inFlight.length === 0) return true;
    if (this.inFlight.length >= this.maxUpdates || this.inFlightBytes >= this.windowBytes) return false;
    const dueMs = Math.min(...this.inFlight.map((one) => one.sentMs + this.ownMs(one)));
    return nowMs - dueMs <= this.patienceMs;
  }

  /** What its own length adds to the round trip of the one that had the shortest. */
  private ownMs({ bytes }: Update): number {
    const { bytesPerMs } = this.path();
    if (bytesPerMs === undefined) return 0;
    return Math.min(MAX_OWN_MS, Math.max(0, bytes - this.base.shortestBytes) / bytesPerMs);
  }

  /** What takes longer has queued, or has lost a packet on the way twice. */
  private get patienceMs(): number {
    const { roundTripMs, bytesPerMs = 0 } = this.path();
    const heldMs = bytesPerMs >= QUICK_BYTES_PER_MS ? HELD_ROUND_TRIPS * roundTripMs : 0;
    return TARGET_DELAY_MS + this.base.shortestMs + heldMs;
  }

  private get maxUpdates(): number {
    const further = Math.floor((HELD_ROUND_TRIPS * this.path().roundTripMs) / PICTURE_MS);
    return MAX_UPDATES + Math.min(MAX_FURTHER_UPDATES, further);
  }

  /** Whether something may go out that is next to nothing for the path, however much is on its way. */
  get mayFitShort(): boolean {
    const short = this.inFlight.filter(({ bytes }) => bytes <= SHORT_BYTES);
    return short.reduce((sum, { bytes }) => sum + bytes, 0) < SHORT_BYTES;
  }

  /** How much of what is not urgent may go out now; 0: none, until a receipt comes. */
  spareBytes(nowMs: number): number {
    if (!this.mayFit(nowMs) || this.inFlight.length >= MAX_SPARE_UPDATES) return 0;
    const shareBytes = this.windowBytes * SPARE_SHARE;
    return this.inFlightBytes <= shareBytes ? shareBytes : 0;
  }

  get inFlightBytes(): number {
    return this.inFlight.reduce((sum, one) => sum + one.bytes, 0);
  }

  private resize(bytes: number, nowMs: number): void {
    this.windowBytes = Math.min(MAX_BYTES, Math.max(MIN_BYTES, bytes));
    this.judgeFromMs = nowMs;
    this.limited = false;
    this.firstMs = 0;
  }
}
