import type { CursorShape } from "../../protocol/cursor.ts";
import { type Point, type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";
import type { Capture } from "../capture/driver.ts";
import { type Due, LookSchedule, type Watcher } from "../core/look-schedule.ts";
import type { Move } from "../core/move.ts";
import { Surface } from "../core/surface.ts";
import { HostError } from "../errors.ts";
import { compareMemory } from "./compare-memory.ts";
import { DisplayReader } from "./display-reader.ts";
import type { UpdateTrace } from "./update-trace.ts";

/**
 * Somebody the desk serves: a viewer's picture stream or the MJPEG feed. It keeps what its own reader has not got yet;
 * the desk says what changed and when there is time to send.
 */
export interface DeskConsumer extends Watcher {
  /** First something moved, if it did; then these rectangles changed. */
  changed(rects: readonly Rect[], move: Move | undefined, nowMs: number): void;
  resized(size: Size): void;
  cursorShape(shape: CursorShape): void;
  cursorMoved(at: Point): void;
  /** Sends what it can, from the surface as it stands. The surface does not change before the promise resolves. */
  serve(surface: Surface, nowMs: number): Promise<void>;
  /** Its reader has all there is, and exactly so. */
  readonly isComplete: boolean;
  /** When it wants to be served although nothing changes, or undefined: not before something does. */
  wakeAtMs(nowMs: number): number | undefined;
}

export type DeskStats = { captures: number; capturedPixels: number; changedRects: number };

/**
 * The display and everybody who watches it: one loop that reads what changed once, compares it once, and then serves
 * each consumer. Whoever is slow skips to the newest picture. With no consumer, or nothing changing, there is no capture
 * and no timer.
 */
export class Desk {
  readonly stats: DeskStats = { captures: 0, capturedPixels: 0, changedRects: 0 };
  private readonly capture: Capture;
  private readonly reader: DisplayReader;
  private readonly schedule: LookSchedule;
  private readonly nowMs: () => number;
  private readonly onSurfaceChange: (rects: readonly Rect[]) => void;
  private readonly onResize: (size: Size) => void;
  private readonly onLost: (error: HostError) => void;
  private readonly trace: UpdateTrace | undefined;
  private readonly consumers = new Set<DeskConsumer>();
  private surface: Surface;
  private shape: CursorShape | undefined;
  private pointer: Point | undefined;
  private loop: "idle" | "running" | "again" = "idle";
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: {
    capture: Capture;
    maxFps: number;
    nowMs: () => number;
    /** Called before consumers hear of it: encoded rectangles of these pixels are void. */
    onSurfaceChange: (rects: readonly Rect[]) => void;
    onResize: (size: Size) => void;
    onLost: (error: HostError) => void;
    trace?: UpdateTrace | undefined;
  }) {
    this.capture = options.capture;
    this.reader = new DisplayReader(options.capture, options.nowMs);
    this.schedule = new LookSchedule(options.maxFps);
    this.nowMs = options.nowMs;
    this.onSurfaceChange = options.onSurfaceChange;
    this.onResize = options.onResize;
    this.onLost = options.onLost;
    this.trace = options.trace;
    this.surface = new Surface(options.capture.size, compareMemory);
  }

  get size(): Size {
    return this.surface.size;
  }

  add(consumer: DeskConsumer): void {
    if (this.closed) return;
    this.consumers.add(consumer);
    if (this.shape !== undefined) consumer.cursorShape(this.shape);
    if (this.pointer !== undefined) consumer.cursorMoved(this.pointer);
    if (this.consumers.size === 1) this.watch();
    this.kick();
  }

  remove(consumer: DeskConsumer): void {
    if (!this.consumers.delete(consumer) || this.consumers.size > 0) return;
    this.capture.rest();
    this.reader.forget();
    this.setTimer(undefined);
  }

  /** A viewer has said something that may set its picture free to go on: look again, if there is anything to go on with. */
  heard(): void {
    const { damage, knowsAll } = this.reader;
    if (!damage.isEmpty || !knowsAll || this.isAnybodyBehind()) this.kick();
  }

  private isAnybodyBehind(): boolean {
    for (const consumer of this.consumers) if (!consumer.isComplete) return true;
    return false;
  }

  /** Something a consumer waited for has happened: look again. */
  kick(): void {
    if (this.closed) return;
    if (this.loop === "idle") {
      this.loop = "running";
      void this.run();
    } else {
      this.loop = "again";
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.consumers.clear();
    this.setTimer(undefined);
    await this.capture.close();
  }

  private watch(): void {
    this.capture.watch({
      damaged: (rects) => {
        this.trace?.began();
        this.reader.damaged(rects);
        this.kick();
      },
      changedSomewhere: () => {
        this.trace?.began();
        this.reader.changedSomewhere();
        this.kick();
      },
      resized: (size) => {
        this.resize(size);
        this.kick();
      },
      cursorShape: (shape) => {
        this.shape = shape;
        for (const consumer of this.consumers) consumer.cursorShape(shape);
        this.kick();
      },
      cursorMoved: (at) => {
        this.pointer = at;
        for (const consumer of this.consumers) consumer.cursorMoved(at);
        this.kick();
      },
      lost: (error) => this.lose(error),
    });
  }

  private resize(size: Size): void {
    this.surface = new Surface(size, compareMemory);
    this.reader.resized(size);
    this.onSurfaceChange([wholeOf(size)]);
    this.onResize(size);
    for (const consumer of this.consumers) consumer.resized(size);
  }

  private async run(): Promise<void> {
    do {
      this.loop = "running";
      try {
        await this.turn();
      } catch (error) {
        // Anything but a HostError is a bug of ours and ends the program with its stack.
        if (!(error instanceof HostError)) throw error;
        this.lose(error);
        return;
      }
    } while (this.loop !== "running" && !this.closed);
    this.loop = "idle";
  }

  /** One turn: read the display if somebody can use it, serve everybody, and set the one timer for what must wait. */
  private async turn(): Promise<void> {
    this.setTimer(undefined);
    const startMs = this.nowMs();
    const due = this.due(startMs);
    if (due !== undefined && startMs >= due.atMs) {
      this.schedule.looks(due.look, startMs);
      await (due.look === "catch up" ? this.reader.catchUp() : this.read());
    }
    for (const consumer of this.consumers) {
      if (this.closed) return;
      await consumer.serve(this.surface, this.nowMs());
    }
    // One time for both questions: whoever becomes ready between them would be asked about neither.
    const nowMs = this.nowMs();
    let wakeAtMs = this.due(nowMs)?.atMs ?? Number.POSITIVE_INFINITY;
    for (const consumer of this.consumers) {
      wakeAtMs = Math.min(wakeAtMs, consumer.wakeAtMs(nowMs) ?? Number.POSITIVE_INFINITY);
    }
    if (Number.isFinite(wakeAtMs) && this.loop === "running") this.setTimer(Math.max(wakeAtMs - nowMs, 0));
  }

  private due(nowMs: number): Due {
    return this.schedule.due(nowMs, this.reader, [...this.consumers]);
  }

  private async read(): Promise<void> {
    this.trace?.ended("event");
    const images = await this.reader.read();
    this.trace?.ended("grab");
    if (images === undefined) return this.trace?.forget();
    this.stats.captures += 1;
    for (const { rect } of images) this.stats.capturedPixels += rect.width * rect.height;
    const nowMs = this.nowMs();
    const { move, rects: changed } = this.surface.take(images, nowMs);
    if (move !== undefined) this.schedule.sawMove();
    this.trace?.ended("compare");
    const all = move === undefined ? changed : [move.to, ...changed];
    if (all.length === 0) return this.trace?.forget();
    this.stats.changedRects += changed.length;
    this.reader.foundNew(all);
    this.onSurfaceChange(all);
    for (const consumer of this.consumers) consumer.changed(changed, move, nowMs);
  }

  private lose(error: HostError): void {
    if (!this.closed) this.onLost(error);
  }

  private setTimer(delayMs: number | undefined): void {
    clearTimeout(this.timer);
    this.timer = delayMs === undefined ? undefined : setTimeout(() => this.kick(), delayMs);
  }
}
