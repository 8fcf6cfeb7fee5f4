import type { Rect } from "../../../protocol/geometry.ts";
import { type FrameBuffer, psnrDb } from "../frame-buffer.ts";
import { movingPicture } from "./moving-picture.ts";
import { type Drawable, PaintedWindow, type X11Connection } from "./painted-display.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";
import { readStamp, STAMP_HEIGHT, STAMP_ROWS, STAMP_WIDTH, whiteCells } from "./stamp.ts";

const PICTURE: Rect = { x: 320, y: 180, width: 1280, height: 720 };
const DISTINCT_FRAMES = 16;
const COPIES = 3;
const BYTES_PER_PIXEL = 4;
/** Without the stamps, which are drawn over the frames. */
const COMPARED = { y: STAMP_HEIGHT, height: PICTURE.height - 2 * STAMP_HEIGHT } as const;
/** Of the last stamp, in the picture. */
const LAST_CORNER = { x: PICTURE.width - STAMP_WIDTH, y: PICTURE.height - STAMP_HEIGHT } as const;
const LAST_LIMIT_MS = 2000;
/** A number must be far from every number before it, and no start colour must look like one. */
const FIRST_NUMBER = 0x1001;

/** Made once: it takes longer than some scenarios. */
export function videoFrames(): Buffer[] {
  return movingPicture(PICTURE.width, PICTURE.height, DISTINCT_FRAMES);
}

export type VideoResult = {
  readonly painted: number;
  /** Frames seen whole: each time another number in both corners. */
  readonly delivered: number;
  readonly seconds: number;
  /** For each painted frame: until it, or a later one, was seen whole. */
  readonly latenciesMs: readonly number[];
  readonly movingPsnrDb: readonly number[];
};

/**
 * A moving picture with a number in its first and last corner, which are looked for on the viewer's display. A frame
 * counts as seen when both corners show it: products that send a frame in pieces must have sent all of it.
 */
export class VideoScene {
  private readonly shared: FrameBuffer;
  private readonly viewer: FrameBuffer;
  private readonly window: PaintedWindow;
  private readonly frames: readonly Frame[];

  private constructor(shared: FrameBuffer, viewer: FrameBuffer, window: PaintedWindow, frames: readonly Frame[]) {
    this.shared = shared;
    this.viewer = viewer;
    this.window = window;
    this.frames = frames;
  }

  /** The frames go to the X server here, so that showing one costs it a copy and nobody else anything. */
  static async open(
    x: X11Connection,
    shared: FrameBuffer,
    viewer: FrameBuffer,
    pictures: readonly Buffer[],
  ): Promise<VideoScene> {
    const window = new PaintedWindow(x, PICTURE, 0);
    const frames: Frame[] = [];
    for (const pixels of pictures) frames.push({ pixels, kept: await window.keep({ ...PICTURE, pixels }) });
    return new VideoScene(shared, viewer, window, frames);
  }

  async play(wish: { readonly seconds: number; readonly framesPerSecond: number }): Promise<VideoResult> {
    const total = Math.round(wish.seconds * wish.framesPerSecond);
    const periodMs = 1000 / wish.framesPerSecond;
    const watch = new FrameWatch(this.viewer, copyTimes(total));
    const startMs = monotonicMs();
    for (let number = 0; number < total; number += 1) {
      watchUntil(startMs + number * periodMs, (nowMs) => watch.look(nowMs));
      const { kept } = this.frame(number);
      drawStamp(this.window, kept, number + FIRST_NUMBER);
      this.window.show(kept, PICTURE.width, PICTURE.height);
      await this.window.settled();
      watch.paintedMs.push(monotonicMs());
    }
    watchUntil(startMs + total * periodMs, (nowMs) => watch.look(nowMs));
    const seconds = (monotonicMs() - startMs) / 1000;
    const { delivered } = watch;
    // The last frames are still on their way: they count for the delay, and not as delivered in this time.
    watchUntil(monotonicMs() + LAST_LIMIT_MS, (nowMs) => watch.look(nowMs) || watch.shown === total - 1);
    return {
      painted: total,
      delivered,
      seconds,
      latenciesMs: watch.latenciesMs,
      movingPsnrDb: watch.copies.map(({ number, pixels }) => psnrOfMiddle(this.frame(number).pixels, pixels)),
    };
  }

