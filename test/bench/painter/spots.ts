import type { Point, Size } from "../../../protocol/geometry.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { PaintedWindow, type X11Connection } from "./painted-display.ts";
import { type Random, seededRandom } from "./random.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";

const SPOT = 20;
const PITCH = 24;
/** Viewers keep their controls at the edges, over the picture. */
const MARGIN = { x: 144, y: 120 } as const;
/** Red, green, blue. */
const INK = 0xffc83c;
const PAPER = 0x20242c;
/** Lossy encodings move a colour; the paper is much farther away than this. */
const TOLERANCE = 48;
const BYTES_PER_PIXEL = 4;

type Spot = { readonly x: number; readonly y: number; readonly paintedMs: number };

/** A plain window over the whole shared display, on which something small changes. */
export class SpotsScene {
  private readonly shared: FrameBuffer;
  private readonly viewer: FrameBuffer;
  private readonly window: PaintedWindow;
  private readonly pixel = Buffer.alloc(BYTES_PER_PIXEL);

  private constructor(shared: FrameBuffer, viewer: FrameBuffer, window: PaintedWindow) {
    this.shared = shared;
    this.viewer = viewer;
    this.window = window;
  }

  static async open(x: X11Connection, shared: FrameBuffer, viewer: FrameBuffer): Promise<SpotsScene> {
    const window = new PaintedWindow(x, { x: 0, y: 0, width: viewer.width, height: viewer.height }, PAPER);
    await window.settled();
    return new SpotsScene(shared, viewer, window);
  }

  /**
   * Paints a small change at another place each time, and looks for it on the viewer's display.
   * @param wish `lastLimitMs`: how long to wait for those not yet seen when all are painted
   */
  async paint(wish: {
    readonly count: number;
    readonly periodMs: number;
    readonly lastLimitMs: number;
    readonly seed: number;
  }): Promise<{ readonly latenciesMs: readonly number[]; readonly neverSeen: number }> {
    const random = seededRandom(wish.seed);
    const latenciesMs: number[] = [];
    let waiting: Spot[] = [];
    const look = (nowMs: number) => {
      waiting = waiting.filter((spot) => {
        if (!this.isInkOn(this.viewer, spot)) return true;
        latenciesMs.push(nowMs - spot.paintedMs);
        return false;
      });
      return waiting.length === 0;
    };
    const places = shuffledPlaces(this.viewer, random);
    let dueMs = monotonicMs();
    for (let painted = 0; painted < wish.count; ) {
      const place = places.pop();
      if (place === undefined) throw new Error("There is no uncovered place left on the shared display.");
      watchUntil(dueMs, (nowMs) => look(nowMs) && false);
      this.window.put({ width: SPOT, height: SPOT, pixels: spotPixels(random) }, place.x, place.y);
      await this.window.settled();
      const paintedMs = monotonicMs();
      // A product may keep a small window of its own above everything; what is under it changes for nobody.
      if (!this.isInkOn(this.shared, place)) continue;
      waiting.push({ ...place, paintedMs });
      painted += 1;
      dueMs += wish.periodMs;
    }
    watchUntil(dueMs, (nowMs) => look(nowMs) && false);
    watchUntil(monotonicMs() + wish.lastLimitMs, look);
    return { latenciesMs, neverSeen: waiting.length };
  }

  close(): Promise<void> {
    return this.window.close();
  }

  /** Looks at the middle of a spot. */
  private isInkOn(display: FrameBuffer, at: Point): boolean {
    display.readRow(at.x + SPOT / 2, at.y + SPOT / 2, this.pixel);
    return isNear(this.pixel, INK);
  }
}

function shuffledPlaces({ width, height }: Size, random: Random): Point[] {
  const places: { x: number; y: number; rank: number }[] = [];
  for (let y = MARGIN.y; y + SPOT <= height - MARGIN.y; y += PITCH) {
    for (let x = MARGIN.x; x + SPOT <= width - MARGIN.x; x += PITCH) places.push({ x, y, rank: random() });
  }
  return places.sort((a, b) => a.rank - b.rank).map(({ x, y }) => ({ x, y }));
}

/** Like a glyph: ink and paper in a pattern that does not come again, with a middle that can be looked for. */
function spotPixels(random: Random): Buffer {
  const pixels = Buffer.alloc(SPOT * SPOT * BYTES_PER_PIXEL);
  for (let y = 0; y < SPOT; y += 1) {
    for (let x = 0; x < SPOT; x += 1) {
      const isMiddle = Math.max(Math.abs(x - SPOT / 2), Math.abs(y - SPOT / 2)) <= 4;
      const color = isMiddle || random() < 0.4 ? INK : PAPER;
      pixels.writeUInt32LE(color, (y * SPOT + x) * BYTES_PER_PIXEL);
    }
  }
  return pixels;
}

function isNear(pixel: Buffer, color: number): boolean {
  return [color & 0xff, (color >> 8) & 0xff, color >> 16].every(
    (value, channel) => Math.abs(value - (pixel[channel] ?? 0)) <= TOLERANCE,
  );
}
