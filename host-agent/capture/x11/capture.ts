import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { HostError } from "../../errors.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11Extensions } from "../../x11/extensions.ts";
import { readLayout, sharedPart } from "../../x11/layout.ts";
import type { Capture, CaptureEvents, Grabbed } from "../driver.ts";
import { CursorWatch } from "./cursor-watch.ts";
import { DamageWatch } from "./damage-watch.ts";
import { bytesOf, type PixelReader } from "./pixel-reader.ts";
import { PlainReader } from "./plain-reader.ts";
import { PointerWatch } from "./pointer-watch.ts";

/** While a desktop changes its mode a monitor may be off for a moment. Then it is really gone. */
const MONITOR_ABSENCE_LIMIT_MS = 3000;

type Extensions = Pick<X11Extensions, "damage" | "fixes"> & {
  readonly randr: X11Extensions["randr"] | undefined;
  readonly xinput: X11Extensions["xinput"] | undefined;
};

/**
 * One shared part of an X screen: the whole, or one monitor. Everything outside this class is in the part's own
 * coordinates; everything it asks of the server is in root coordinates.
 */
export class X11Capture implements Capture {
  readonly name = "x11";
  private readonly x: X11Connection;
  private readonly extensions: Extensions;
  private readonly monitor: number | "all";
  private readonly damage: DamageWatch;
  private readonly cursor: CursorWatch;
  private readonly pointer: PointerWatch | undefined;
  private reader: PixelReader;
  private part: Rect;
  private events: CaptureEvents | undefined;
  /** What the watcher believes; while nobody watches, the display may change behind its back. */
  private toldSize: Size;
  private gone: HostError | undefined;
  /** Reads and changes of the reader's memory, one after the other. */
  private turn: Promise<void> = Promise.resolve();
  private absence: NodeJS.Timeout | undefined;

  constructor(options: {
    x: X11Connection;
    extensions: Extensions;
    reader: PixelReader;
    part: Rect;
    monitor: number | "all";
  }) {
    const { x, extensions } = options;
    this.x = x;
    this.extensions = extensions;
    this.reader = options.reader;
    this.part = options.part;
    this.monitor = options.monitor;
    this.toldSize = this.size;
    this.damage = new DamageWatch(x, extensions, () => this.events?.changedSomewhere());
    this.cursor = new CursorWatch(x, extensions.fixes, (shape) => this.events?.cursorShape(shape));
    this.pointer = extensions.xinput && new PointerWatch(x, extensions.xinput, (at) => this.reportPointer(at));
    extensions.randr?.SelectInput(x.root, extensions.randr.NotifyMask.ScreenChange);
    x.onEvent("RRScreenChangeNotify", () => this.layoutChanged());
    x.onClosed(() => this.lose(this.closedError()));
  }

  get size(): Size {
    return { width: this.part.width, height: this.part.height };
  }

  get origin(): Point {
    return { x: this.part.x, y: this.part.y };
  }

  /** How it works here, for people. */
  get note(): string {
    const pointer = this.pointer === undefined ? "; the pointer is not followed: no XInput2" : "";
    return `DAMAGE and ${this.reader.name}${pointer}`;
  }

  /** Requests sent so far: the measure of being idle. */
  get requestCount(): number {
    return this.x.requestCount;
  }

  watch(events: CaptureEvents): void {
    this.rest();
    this.events = events;
    if (this.gone !== undefined) {
      events.lost(this.gone);
      return;
    }
    this.damage.start();
    this.cursor.start();
    this.pointer?.start();
    this.tellSize();
    events.damaged([{ x: 0, y: 0, ...this.size }]);
  }

  rest(): void {
    this.events = undefined;
    this.damage.stop();
    this.cursor.stop();
    this.pointer?.stop();
  }

  async catchUp(): Promise<void> {
    if (!this.damage.hasNotice) return;
    const { events } = this;
    const inside = this.insidePart(await this.damage.take());
    // Whoever has asked may rest by now, or somebody else watch, to whom the whole display is damaged.
    if (inside.length > 0 && events === this.events) events?.damaged(inside);
  }

