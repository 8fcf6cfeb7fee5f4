import { type CursorShape, encodeCursorPlace, encodeCursorShape } from "../../protocol/cursor.ts";
import { areaOf, fractionOf, type Point, type Rect, type Size } from "../../protocol/geometry.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { type EncodedRect, encodeCopy, encodeUpdate, MAX_MESSAGE_BYTES } from "../../protocol/update.ts";
import type { Purpose } from "../core/choose-encoding.ts";
import type { Move } from "../core/move.ts";
import { QualityControl } from "../core/quality-control.ts";
import { type InFlight, ReceiptWindow } from "../core/receipt-window.ts";
import type { Region } from "../core/region.ts";
import type { HistoryReader } from "../core/shared-history.ts";
import { ShortestRoundTrip } from "../core/shortest-round-trip.ts";
import type { Surface } from "../core/surface.ts";
import { type Plan, UpdatePlanner } from "../core/update-planner.ts";
import type { RectEncoder } from "../encode/rect-encoder.ts";
import type { DeskConsumer } from "./desk.ts";
import type { UpdateTrace } from "./update-trace.ts";

/**
 * Above this much unsent nothing more is sent. Receipts keep an honest viewer far below it; one that sends receipts for
 * what it does not read must not fill this program's memory.
 */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** What a pixel of a photograph costs when it is made exact. */
const EXACT_BYTES_PER_PX = 1.5;
/** Text costs less, but says little about what comes after it. */
const MIN_EXACT_BYTES_PER_PX = 0.5;

/** What an update on its way holds, until the viewer says that it is painted. */
type Sent = InFlight & {
  readonly rects: readonly Rect[];
  /** The rest made what was approximate exact. */
  readonly isFresh: boolean;
};

export type PictureStreamStats = { updates: number; bytes: number };

/** The picture on its way to one viewer: plans what that viewer lacks, encodes it, and lets its receipts set the pace. */
export class PictureStream implements DeskConsumer {
  readonly stats: PictureStreamStats = { updates: 0, bytes: 0 };
  private pipe: Pipe;
  private readonly encoder: RectEncoder;
  private readonly quality: () => number;
  private readonly nowMs: () => number;
  private readonly trace: UpdateTrace | undefined;
  private window = new ReceiptWindow<Sent>();
  /** Of pings: what an update takes beyond it is the path's slowness. */
  private baseRtt = new ShortestRoundTrip();
  private readonly control = new QualityControl();
  private readonly planner: UpdatePlanner;
  /** What of the history this viewer has, once all that was sent has come. */
  private history: HistoryReader;
  /** Of what was last made exact: what is next is most likely alike. */
  private exactBytesPerPx = EXACT_BYTES_PER_PX;
  private size: Size;
  /** What the viewer takes an update's size to be that does not tell it. */
  private toldSize: Size | undefined;
  private sequence: number;
  private paused = false;
  /** A viewer that controls sees its own pointer; only one that looks on needs to be told where the host's is. */
  private showsPointer = true;
  private pointer: Point | undefined;
  private shape: CursorShape | undefined;

  /** @param options.after the last update that the page was sent by an earlier stream; 0: none */
  constructor(options: {
    pipe: Pipe;
    encoder: RectEncoder;
    size: Size;
    after: number;
    quality: () => number;
    nowMs: () => number;
    trace?: UpdateTrace | undefined;
  }) {
    this.pipe = options.pipe;
    this.sequence = options.after;
    this.encoder = options.encoder;
    this.quality = options.quality;
    this.nowMs = options.nowMs;
    this.trace = options.trace;
    this.size = options.size;
    this.planner = new UpdatePlanner(options.size);
    this.history = options.encoder.openHistory();
  }

  /** The number of the newest update sent. */
  get lastSequence(): number {
    return this.sequence;
  }

  changed(rects: readonly Rect[], move: Move | undefined, nowMs: number): void {
    this.planner.changed(rects, move, nowMs);
  }

  resized(size: Size): void {
    this.size = size;
    this.planner.resized(size);
    this.history = this.encoder.openHistory();
  }

  cursorShape(shape: CursorShape): void {
    this.shape = shape;
    const message = encodeCursorShape(shape);
    // A pointer too intricate for one message: the viewer keeps its own arrow, which is better than a stale shape.
    this.pipe.send(
      message.length <= MAX_MESSAGE_BYTES ? message : encodeCursorShape({ kind: "cursor-shape", visible: false }),
    );
  }

  cursorMoved(at: Point): void {
    this.pointer = at;
    if (this.showsPointer) this.pipe.send(encodeCursorPlace(fractionOf(at, this.size)));
  }

  setShowsPointer(shows: boolean): void {
    this.showsPointer = shows;
    if (shows && this.pointer !== undefined) this.cursorMoved(this.pointer);
  }

  /** Paused: nothing is sent. Going on: everything is sent anew, for the viewer's picture was blank meanwhile. */
  setPaused(paused: boolean): void {
    if (this.paused && !paused) {
      this.planner.repaint();
      this.history = this.encoder.openHistory();
    }
    this.paused = paused;
  }

  /** The viewer could not paint something. No receipt comes for that, so none is waited for. */
  repaint(): void {
    this.beginAnew();
    this.planner.repaint();
  }

