import type { Point, Rect, Size } from "../../../protocol/geometry.ts";
import { type Random, seededRandom } from "../../support/seeded-random.ts";
import type { FrameBuffer } from "../frame-buffer.ts";
import { plainImage } from "./glyphs.ts";
import { shows } from "./likeness.ts";
import { PaintedWindow, type X11Connection } from "./painted-display.ts";
import type { Scene } from "./scene.ts";

const SPOT = 20;
const PITCH = 24;
/** Viewers keep their controls at the edges, over the picture; products show windows of theirs there. */
export const MARGIN = { x: 144, y: 140 } as const;
export const withinMargin = ({ width, height }: Size): Rect => ({
  ...MARGIN,
  width: width - 2 * MARGIN.x,
  height: height - 2 * MARGIN.y,
});
/** Red, green, blue. */
const INK = 0xffc83c;
const PAPER = 0x20242c;
/** What is looked at: the edges are blurred where colours are sent at half the size. */
const MIDDLE = 8;
const EDGE = (SPOT - MIDDLE) / 2;
const WANTED = plainImage(MIDDLE, MIDDLE, INK).pixels;

/** A plain window over the whole shared display, and small spots that come at far places: is everything where it belongs? */
export class SpotsScene implements Scene {
  private readonly window: PaintedWindow;
  private readonly places: readonly Point[];

  private constructor(window: PaintedWindow, places: readonly Point[]) {
    this.window = window;
    this.places = places;
  }

  static async open(x: X11Connection, display: Size, seed: number): Promise<SpotsScene> {
    const window = new PaintedWindow(x, { x: 0, y: 0, ...display }, PAPER);
    await window.settled();
    return new SpotsScene(window, shuffledPlaces(display, seededRandom(seed)));
  }

  paint(number: number): void {
    const { x, y } = this.placeOf(number);
    this.window.fill(this.window.window, INK, [x, y, SPOT, SPOT]);
  }

  /** It stays once it is there, so those before are looked for too. */
  isShown(on: FrameBuffer, number: number): boolean {
    for (let one = 0; one <= number; one += 1) {
      const { x, y } = this.placeOf(one);
      if (!shows(on, { x: x + EDGE, y: y + EDGE, width: MIDDLE, height: MIDDLE }, WANTED)) return false;
    }
    return true;
  }

  close(): Promise<void> {
    return this.window.close();
  }

  private placeOf(number: number): Point {
    const place = this.places[number];
    if (place === undefined) throw new Error("There is no uncovered place left on the shared display.");
    return place;
  }
}

function shuffledPlaces({ width, height }: Size, random: Random): Point[] {
  const places: { x: number; y: number; rank: number }[] = [];
  for (let y = MARGIN.y; y + SPOT <= height - MARGIN.y; y += PITCH) {
    for (let x = MARGIN.x; x + SPOT <= width - MARGIN.x; x += PITCH) places.push({ x, y, rank: random() });
  }
  return places.sort((a, b) => a.rank - b.rank).map(({ x, y }) => ({ x, y }));
}