  async grab(rects: readonly Rect[]): Promise<Grabbed> {
    // Asked right before the pixels, in one write: the server hardly ever lets anybody paint between the two. Never after
    // them: what changes between would be lost.
    const damaged = this.damage.take();
    this.pointer?.look();
    const images = await this.inTurn(async () => {
      if (this.gone !== undefined) throw this.gone;
      const size = this.size;
      const inside = rects.filter((rect) => lies(rect, size));
      const pixels = await this.readPixels(inside);
      let next = 0;
      return rects.map((rect) => {
        // A rectangle the display no longer has is black; that its size changed is told besides.
        const found = lies(rect, size) ? pixels[next++] : undefined;
        return { rect, pixels: found ?? new Uint8Array(bytesOf(rect)) };
      });
    });
    return { images, damaged: this.insidePart(await damaged) };
  }

  async close(): Promise<void> {
    this.gone ??= new HostError("capture-lost", "The capture is closed.", "Start sharing again.");
    this.rest();
    clearTimeout(this.absence);
    // First the connection: a read that a hung server never answers ends with it.
    await this.x.close();
    await this.turn;
    this.reader.close();
  }

  private async readPixels(rects: readonly Rect[]): Promise<Uint8Array[]> {
    try {
      return await this.reader.read(rects.map((rect) => this.toRoot(rect)));
    } catch (error) {
      throw this.gone ?? this.closedError(error);
    }
  }

  private toRoot(rect: Rect): Rect {
    return { x: rect.x + this.part.x, y: rect.y + this.part.y, width: rect.width, height: rect.height };
  }

  private insidePart(rects: readonly Rect[]): Rect[] {
    return rects.flatMap((rect) => clip(rect, this.part));
  }

  private reportPointer(root: Point): void {
    const at = { x: root.x - this.part.x, y: root.y - this.part.y };
    const inside = at.x >= 0 && at.y >= 0 && at.x < this.part.width && at.y < this.part.height;
    if (inside) this.events?.cursorMoved(at);
  }

  private tellSize(): void {
    const size = this.size;
    if (this.events === undefined || (size.width === this.toldSize.width && size.height === this.toldSize.height))
      return;
    this.toldSize = size;
    this.events.resized(size);
  }

  private layoutChanged(): void {
    this.inTurn(() => this.followLayout()).catch((error: unknown) => {
      this.lose(error instanceof HostError ? error : this.closedError(error));
    });
  }

  private async followLayout(): Promise<void> {
    const layout = await readLayout(this.x, this.extensions.randr);
    const part = sharedPart(layout, this.monitor);
    clearTimeout(this.absence);
    if (part === undefined) {
      // Never another monitor instead: this one is what the person agreed to show.
      this.absence = setTimeout(() => this.lose(this.monitorGone()), MONITOR_ABSENCE_LIMIT_MS);
      return;
    }
    const { x, y, width, height } = this.part;
    if (part.x === x && part.y === y && part.width === width && part.height === height) return;
    try {
      await this.reader.fit(part);
    } catch {
      // No shared memory for a larger picture: the socket carries any size.
      this.reader.close();
      this.reader = new PlainReader(this.x);
    }
    this.part = part;
    this.tellSize();
    this.events?.damaged([{ x: 0, y: 0, ...this.size }]);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.then(
      () => undefined,
      // Whoever asked for the work hears of it; the next in turn does not care.
      () => undefined,
    );
    return result;
  }

  private lose(error: HostError): void {
    if (this.gone !== undefined) return;
    this.gone = error;
    const events = this.events;
    this.rest();
    events?.lost(error);
  }

  private monitorGone(): HostError {
    return new HostError(
      "capture-lost",
      `Monitor ${this.monitor} of the display ${this.x.displayName} was switched off or unplugged.`,
      "Share again with another --monitor.",
    );
  }

  private closedError(cause?: unknown): HostError {
    return new HostError(
      "capture-lost",
      `The X display ${this.x.displayName} closed the connection: the session ended or the X server stopped.`,
      "Share again from a running desktop session.",
      { cause },
    );
  }
}

function lies(rect: Rect, size: Size): boolean {
  return rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height;
}

/** The piece of `rect` inside `part`, in the part's coordinates: one rectangle or none. */
function clip(rect: Rect, part: Rect): Rect[] {
  const left = Math.max(rect.x, part.x);
  const top = Math.max(rect.y, part.y);
  const right = Math.min(rect.x + rect.width, part.x + part.width);
  const bottom = Math.min(rect.y + rect.height, part.y + part.height);
  if (right <= left || bottom <= top) return [];
  return [{ x: left - part.x, y: top - part.y, width: right - left, height: bottom - top }];
}
