import type { Capture, CaptureEvents, Grabbed } from "../../host-agent/capture/driver.ts";
import { type Point, type Rect, type Size, wholeOf } from "../../protocol/geometry.ts";

/** A display in memory that a test paints on; asked, it tells exactly what was painted, as DAMAGE would. */
export class PaintableCapture implements Capture {
  readonly name = "paintable";
  readonly origin: Point = { x: 0, y: 0 };
  size: Size;
  grabs = 0;
  /** How often it was to tell where it changed, without reading. */
  asked = 0;
  watching = false;
  /** What somebody paints in the very last moment before the pixels are read. */
  onGrab: () => void = () => {};
  private pixels: Uint8Array;
  private events: CaptureEvents | undefined;
  private untold: Rect[] = [];
  private isAtIt = false;

  constructor(size: Size) {
    this.size = size;
    this.pixels = new Uint8Array(size.width * size.height * 4);
  }

  watch(events: CaptureEvents): void {
    this.events = events;
    this.watching = true;
    this.untold = [];
    events.damaged([wholeOf(this.size)]);
  }

  rest(): void {
    this.watching = false;
    this.events = undefined;
  }

  async catchUp(): Promise<void> {
    this.asked += 1;
    const { untold } = this;
    this.untold = [];
    if (untold.length > 0) this.events?.damaged(untold);
  }

  async grab(rects: readonly Rect[]): Promise<Grabbed> {
    this.grabs += 1;
    this.onGrab();
    const damaged = this.untold;
    this.untold = [];
    const images = rects.map((rect) => {
      const pixels = new Uint8Array(rect.width * rect.height * 4);
      for (let row = 0; row < rect.height; row++) {
        const from = ((rect.y + row) * this.size.width + rect.x) * 4;
        pixels.set(this.pixels.subarray(from, from + rect.width * 4), row * rect.width * 4);
      }
      return { rect, pixels };
    });
    return { images, damaged };
  }

  async close(): Promise<void> {
    this.rest();
  }

  /** Every pixel of the rectangle by a function of its place, as 0xRRGGBB. */
  paint(rect: Rect, colour: (x: number, y: number) => number): void {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      for (let x = rect.x; x < rect.x + rect.width; x++) {
        const at = (y * this.size.width + x) * 4;
        const value = colour(x, y);
        this.pixels[at] = value & 0xff;
        this.pixels[at + 1] = (value >> 8) & 0xff;
        this.pixels[at + 2] = value >> 16;
      }
    }
    if (this.untold.push(rect) === 1 && !this.isAtIt) this.events?.changedSomewhere();
  }

  /** Whoever paints paints all of this before anybody hears of any of it, as on an X server. */
  together(paint: () => void): void {
    const before = this.untold.length;
    this.isAtIt = true;
    paint();
    this.isAtIt = false;
    if (before === 0 && this.untold.length > 0) this.events?.changedSomewhere();
  }

  resize(size: Size): void {
    this.size = size;
    this.pixels = new Uint8Array(size.width * size.height * 4);
    this.events?.resized(size);
  }

  /** 0xRRGGBB */
  colourAt(x: number, y: number): number {
    const at = (y * this.size.width + x) * 4;
    return ((this.pixels[at + 2] ?? 0) << 16) | ((this.pixels[at + 1] ?? 0) << 8) | (this.pixels[at] ?? 0);
  }
}

/** Colours that no palette holds and no encoder finds easy. */
export function grainy(seed: number): (x: number, y: number) => number {
  return (x, y) => Math.imul((x + 1) * 73_856_093, (y + 1) * 19_349_663 + seed) & 0xffffff;
}
