import { type Point, type Rect, type Size, sameSize, wholeOf } from "../../protocol/geometry.ts";
import { HostError } from "../errors.ts";
import type { Capture, CaptureEvents, Grabbed, RawImage } from "./driver.ts";

const BYTES_PER_PIXEL = 4;

/** A whole display, or the shared monitor of it: rows top down, B G R unused, no padding. */
export type Snapshot = { readonly origin: Point; readonly size: Size; readonly pixels: Uint8Array };

/** Something that can only take pictures of the whole display, and cannot tell when it changes. */
export interface SnapshotSource {
  /** @throws HostError `capture-lost` */
  take(): Promise<Snapshot>;
  /** Calls once, when the display goes away by itself. */
  onGone(listener: (error: HostError) => void): void;
  close(): Promise<void>;
}

/**
 * Makes a capture of a snapshot source: while somebody watches, the whole display counts as damaged at the frame rate,
 * as fast as it is read; comparing finds out what really changed. A new size shows with the first picture of it.
 */
export class PolledCapture implements Capture {
  readonly name: string;
  private readonly source: SnapshotSource;
  private readonly intervalMs: number;
  private current: Size;
  private place: Point;
  private toldSize: Size;
  private events: CaptureEvents | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** A report that nobody has read yet makes another one pointless. */
  private reported: boolean = false;
  private gone: HostError | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: { name: string; source: SnapshotSource; first: Snapshot; maxFps: number }) {
    this.name = options.name;
    this.source = options.source;
    this.intervalMs = 1000 / options.maxFps;
    this.current = options.first.size;
    this.toldSize = options.first.size;
    this.place = options.first.origin;
    this.source.onGone((error) => this.lose(error));
  }

  get size(): Size {
    return this.current;
  }

  get origin(): Point {
    return this.place;
  }

  watch(events: CaptureEvents): void {
    this.rest();
    this.events = events;
    if (this.gone !== undefined) {
      events.lost(this.gone);
      return;
    }
    this.timer = setInterval(() => this.report(), this.intervalMs);
    this.tellSize();
    this.report();
  }

  rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.events = undefined;
    this.reported = false;
  }

  async catchUp(): Promise<void> {}

  async grab(rects: readonly Rect[]): Promise<Grabbed> {
    const images = this.turn.then(() => this.read(rects));
    // Whoever asked hears of a failure; the next in turn does not care.
    this.turn = images.catch(() => undefined);
    return { images: await images, damaged: [] };
  }

  async close(): Promise<void> {
    this.gone ??= new HostError("capture-lost", "The capture is closed.", "Start sharing again.");
    this.rest();
    await this.turn;
    await this.source.close();
  }

  private report(): void {
    if (this.reported) return;
    this.reported = true;
    this.events?.damaged([wholeOf(this.current)]);
  }

  private async read(rects: readonly Rect[]): Promise<RawImage[]> {
    if (this.gone !== undefined) throw this.gone;
    this.reported = false;
    const snapshot = await this.take();
    this.place = snapshot.origin;
    if (!sameSize(snapshot.size, this.current)) {
      this.current = snapshot.size;
      this.tellSize();
    }
    return rects.map((rect) => ({ rect, pixels: cut(snapshot, rect) }));
  }

  private async take(): Promise<Snapshot> {
    try {
      return await this.source.take();
    } catch (error) {
      if (error instanceof HostError) this.lose(error);
      throw this.gone ?? error;
    }
  }

  private tellSize(): void {
    if (this.events === undefined || sameSize(this.current, this.toldSize)) return;
    this.toldSize = this.current;
    this.events.resized(this.current);
  }

  private lose(error: HostError): void {
    if (this.gone !== undefined) return;
    this.gone = error;
    const events = this.events;
    this.rest();
    events?.lost(error);
  }
}

/** Copies a rectangle out; what lies outside the picture is black. */
export function cut(picture: Snapshot, rect: Rect): Uint8Array {
  const { size, pixels } = picture;
  if (rect.x === 0 && rect.y === 0 && sameSize(rect, size)) return pixels;
  const piece = new Uint8Array(rect.width * rect.height * BYTES_PER_PIXEL);
  const columns = Math.max(0, Math.min(rect.width, size.width - rect.x));
  const rows = Math.max(0, Math.min(rect.height, size.height - rect.y));
  for (let row = 0; row < rows; row++) {
    const from = ((rect.y + row) * size.width + rect.x) * BYTES_PER_PIXEL;
    piece.set(pixels.subarray(from, from + columns * BYTES_PER_PIXEL), row * rect.width * BYTES_PER_PIXEL);
  }
  return piece;
}