  /**
   * Goes on over another pipe. The viewer paints nothing of the one before once it hears from here, so whatever it has not
   * acknowledged by now is sent again.
   */
  moveTo(pipe: Pipe): void {
    this.pipe = pipe;
    // Neither is acknowledged: what was said of the pointer on the pipe before may be lost with it.
    if (this.shape !== undefined) this.cursorShape(this.shape);
    if (this.pointer !== undefined) this.cursorMoved(this.pointer);
    this.planner.lost(this.window.inFlight.flatMap(({ rects }) => rects));
    this.beginAnew();
    this.control.begin();
    this.baseRtt = new ShortestRoundTrip();
  }

  /** @param paintMs from the arrival of the update's last byte to the end of its painting, as the viewer says */
  receipt(sequence: number, nowMs: number, paintMs: number): void {
    const painted = this.window.receipt(sequence, nowMs);
    if (painted === undefined) return;
    this.trace?.painted(sequence, nowMs - painted.sentMs, paintMs);
    const baseRttMs = this.baseRtt.shortestMs;
    if (painted.isFresh && Number.isFinite(baseRttMs)) {
      this.control.arrived({ ...painted, arrivedMs: nowMs - paintMs, baseRttMs });
    }
  }

  /** The pipe's own round trip, of something small. */
  roundTrip(rttMs: number, nowMs: number): void {
    this.baseRtt.seen(rttMs, nowMs);
  }

  ready(nowMs: number, damage: Region): boolean {
    if (!this.isOpen) return false;
    if (this.window.mayFit(nowMs)) return true;
    return this.window.mayFitShort && this.planner.hasShort(damage);
  }

  takesShort(): boolean {
    return this.isOpen && this.window.mayFitShort;
  }

  async serve(surface: Surface, nowMs: number): Promise<void> {
    if (!this.isOpen) return;
    const isFull = !this.window.mayFit(nowMs);
    const short = this.window.mayFitShort ? this.planner.nextShort(isFull) : undefined;
    if (short !== undefined) await this.carryOut(short, surface);
    // The display changed its size meanwhile: all of it is missing now, and is read from another surface.
    if (isFull || !this.isOpen || surface.size !== this.size) return;
    const plan = this.planner.next(nowMs, this.window.spareBytes(nowMs) / this.exactBytesPerPx);
    if (plan !== undefined) await this.carryOut(plan, surface);
  }

  private get isOpen(): boolean {
    return !this.paused && this.pipe.state === "open" && this.pipe.unsentBytes < MAX_UNSENT_BYTES;
  }

  private async carryOut(plan: Plan, surface: Surface): Promise<void> {
    this.trace?.ended("plan");
    // Whoever wishes for a quality gets it, also where that makes a film stutter.
    const px = plan.rects.reduce((sum, rect) => sum + areaOf(rect), 0);
    const quality = this.quality() || this.control.qualityFor(px);
    const { history } = this;
    const pieces = await Promise.all(
      plan.rects.map((rect) => this.encoder.encode(surface, rect, plan.purpose, quality, history)),
    );
    this.trace?.ended("encode");
    // The display changed its size meanwhile, or the host paused: the planner sends everything after that.
    if (surface.size !== this.size || this.paused) return;
    const encoded = pieces.flat();
    const { move } = plan;
    // It went on over another pipe meanwhile, and what this refers to may be lost with the one before.
    if (history !== this.history && (move !== undefined || encoded.some(isText))) {
      return this.planner.lost(move === undefined ? plan.rects : [move.to, ...plan.rects]);
    }
    if (plan.purpose === "refine") this.learnCost(encoded);
    this.send(move === undefined ? encoded : [encodeCopy(move.to, move.from), ...encoded], plan.purpose);
  }

  wakeAtMs(nowMs: number): number | undefined {
    // Nothing to spare: the next receipt says when there is.
    return this.isOpen && this.window.spareBytes(nowMs) > 0 ? this.planner.refineAtMs(nowMs) : undefined;
  }

  private learnCost(exact: readonly EncodedRect[]): void {
    const bytes = exact.reduce((sum, { data }) => sum + data.length, 0);
    const px = exact.reduce((sum, { rect }) => sum + areaOf(rect), 0);
    this.exactBytesPerPx = Math.max(MIN_EXACT_BYTES_PER_PX, bytes / px);
  }

  private beginAnew(): void {
    this.window = new ReceiptWindow();
    this.history = this.encoder.openHistory();
    this.toldSize = undefined;
  }

  private send(rects: readonly EncodedRect[], purpose: Purpose): void {
    this.sequence += 1;
    let bytes = 0;
    // A relay may drop the update that told it.
    const knownSize = this.pipe.path === "relay" ? undefined : this.toldSize;
    this.toldSize = this.size;
    for (const part of encodeUpdate({ sequence: this.sequence, size: this.size, rects }, knownSize)) {
      bytes += part.length;
      this.pipe.send(part);
    }
    const { sequence } = this;
    const sent = { sequence, bytes, sentMs: this.nowMs(), rects: rects.map((one) => one.rect) };
    this.window.sent({ ...sent, isFresh: purpose === "fresh" }, purpose === "refine");
    const pixels = rects.filter((one) => one.encoding !== "copy");
    const [lossy, exact] = [pixels.filter(isLossy), pixels.filter((one) => !isLossy(one))];
    this.planner.sentLossy(lossy.map((one) => one.rect));
    this.planner.sentExact(exact.map((one) => one.rect));
    this.stats.updates += 1;
    this.stats.bytes += bytes;
    this.trace?.ended("send");
    const unsentBytes = this.pipe.unsentBytes;
    this.trace?.sent({ sequence: this.sequence, rects: rects.length, bytes, unsentBytes });
  }
}

const isText = (one: EncodedRect): boolean => one.encoding === "text";
const isLossy = (one: EncodedRect): boolean => one.encoding === "jpeg";
