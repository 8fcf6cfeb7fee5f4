import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { drawStamps, showsStamps } from "./drawn-stamp.ts";
import { CELL, cutOut, type Glyphs, plainImage } from "./glyphs.ts";
import { shows } from "./likeness.ts";
import { type Drawable, type Image, PaintedWindow, type X11Connection } from "./painted-display.ts";
import { inTheMiddle, type Scene } from "./scene.ts";
import { STAMP_HEIGHT, STAMP_WIDTH } from "./stamp.ts";
import { PAPER, writeText } from "./written-text.ts";

const WINDOW: Size = { width: 1200, height: 800 };
/** A line for the title above the text, and one for the status below it, with the number in both. */
const BAR_HEIGHT = 40;
const VISIBLE_LINES = (WINDOW.height - 2 * BAR_HEIGHT) / CELL.height;
const STEP_LINES = 3;
/** After so many it comes round again: long gone from every screen. */
const DOCUMENT_LINES = 480;
const BAR_COLOR = 0x2b3440;
/** Lines of the visible text that are looked at, beside the numbers. */
const PROBED_LINES = [1, VISIBLE_LINES >> 1, VISIBLE_LINES - 1] as const;
const PROBE_WIDTH = 400;
/** In a line: where most letters have ink. */
const PROBE_ROW = 10;
const STAMPS: readonly Point[] = [
  { x: 8, y: (BAR_HEIGHT - STAMP_HEIGHT) / 2 },
  { x: WINDOW.width - STAMP_WIDTH - 8, y: WINDOW.height - (BAR_HEIGHT + STAMP_HEIGHT) / 2 },
];

/** A window of text that scrolls, as an editor or a browser does it: what stays is copied, what comes new is painted. */
export class ScrollScene implements Scene {
  readonly moving: Rect;
  private readonly window: PaintedWindow;
  private readonly text: Image;
  private readonly kept: Drawable;

  private constructor(place: Rect, window: PaintedWindow, text: Image, kept: Drawable) {
    this.moving = place;
    this.window = window;
    this.text = text;
    this.kept = kept;
  }

  static async open(x: X11Connection, glyphs: Glyphs, display: Size, seed: number): Promise<ScrollScene> {
    const text = plainImage(WINDOW.width, DOCUMENT_LINES * CELL.height, PAPER);
    writeText(glyphs, text, { x: 0, y: 0, width: text.width, height: text.height }, seededRandom(seed));
    const place = inTheMiddle(display, WINDOW.width, WINDOW.height);
    const window = new PaintedWindow(x, place, BAR_COLOR);
    const scene = new ScrollScene(place, window, text, await window.keep(text));
    scene.paintLines(0, 0, VISIBLE_LINES);
    await window.settled();
    return scene;
  }

  paint(number: number): void {
    const { window } = this.window;
    const left = { x: 0, y: BAR_HEIGHT };
    const step = STEP_LINES * CELL.height;
    const staying = { x: 0, y: BAR_HEIGHT + step, width: WINDOW.width, height: VISIBLE_LINES * CELL.height - step };
    this.window.together(() => {
      this.window.copy(window, staying, window, left);
      this.paintLines(firstLine(number) + VISIBLE_LINES - STEP_LINES, VISIBLE_LINES - STEP_LINES, STEP_LINES);
      drawStamps(this.window, window, number, STAMPS);
    });
  }

  isShown(on: FrameBuffer, number: number): boolean {
    const { x, y } = this.moving;
    const stamps = STAMPS.map((at) => ({ x: at.x + x, y: at.y + y }));
    if (!showsStamps(on, number, stamps)) return false;
    return PROBED_LINES.every((line) => {
      const from = ((firstLine(number) + line) % DOCUMENT_LINES) * CELL.height + PROBE_ROW;
      const wanted = cutOut(this.text, { x: 0, y: from, width: PROBE_WIDTH, height: 1 });
      const row = y + BAR_HEIGHT + line * CELL.height + PROBE_ROW;
      return shows(on, { x, y: row, width: PROBE_WIDTH, height: 1 }, wanted);
    });
  }

  close(): Promise<void> {
    return this.window.close();
  }

  /** A number of lines of the document at a line of the window; after its last one comes its first. */
  private paintLines(documentLine: number, windowLine: number, lines: number): void {
    const first = documentLine % DOCUMENT_LINES;
    const here = Math.min(lines, DOCUMENT_LINES - first);
    const part = { x: 0, y: first * CELL.height, width: WINDOW.width, height: here * CELL.height };
    this.window.copy(this.kept, part, this.window.window, { x: 0, y: BAR_HEIGHT + windowLine * CELL.height });
    if (here < lines) this.paintLines(0, windowLine + here, lines - here);
  }
}

/** The first line of the document in the window after an update. */
const firstLine = (number: number): number => (number + 1) * STEP_LINES;
