import { type CursorShape, encodeCursorPlace, encodeCursorShape } from "../../protocol/cursor.ts";
import { type EncodedRect, type Encoding, encodeCopy } from "../../protocol/encoded-rect.ts";
import { areaOf, fractionOf, type Point, type Rect, type Size } from "../../protocol/geometry.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { MAX_MESSAGE_BYTES } from "../../protocol/update.ts";
import type { Move } from "../core/move.ts";
import type { Region } from "../core/region.ts";
import type { HistoryReader } from "../core/shared-history.ts";
import type { Surface } from "../core/surface.ts";
import { MOTION_PX, type Plan, UpdatePlanner } from "../core/update-planner.ts";
import type { RectEncoder } from "../encode/rect-encoder.ts";
import type { DeskConsumer } from "./desk.ts";
import { type PictureStreamStats, UpdateSender } from "./update-sender.ts";
import type { UpdateTrace } from "./update-trace.ts";

/** What has to be sent once more to be exact. */
const LOSSY: Record<Encoding, boolean> = {
  solid: false,
  exact: false,
  shaded: false,
  indexed: false,
  text: false,
  copy: false,
  jpeg: true,
  film: true,
};
/** What a pixel of a photograph costs when it is made exact. */
const EXACT_BYTES_PER_PX = 1.5;
/** Text costs less, but says little about what comes after it. */
const MIN_EXACT_BYTES_PER_PX = 0.5;

/** The picture on its way to one viewer: plans what that viewer lacks, encodes it, and lets its receipts set the pace. */
export class PictureStream implements DeskConsumer {
  private pipe: Pipe;
  private readonly sender: UpdateSender;
  private readonly encoder: RectEncoder;
  private readonly quality: () => number;
  private readonly trace: UpdateTrace | undefined;
  private readonly planner: UpdatePlanner;
  /** What of the history this viewer has, once all that was sent has come. */
  private history: HistoryReader;
  /** Of what was last made exact: what is next is most likely alike. */
  private exactBytesPerPx = EXACT_BYTES_PER_PX;
  private size: Size;
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
    this.sender = new UpdateSender(options.pipe, options.after, options.nowMs, options.trace);
    this.encoder = options.encoder;
    this.quality = options.quality;
    this.trace = options.trace;
    this.size = options.size;
    this.planner = new UpdatePlanner(options.size);
    this.history = options.encoder.openHistory();
  }

  /** The number of the newest update sent. */
  get lastSequence(): number {
    return this.sender.lastSequence;
  }

  get stats(): PictureStreamStats {
    return this.sender.stats;
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
    this.sender.forget();
    this.history = this.encoder.openHistory();
    this.planner.repaint();
  }

  /**
   * Goes on over another pipe. The viewer paints nothing of the one before once it hears from here, so whatever it has not
   * acknowledged by now is sent again.
   * @param painted the last update painted on its screen, whose receipt may still be on its way; or 0
   */
  moveTo(pipe: Pipe, painted: number): void {
    this.pipe = pipe;
    // Neither is acknowledged: what was said of the pointer on the pipe before may be lost with it.
    if (this.shape !== undefined) this.cursorShape(this.shape);
    if (this.pointer !== undefined) this.cursorMoved(this.pointer);
    this.planner.lost(this.sender.moveTo(pipe, painted));
    this.history = this.encoder.openHistory();
  }

  /** @param paintMs from the arrival of the update's last byte to the end of its painting, as the viewer says */
  receipt(sequence: number, nowMs: number, paintMs: number): void {
    this.sender.receipt(sequence, nowMs, paintMs);
  }

  /** The pipe's own round trip, of something small. */
  roundTrip(rttMs: number, nowMs: number): void {
    this.sender.roundTrip(rttMs, nowMs);
  }

  ready(nowMs: number, damage: Region): boolean {
    if (!this.isOpen) return false;
    if (this.sender.hasRoom(nowMs)) return true;
    return this.sender.hasRoomForShort && this.planner.hasShort(damage);
  }

  takesShort(): boolean {
    return this.isOpen && this.sender.hasRoomForShort;
  }

  followsMoves(): boolean {
    return this.isOpen;
  }

  async serve(surface: Surface, nowMs: number): Promise<void> {
    if (!this.isOpen) return;
    const isFull = !this.sender.hasRoom(nowMs);
    const short = this.sender.hasRoomForShort ? this.planner.nextShort(isFull) : undefined;
    if (short !== undefined) await this.carryOut(short, surface);
    // The display changed its size meanwhile: all of it is missing now, and is read from another surface.
    if (isFull || !this.isOpen || surface.size !== this.size) return;
    const plan = this.planner.next(nowMs, this.sender.spareBytes(nowMs) / this.exactBytesPerPx);
    if (plan !== undefined) await this.carryOut(plan, surface);
  }

  private get isOpen(): boolean {
    return !this.paused && this.sender.isOpen;
  }

  private async carryOut(plan: Plan, surface: Surface): Promise<void> {
    this.trace?.ended("plan");
    // Whoever wishes for a quality gets it, also where that makes a film stutter.
    const px = plan.rects.reduce((sum, rect) => sum + areaOf(rect), 0);
    const quality = this.quality() || this.sender.qualityFor(px);
    const { history } = this;
    // What may take the path a while refers to nothing, so that a letter may overtake it (core/overtaking.ts).
    const reader = px < MOTION_PX ? history : undefined;
    const pieces = plan.rects.flatMap((rect) => this.encoder.encode(surface, rect, plan.purpose, quality, reader));
    const { move } = plan;
    this.sender.begin(this.size, plan.purpose);
    if (move !== undefined) this.sender.write(encodeCopy(move.to, move.from));
    // All has to be sent anew: from another surface, after a pause, on another pipe, to a viewer that could not paint something.
    const isVoid = () => surface.size !== this.size || this.paused || history !== this.history;
    const encoded: EncodedRect[] = [];
    for (const piece of pieces) {
      const one = await piece;
      encoded.push(one);
      this.trace?.ended("encode");
      // The others are waited for all the same: the surface may not change while they are encoded.
      if (!isVoid()) this.sender.write(one);
    }
    if (isVoid()) {
      this.sender.breakOff();
      return this.planner.lost(move === undefined ? plan.rects : [move.to, ...plan.rects]);
    }
    this.sender.end();
    if (plan.purpose === "refine") this.learnCost(encoded);
    const [lossy, exact] = [encoded.filter(isLossy), encoded.filter((one) => !isLossy(one))];
    this.planner.sentLossy(lossy.map((one) => one.rect));
    this.planner.sentExact(exact.map((one) => one.rect));
  }

  get isComplete(): boolean {
    return this.planner.isComplete;
  }

  wakeAtMs(nowMs: number): number | undefined {
    if (!this.isOpen) return undefined;
    // Nothing to spare: the next receipt says when there is, or the time when enough of what waits has left.
    const isSpare = this.sender.spareBytes(nowMs) > 0;
    return isSpare ? this.planner.refineAtMs(nowMs) : this.sender.roomAtMs(nowMs);
  }

  private learnCost(exact: readonly EncodedRect[]): void {
    const bytes = exact.reduce((sum, { data }) => sum + data.length, 0);
    const px = exact.reduce((sum, { rect }) => sum + areaOf(rect), 0);
    this.exactBytesPerPx = Math.max(MIN_EXACT_BYTES_PER_PX, bytes / px);
  }
}

const isLossy = (one: EncodedRect): boolean => LOSSY[one.encoding];
