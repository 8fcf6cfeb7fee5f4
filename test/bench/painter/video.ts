import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { drawStamps, showsStamps } from "./drawn-stamp.ts";
import { type Glyphs, plainImage } from "./glyphs.ts";
import { movingPicture } from "./moving-picture.ts";
import { type Drawable, type Image, PaintedWindow, type X11Connection } from "./painted-display.ts";
import { inTheMiddle, type Scene } from "./scene.ts";
import { STAMP_HEIGHT, STAMP_WIDTH } from "./stamp.ts";
import { PAPER, writeText } from "./written-text.ts";

/** At 1920x1080; larger displays have larger pictures. */
const PICTURE: Size = { width: 1280, height: 720 };
const REFERENCE_WIDTH = 1920;
const DISTINCT_FRAMES = 16;
/** What all frames together may take, in the painter and once more in the X server. */
const MAX_FRAMES_BYTES = 128 * 1024 * 1024;
const BYTES_PER_PIXEL = 4;
const TEXT_WIDTH = 171;
/** What a film's own codec leaves of it. */
const GRAIN_OF_A_FILM = 6;

/** How large the picture is on a display of this size, and where. */
export function videoPlace(display: Size): Rect {
  const scale = display.width / REFERENCE_WIDTH;
  return inTheMiddle(display, PICTURE.width * scale, PICTURE.height * scale);
}

/** Made once: it takes longer than some scenarios. */
export function videoFrames(display: Size): readonly Image[] {
  const { width, height } = videoPlace(display);
  const count = Math.min(DISTINCT_FRAMES, Math.floor(MAX_FRAMES_BYTES / (width * height * BYTES_PER_PIXEL)));
  return movingPicture(width, height, count, GRAIN_OF_A_FILM).map((pixels) => ({ width, height, pixels }));
}

/** A moving picture with sharp text beside it. */
export class VideoScene implements Scene {
  readonly moving: Rect;
  readonly still: Rect;
  private readonly window: PaintedWindow;
  private readonly frames: readonly Drawable[];

  private constructor(moving: Rect, still: Rect, window: PaintedWindow, frames: readonly Drawable[]) {
    this.moving = moving;
    this.still = still;
    this.window = window;
    this.frames = frames;
  }

  /** The frames go to the X server here, so that showing one costs it a copy and nobody else anything. */
  static async open(
    x: X11Connection,
    glyphs: Glyphs,
    display: Size,
    seed: number,
    pictures: readonly Image[],
  ): Promise<VideoScene> {
    const moving = videoPlace(display);
    const { width, height } = moving;
    const window = new PaintedWindow(x, { ...moving, width: width + TEXT_WIDTH }, PAPER);
    const text = plainImage(TEXT_WIDTH, height, PAPER);
    writeText(glyphs, text, { x: 0, y: 0, width: TEXT_WIDTH, height }, seededRandom(seed));
    window.put(window.window, text, { x: width, y: 0 });
    const frames: Drawable[] = [];
    for (const picture of pictures) frames.push(await window.keep(picture));
    return new VideoScene(moving, { ...moving, x: moving.x + width, width: TEXT_WIDTH }, window, frames);
  }

  paint(number: number): void {
    const frame = this.frames[number % this.frames.length];
    if (frame === undefined) throw new Error("a video without frames");
    const { width, height } = this.moving;
    drawStamps(this.window, frame, number, stampPlaces(this.moving));
    // All at once: no capture can see a part of it.
    this.window.copy(frame, { x: 0, y: 0, width, height }, this.window.window, { x: 0, y: 0 });
  }

  isShown(on: FrameBuffer, number: number): boolean {
    const { x, y } = this.moving;
    const places = stampPlaces(this.moving).map((at) => ({ x: at.x + x, y: at.y + y }));
    return showsStamps(on, number, places);
  }

  close(): Promise<void> {
    return this.window.close();
  }
}

/** In the picture: products that send a frame in pieces must have sent the first, one in the middle, and the last. */
function stampPlaces({ width, height }: Size): readonly Point[] {
  const [lastX, lastY] = [width - STAMP_WIDTH, height - STAMP_HEIGHT];
  return [0, 0.5, 1].map((share) => ({ x: Math.round(lastX * share), y: Math.round(lastY * share) }));
}