  rest(restMs: number): { readonly psnrDb: number } {
    watchUntil(monotonicMs() + restMs, () => false);
    return { psnrDb: psnrDb(this.shared.read(PICTURE), this.viewer.read(PICTURE)) };
  }

  close(): Promise<void> {
    return this.window.close();
  }

  private frame(number: number): Frame {
    const frame = this.frames[number % this.frames.length];
    if (frame === undefined) throw new Error("a video without frames");
    return frame;
  }
}

type Frame = { readonly pixels: Buffer; readonly kept: Drawable };

/** Looks for the numbers, and takes copies of what is shown when some of them are seen. */
class FrameWatch {
  readonly paintedMs: number[] = [];
  readonly latenciesMs: number[] = [];
  readonly copies: { readonly number: number; readonly pixels: Buffer }[] = [];
  delivered = 0;
  shown = -1;
  private readonly viewer: FrameBuffer;
  private readonly readNumber: (x: number, y: number) => number | undefined;
  private readonly copyAt: number[];

  constructor(viewer: FrameBuffer, copyAt: readonly number[]) {
    this.viewer = viewer;
    this.readNumber = stampReader(viewer);
    this.copyAt = [...copyAt];
  }

  /** @returns false, always: there may be more to see */
  look(nowMs: number): false {
    const first = this.readNumber(PICTURE.x, PICTURE.y);
    const last = this.readNumber(LAST_CORNER.x + PICTURE.x, LAST_CORNER.y + PICTURE.y);
    if (first === undefined || last === undefined) return false;
    const whole = Math.min(first, last) - FIRST_NUMBER;
    if (whole <= this.shown || whole >= this.paintedMs.length) return false;
    for (const paintedMs of this.paintedMs.slice(this.shown + 1, whole + 1)) this.latenciesMs.push(nowMs - paintedMs);
    this.delivered += 1;
    this.shown = whole;
    const [nextCopy] = this.copyAt;
    if (nextCopy !== undefined && whole >= nextCopy && first === last) {
      this.copyAt.shift();
      this.copies.push({ number: whole, pixels: this.viewer.read(PICTURE) });
    }
    return false;
  }
}

/** Spread over the run, the first seconds left out: rates need a moment to settle. */
const copyTimes = (total: number): number[] =>
  Array.from({ length: COPIES }, (_, nth) => Math.floor((total * (nth + 1.5)) / (COPIES + 1.5)));

function drawStamp(window: PaintedWindow, picture: Drawable, number: number): void {
  const { x, y } = LAST_CORNER;
  window.fillOn(picture, 0x000000, [0, 0, STAMP_WIDTH, STAMP_HEIGHT, x, y, STAMP_WIDTH, STAMP_HEIGHT]);
  window.fillOn(picture, 0xffffff, [...whiteCells(number, 0, 0), ...whiteCells(number, x, y)]);
}

function stampReader(viewer: FrameBuffer): (x: number, y: number) => number | undefined {
  const upright = Buffer.alloc(STAMP_WIDTH * BYTES_PER_PIXEL);
  const inverted = Buffer.alloc(STAMP_WIDTH * BYTES_PER_PIXEL);
  return (x, y) => {
    viewer.readRow(x, y + STAMP_ROWS.upright, upright);
    viewer.readRow(x, y + STAMP_ROWS.inverted, inverted);
    return readStamp(upright, inverted);
  };
}

function psnrOfMiddle(painted: Buffer, seen: Buffer): number {
  const rowBytes = PICTURE.width * BYTES_PER_PIXEL;
  const from = COMPARED.y * rowBytes;
  const to = from + COMPARED.height * rowBytes;
  return psnrDb(painted.subarray(from, to), seen.subarray(from, to));
}
