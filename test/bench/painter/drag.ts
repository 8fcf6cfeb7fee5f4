import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { drawStamps, showsStamps } from "./drawn-stamp.ts";
import { cutOut, type Glyphs, plainImage } from "./glyphs.ts";
import { shows } from "./likeness.ts";
import { movingPicture } from "./moving-picture.ts";
import { type Image, PaintedWindow, type X11Connection } from "./painted-display.ts";
import { inTheMiddle, type Scene } from "./scene.ts";
import { STAMP_HEIGHT, STAMP_WIDTH } from "./stamp.ts";
import { PAPER, writeText } from "./written-text.ts";

const WINDOW: Size = { width: 640, height: 420 };
const BAR_HEIGHT = 40;
const BAR_COLOR = 0x3a4a5c;
/** The window moves within a part of the display of this size. */
const GROUND: Size = { width: 1440, height: 800 };
/** How many updates one swing to and fro takes: up to 28 pixels an update. */
const SWING = { x: 90, y: 70 } as const;
const GRAIN_OF_A_PHOTO = 2;
/** In the window: rows of its text that are looked at, beside the numbers. */
const PROBED_ROWS = [BAR_HEIGHT + 10, 208, 370] as const;
const PROBE_WIDTH = 300;
const STAMPS: readonly Point[] = [
  { x: 8, y: (BAR_HEIGHT - STAMP_HEIGHT) / 2 },
  { x: WINDOW.width - STAMP_WIDTH, y: WINDOW.height - STAMP_HEIGHT },
];

/**
 * A window that is dragged over a desktop with a picture on it, as window managers do it: the X server takes the window's
 * pixels along and paints the desktop where it was. The number is in the title, as if that told the window's place.
 */
export class DragScene implements Scene {
  readonly moving: Rect;
  private readonly desktop: PaintedWindow;
  private readonly window: PaintedWindow;
  private readonly content: Image;

  private constructor(moving: Rect, desktop: PaintedWindow, window: PaintedWindow, content: Image) {
    this.moving = moving;
    this.desktop = desktop;
    this.window = window;
    this.content = content;
  }

  static async open(x: X11Connection, glyphs: Glyphs, display: Size, seed: number): Promise<DragScene> {
    const [photo] = movingPicture(display.width, display.height, 1, GRAIN_OF_A_PHOTO);
    if (photo === undefined) throw new Error("unreachable");
    const desktop = new PaintedWindow(x, { x: 0, y: 0, ...display }, 0);
    desktop.setBackground(await desktop.keep({ ...display, pixels: photo }));
    const moving = inTheMiddle(display, GROUND.width, GROUND.height);
    const window = new PaintedWindow(x, { ...placeOf(moving, 0), ...WINDOW }, BAR_COLOR, { inside: desktop });
    const content = plainImage(WINDOW.width, WINDOW.height, PAPER);
    const text = { x: 0, y: BAR_HEIGHT, width: WINDOW.width, height: WINDOW.height - BAR_HEIGHT - STAMP_HEIGHT };
    writeText(glyphs, content, text, seededRandom(seed));
    window.put(window.window, content, { x: 0, y: 0 });
    window.fill(window.window, BAR_COLOR, [0, 0, WINDOW.width, BAR_HEIGHT]);
    await window.settled();
    return new DragScene(moving, desktop, window, content);
  }

  paint(number: number): void {
    this.window.together(() => {
      this.window.moveTo(placeOf(this.moving, number));
      drawStamps(this.window, this.window.window, number, STAMPS);
    });
  }

  isShown(on: FrameBuffer, number: number): boolean {
    const { x, y } = placeOf(this.moving, number);
    const stamps = STAMPS.map((at) => ({ x: at.x + x, y: at.y + y }));
    if (!showsStamps(on, number, stamps)) return false;
    return PROBED_ROWS.every((row) => {
      const wanted = cutOut(this.content, { x: 0, y: row, width: PROBE_WIDTH, height: 1 });
      return shows(on, { x, y: y + row, width: PROBE_WIDTH, height: 1 }, wanted);
    });
  }

  async close(): Promise<void> {
    await this.window.close();
    await this.desktop.close();
  }
}

/** Where the window is after an update, on the display. */
function placeOf(ground: Rect, number: number): Point {
  const at = (period: number, room: number) =>
    Math.round(room * (0.5 + 0.5 * Math.sin((number / period) * 2 * Math.PI)));
  return {
    x: ground.x + at(SWING.x, GROUND.width - WINDOW.width),
    y: ground.y + at(SWING.y, GROUND.height - WINDOW.height),
  };
}
