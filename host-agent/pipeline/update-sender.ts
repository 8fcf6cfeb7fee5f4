import { type EncodedRect, roomFor } from "../../protocol/encoded-rect.ts";
import type { Rect, Size } from "../../protocol/geometry.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { encodeShortUpdate } from "../../protocol/short-update.ts";
import { MAX_MESSAGE_BYTES, UpdateWriter } from "../../protocol/update.ts";
import type { Purpose } from "../core/choose-encoding.ts";
import { type InLine, overtaken } from "../core/overtaking.ts";
import { QualityControl } from "../core/quality-control.ts";
import { type InFlight, ReceiptWindow, SHORT_BYTES, UNKNOWN_PATH } from "../core/receipt-window.ts";
import { ShortestRoundTrip } from "../core/shortest-round-trip.ts";
import { type Carried, OutgoingUpdate } from "./outgoing-update.ts";
import type { UpdateTrace } from "./update-trace.ts";

/**
 * Above this much unsent nothing more is sent. Receipts keep an honest viewer far below it; one that sends receipts for
 * what it does not read must not fill this program's memory.
 */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/**
 * What waits in front of the pipe is a picture of the past: no more than leaves while the next one is read and encoded. A
 * message may always wait, or a path whose rate is not known yet would stand still.
 */
const MAX_WAITING_MS = 20;
/** No timer looks sooner whether that much has left, for a rate may be of the past. */
const MIN_LOOK_MS = 8;

/** An update on its way, until the viewer says that it is painted. */
type Sent = InFlight &
  InLine & {
    /** When it came tells how quick the path is; undefined: it only made what was approximate exact, or overtook others. */
    readonly carried: Carried | undefined;
  };

export type PictureStreamStats = { updates: number; bytes: number };

type Begun = {
  readonly sequence: number;
  readonly size: Size;
  readonly purpose: Purpose;
  readonly update: OutgoingUpdate;
};

/** The updates of one viewer on their way: numbers them, hands them to the pipe, and lets the receipts say how much may follow. */
export class UpdateSender {
  readonly stats: PictureStreamStats = { updates: 0, bytes: 0 };
  private pipe: Pipe;
  private readonly nowMs: () => number;
  private readonly trace: UpdateTrace | undefined;
  private sequence: number;
  private window: ReceiptWindow<Sent>;
  /** Of pings: what an update takes beyond it is the path's slowness. */
  private baseRtt = new ShortestRoundTrip();
  private readonly control = new QualityControl();
  /** What the viewer takes an update's size to be that does not tell it. */
  private toldSize: Size | undefined;
  /** What is being written. */
  private begun: Begun | undefined;

  /** @param after the last update that the page was sent by an earlier stream; 0: none */
  constructor(pipe: Pipe, after: number, nowMs: () => number, trace: UpdateTrace | undefined) {
    this.pipe = pipe;
    this.window = this.newWindow();
    this.sequence = after;
    this.nowMs = nowMs;
    this.trace = trace;
  }

  /** The number of the newest update sent. */
  get lastSequence(): number {
    return this.sequence;
  }

  get isOpen(): boolean {
    return this.pipe.state === "open" && this.pipe.unsentBytes < MAX_UNSENT_BYTES;
  }

  /** Whether another update may go out now, of any length. */
  hasRoom(nowMs: number): boolean {
    return this.window.mayFit(nowMs) && this.pipe.unsentBytes <= this.maxWaitingBytes;
  }

  /** Whether something may go out that is next to nothing for the path. */
  get hasRoomForShort(): boolean {
    return this.window.mayFitShort;
  }

  /** How much of what is not urgent may go out now. */
  spareBytes(nowMs: number): number {
    return this.hasRoom(nowMs) ? this.window.spareBytes(nowMs) : 0;
  }

  /** When so much may have left that there is room again; undefined: there is, or a receipt says when. */
  roomAtMs(nowMs: number): number | undefined {
    const tooManyBytes = this.pipe.unsentBytes - this.maxWaitingBytes;
    if (tooManyBytes <= 0 || !this.window.mayFit(nowMs)) return undefined;
    const { pathBytesPerMs } = this.control;
    return (
      nowMs + (pathBytesPerMs === undefined ? MAX_WAITING_MS : Math.max(MIN_LOOK_MS, tooManyBytes / pathBytesPerMs))
    );
  }

  private get maxWaitingBytes(): number {
    return Math.max(MAX_MESSAGE_BYTES, MAX_WAITING_MS * (this.control.pathBytesPerMs ?? 0));
  }

  /** How good so many fresh pixels in one update may be: 1..100, or 0 for what the encoders decide. */
  qualityFor(px: number): number {
    return this.control.qualityFor(px);
  }

