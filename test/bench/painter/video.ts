import type { Rect } from "../../../protocol/geometry.ts";
import { type FrameBuffer, psnrDb } from "../frame-buffer.ts";
import { movingPicture } from "./moving-picture.ts";
import { PaintedWindow, type X11Connection } from "./painted-display.ts";
import { monotonicMs, watchUntil } from "./sampling.ts";
import { readStamp, STAMP_HEIGHT, STAMP_ROWS, STAMP_WIDTH, whiteCells } from "./stamp.ts";

const PICTURE: Rect = { x: 320, y: 180, width: 1280, height: 720 };
const DISTINCT_FRAMES = 16;
const COPIES = 3;
const BYTES_PER_PIXEL = 4;
/** Without the stamps, which are drawn over the frames. */
const COMPARED = { y: STAMP_HEIGHT, height: PICTURE.height - 2 * STAMP_HEIGHT } as const;
/** A number must be far from every number before it, and no start colour must look like one. */
const FIRST_NUMBER = 0x1001;

export type VideoResult = {
  readonly painted: number;
  /** Updates seen whole: each is another number in both corners. */
  readonly delivered: number;
  readonly seconds: number;
  /** For each painted frame: until it, or a later one, was seen whole. */
  readonly latenciesMs: readonly number[];
  readonly movingPsnrDb: readonly number[];
  /** The same region on both displays, `restMs` after the last frame. */
  readonly restPsnrDb: number;
};

/** Sixteen pictures and their window, made once: sending them to the X server takes longer than some scenarios. */
export function videoFrames(): Buffer[] {
  return movingPicture(PICTURE.width, PICTURE.height, DISTINCT_FRAMES);
}

/**
 * Shows a moving picture with a number in its first and last corner, and looks for the numbers on the viewer's display.
 * A frame counts as seen when both corners show it: products that send a frame in pieces must have sent all of it.
 */
export async function paintVideo(
  x: X11Connection,
  shared: FrameBuffer,
  viewer: FrameBuffer,
  frames: readonly Buffer[],
  wish: { readonly seconds: number; readonly framesPerSecond: number; readonly restMs: number },
): Promise<VideoResult> {
  const window = new PaintedWindow(x, PICTURE, 0);
  const kept: number[] = [];
  for (const pixels of frames) kept.push(await window.keep({ ...PICTURE, pixels }));
  const total = Math.round(wish.seconds * wish.framesPerSecond);
  const copyAt = new Set(
    Array.from({ length: COPIES }, (_, nth) => Math.floor((total * (nth + 1.5)) / (COPIES + 1.5))),
  );
  const paintedMs: number[] = [];
  const latenciesMs: number[] = [];
  const copies: { readonly frame: number; readonly pixels: Buffer }[] = [];
  let shown = -1;
  let delivered = 0;
  const strip = stripReader(viewer);
  const look = (nowMs: number) => {
    const first = strip(PICTURE.x, PICTURE.y);
    const last = strip(PICTURE.x + PICTURE.width - STAMP_WIDTH, PICTURE.y + PICTURE.height - STAMP_HEIGHT);
    if (first === undefined || last === undefined) return false;
    const whole = Math.min(first, last) - FIRST_NUMBER;
    if (whole <= shown || whole >= paintedMs.length) return false;
    delivered += 1;
    for (let frame = shown + 1; frame <= whole; frame += 1) latenciesMs.push(nowMs - (paintedMs[frame] ?? nowMs));
    shown = whole;
    if ([...copyAt].some((wanted) => wanted <= whole) && first === last) {
      for (const wanted of copyAt) if (wanted <= whole) copyAt.delete(wanted);
      copies.push({ frame: whole, pixels: viewer.read(PICTURE) });
    }
    return shown === total - 1;
  };
  const periodMs = 1000 / wish.framesPerSecond;
  const startMs = monotonicMs();
  let dueMs = startMs;
  for (let frame = 0; frame < total; frame += 1) {
    watchUntil(dueMs, (nowMs) => look(nowMs) && false);
    const picture = kept[frame % kept.length];
    if (picture === undefined) throw new Error("unreachable");
    drawStamp(window, picture, frame + FIRST_NUMBER);
    window.show(picture, PICTURE.width, PICTURE.height);
    await window.settled();
    paintedMs.push(monotonicMs());
    dueMs += periodMs;
  }
  const seconds = (monotonicMs() - startMs) / 1000;
  watchUntil(monotonicMs() + wish.restMs, (nowMs) => look(nowMs) && false);
  const restPsnrDb = psnrDb(shared.read(PICTURE), viewer.read(PICTURE));
  await window.close();
  const movingPsnrDb = copies.map(({ frame, pixels }) => psnrOfMiddle(frames[frame % frames.length], pixels));
  return { painted: total, delivered, seconds, latenciesMs, movingPsnrDb, restPsnrDb };
}

function drawStamp(window: PaintedWindow, picture: number, number: number): void {
  const atX = PICTURE.width - STAMP_WIDTH;
  const atY = PICTURE.height - STAMP_HEIGHT;
  window.fillOn(picture, 0x000000, [0, 0, STAMP_WIDTH, STAMP_HEIGHT, atX, atY, STAMP_WIDTH, STAMP_HEIGHT]);
  window.fillOn(picture, 0xffffff, [...whiteCells(number, 0, 0), ...whiteCells(number, atX, atY)]);
}

function stripReader(viewer: FrameBuffer): (x: number, y: number) => number | undefined {
  const upright = Buffer.alloc(STAMP_WIDTH * BYTES_PER_PIXEL);
  const inverted = Buffer.alloc(STAMP_WIDTH * BYTES_PER_PIXEL);
  return (x, y) => {
    viewer.readRow(x, y + STAMP_ROWS.upright, upright);
    viewer.readRow(x, y + STAMP_ROWS.inverted, inverted);
    return readStamp(upright, inverted);
  };
}

function psnrOfMiddle(painted: Buffer | undefined, seen: Buffer): number {
  if (painted === undefined) throw new Error("unreachable");
  const rowBytes = PICTURE.width * BYTES_PER_PIXEL;
  const from = COMPARED.y * rowBytes;
  const to = from + COMPARED.height * rowBytes;
  return psnrDb(painted.subarray(from, to), seen.subarray(from, to));
}
