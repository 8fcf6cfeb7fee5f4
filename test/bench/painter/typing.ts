import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { CELL, cutOut, type Glyphs, plainImage } from "./glyphs.ts";
import { shows } from "./likeness.ts";
import { type Image, PaintedWindow, type X11Connection } from "./painted-display.ts";
import { inTheMiddle, type Scene } from "./scene.ts";
import { INK, PAPER, word, writeText } from "./written-text.ts";

const WINDOW: Size = { width: 999, height: 594 };
/** Lines that are there already when the typing begins. */
const WRITTEN_LINES = 16;
const CURSOR = plainImage(CELL.width, CELL.height, INK).pixels;

/**
 * A terminal's window into which somebody types: each update is one character where the cursor was, and the cursor, a
 * block, one cell on. An update is known by its place.
 */
export class TypingScene implements Scene {
  private readonly window: PaintedWindow;
  private readonly place: Rect;
  private readonly firstLine: number;
  /** Every character in its cell, in a row. */
  private readonly letters: Image;

  private constructor(window: PaintedWindow, place: Rect, firstLine: number, letters: Image) {
    this.window = window;
    this.place = place;
    this.firstLine = firstLine;
    this.letters = letters;
  }

  /** @param place of the window; undefined: a large one in the middle of the display, with text in it */
  static async open(x: X11Connection, glyphs: Glyphs, display: Size, seed: number, place?: Rect): Promise<TypingScene> {
    const random = seededRandom(seed);
    const at = place ?? inTheMiddle(display, WINDOW.width, WINDOW.height);
    const window = new PaintedWindow(x, at, PAPER);
    const firstLine = place === undefined ? WRITTEN_LINES : 0;
    const text = plainImage(at.width, Math.max(1, firstLine * CELL.height), PAPER);
    writeText(glyphs, text, { x: 0, y: 0, width: at.width, height: firstLine * CELL.height }, random);
    window.put(window.window, text, { x: 0, y: 0 });
    const cells = Math.floor(at.width / CELL.width) * (Math.floor(at.height / CELL.height) - firstLine);
    let words = "";
    while (words.length < cells) words += `${word(random)} `;
    const letters = plainImage(cells * CELL.width, CELL.height, PAPER);
    glyphs.write(letters, words.slice(0, cells), { x: 0, y: 0 }, { color: INK, paper: PAPER });
    const scene = new TypingScene(window, at, firstLine, letters);
    window.fill(window.window, INK, scene.cursorAt(0));
    await window.settled();
    return scene;
  }

  paint(number: number): void {
    this.window.together(() => {
      const letter = { width: CELL.width, height: CELL.height, pixels: this.pixelsOf(number) };
      this.window.put(this.window.window, letter, this.cell(number));
      this.window.fill(this.window.window, INK, this.cursorAt(number + 1));
    });
  }

  isShown(on: FrameBuffer, number: number): boolean {
    const cursor = { ...this.onDisplay(number + 1), ...CELL };
    return shows(on, cursor, CURSOR) && shows(on, { ...this.onDisplay(number), ...CELL }, this.pixelsOf(number));
  }

  close(): Promise<void> {
    return this.window.close();
  }

  private pixelsOf(number: number): Buffer {
    return cutOut(this.letters, { x: number * CELL.width, y: 0, ...CELL });
  }

  private cursorAt(number: number): number[] {
    const { x, y } = this.cell(number);
    return [x, y, CELL.width, CELL.height];
  }

  private onDisplay(number: number): Point {
    const { x, y } = this.cell(number);
    return { x: x + this.place.x, y: y + this.place.y };
  }

  private cell(number: number): Point {
    const columns = Math.floor(this.place.width / CELL.width);
    const line = this.firstLine + Math.floor(number / columns);
    return { x: (number % columns) * CELL.width, y: line * CELL.height };
  }
}