  /** Begins the next update; the one before has been ended or broken off. */
  begin(size: Size, purpose: Purpose): void {
    const sequence = this.sequence + 1;
    // A relay may drop the update that told it.
    const writer = new UpdateWriter({ sequence, size }, this.pipe.path === "relay" ? undefined : this.toldSize);
    this.begun = { sequence, size, purpose, update: new OutgoingUpdate(this.pipe, writer, this.nowMs) };
  }

  /** What fills a message leaves at once. Without effect when it has been forgotten with the pipe that it was for. */
  write(...rects: readonly EncodedRect[]): void {
    if (this.begun === undefined) return;
    const { sequence, update } = this.begun;
    update.write(rects);
    if (update.bytes > 0) this.sequence = sequence;
    this.trace?.ended("send");
  }

  /** All of it is written. */
  end(): void {
    const { begun } = this;
    this.begun = undefined;
    if (begun === undefined) return;
    const { sequence, size, purpose, update } = begun;
    const { rects } = update;
    const overtakes = update.bytes === 0 ? this.overtaken(rects, purpose) : 0;
    update.end(overtakes > 0 ? encodeShortUpdate({ sequence, size, rects }) : undefined);
    if (overtakes === 0) this.toldSize = size;
    this.sequence = sequence;
    const { bytes, waitedBytes, carried } = update;
    const sent = {
      sequence,
      bytes,
      sentMs: this.nowMs(),
      overtakes,
      rects: rects.map(({ rect }) => rect),
      refers: rects.some(({ encoding }) => encoding === "copy" || encoding === "text"),
      waitedBytes,
      carried: purpose === "fresh" && overtakes === 0 ? carried : undefined,
    };
    this.window.sent(sent, purpose === "refine");
    this.stats.updates += 1;
    this.stats.bytes += bytes;
    this.trace?.ended("send");
    this.trace?.sent({ sequence, rects: rects.length, bytes, unsentBytes: this.pipe.unsentBytes });
  }

  /** It is not to be seen any more, also what has left of it; no receipt comes for it. */
  breakOff(): void {
    this.begun?.update.breakOff();
    this.begun = undefined;
  }

  /** A relay's queues are what its own socket makes of them; a data channel keeps its own short. */
  private newWindow(): ReceiptWindow<Sent> {
    return new ReceiptWindow(() => {
      if (this.pipe.path === "relay") return UNKNOWN_PATH;
      const { shortestMs } = this.baseRtt;
      return { roundTripMs: Number.isFinite(shortestMs) ? shortestMs : 0, bytesPerMs: this.control.pathBytesPerMs };
    });
  }

  /**
   * How many it may go before. A relay has a queue of its own, which this side knows nothing of; what has left in parts may be
   * overtaken on its way, unintendedly; and a copy is of what was before.
   */
  private overtaken(rects: readonly EncodedRect[], purpose: Purpose): number {
    const { path, unsentBytes, picturesComeLate = false } = this.pipe;
    if (purpose !== "fresh" || path === "relay" || picturesComeLate || roomFor(rects) > SHORT_BYTES) return 0;
    if (rects.some(({ encoding }) => encoding === "copy")) return 0;
    return overtaken(
      rects.map(({ rect }) => rect),
      this.window.inFlight,
      unsentBytes,
    );
  }

  /** @param paintMs from the arrival of the update's last byte to the end of its painting, as the viewer says */
  receipt(sequence: number, nowMs: number, paintMs: number): void {
    const painted = this.window.receipt(sequence, nowMs, paintMs);
    if (painted === undefined) return;
    this.trace?.painted(sequence, nowMs - painted.sentMs, paintMs);
    const baseRttMs = this.baseRtt.shortestMs;
    if (painted.carried !== undefined && Number.isFinite(baseRttMs)) {
      const { bytes, carried } = painted;
      this.control.arrived({ bytes, carried, arrivedMs: nowMs - paintMs, baseRttMs });
    }
  }

  /** The pipe's own round trip, of something small. */
  roundTrip(rttMs: number, nowMs: number): void {
    this.baseRtt.seen(rttMs, nowMs);
  }

  /** Nothing that was sent is acknowledged any more: no receipt comes for what could not be painted. */
  forget(): void {
    this.window = this.newWindow();
    this.toldSize = undefined;
  }

  /**
   * Goes on over another pipe.
   * @param painted the last update painted on the viewer's screen, whose receipt may still be on its way; or 0
   * @returns what was sent over the one before and may never be seen
   */
  moveTo(pipe: Pipe, painted: number): Rect[] {
    this.window.receipt(painted, this.nowMs(), 0);
    const lost = this.window.inFlight.flatMap(({ rects }) => rects);
    this.pipe = pipe;
    this.begun = undefined;
    this.forget();
    this.control.begin();
    this.baseRtt = new ShortestRoundTrip();
    return lost;
  }
}
