import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Change, Surface } from "../../../host-agent/core/surface.ts";
import { areaOf, type Point, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { lettered } from "../../support/lettered.ts";
import { grainy } from "../../support/paintable-capture.ts";

const SIZE: Size = { width: 640, height: 480 };
const WHOLE = wholeOf(SIZE);
type Colour = (x: number, y: number) => number;

const plain =
  (colour: number): Colour =>
  () =>
    colour;
/** One picture within the rectangle, another around it. */
const inset =
  (area: Rect, inside: Colour, around: Colour): Colour =>
  (x, y) =>
    x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height ? inside(x, y) : around(x, y);
const shifted =
  (colour: Colour, by: Point): Colour =>
  (x, y) =>
    colour(x - by.x, y - by.y);

/** As a capture hands it over: the byte that is no colour is anything. */
function image(rect: Rect, colour: Colour): { rect: Rect; pixels: Uint8Array } {
  const pixels = new Int32Array(areaOf(rect));
  for (let at = 0; at < pixels.length; at += 1) {
    const [x, y] = [rect.x + (at % rect.width), rect.y + Math.floor(at / rect.width)];
    pixels[at] = colour(x, y) | (((x * 7 + y) & 0x7f) << 24);
  }
  return { rect, pixels: new Uint8Array(pixels.buffer) };
}

function showing(colour: Colour, size: Size = SIZE): Surface {
  const surface = new Surface(size);
  surface.apply(image(wholeOf(size), colour));
  return surface;
}

const restPx = ({ rects }: Change): number => rects.reduce((sum, rect) => sum + areaOf(rect), 0);
const vectorOf = ({ move }: Change): Point | undefined =>
  move && { x: move.to.x - move.from.x, y: move.to.y - move.from.y };

describe("what only moved is found as a copy", () => {
  it("when a text scrolls: all but the new lines", () => {
    for (const dy of [-3, -48, -200, 16, 131]) {
      const surface = showing(lettered(1));
      const change = surface.take([image(WHOLE, shifted(lettered(1), { x: 0, y: dy }))], 0);
      expect(vectorOf(change)).toEqual({ x: 0, y: dy });
      expect(areaOf(change.move?.to ?? { width: 0, height: 0 })).toBeGreaterThan(
        SIZE.width * (470 - Math.abs(dy)) * 0.9,
      );
      expect(restPx(change)).toBeLessThanOrEqual(SIZE.width * Math.abs(dy));
    }
  });

  it("when it scrolls sideways, as far as the display is wide", () => {
    const change = showing(lettered(1)).take([image(WHOLE, shifted(lettered(1), { x: -300, y: 0 }))], 0);
    expect(vectorOf(change)).toEqual({ x: -300, y: 0 });
    expect(restPx(change)).toBeLessThanOrEqual(300 * SIZE.height);
  });

  it("when a window is dragged: its own edges to the pixel, and what it uncovers is sent", () => {
    const from = { x: 101, y: 77, width: 301, height: 203 };
    for (const by of [
      { x: 17, y: 9 },
      { x: -23, y: 41 },
      { x: 101, y: -66 },
    ]) {
      const to = { ...from, x: from.x + by.x, y: from.y + by.y };
      const window = lettered(2);
      const surface = showing(inset(from, window, grainy(5)));
      const damage = {
        x: Math.min(from.x, to.x),
        y: Math.min(from.y, to.y),
        width: from.width + Math.abs(by.x),
        height: from.height + Math.abs(by.y),
      };
      const change = surface.take([image(damage, inset(to, shifted(window, by), grainy(5)))], 0);
      expect(change.move).toEqual({ to, from: { x: from.x, y: from.y } });
      const uncoveredPx = areaOf(damage) - areaOf(to);
      expect(restPx(change)).toBeLessThanOrEqual(uncoveredPx * 1.1);
    }
  });

  it("around what does not move with it: the caret and the bar that stay are repaired", () => {
    const caret = { x: 200, y: 240, width: 8, height: 16 };
    const bar = { x: 620, y: 0, width: 20, height: 480 };
    const dressed = (text: Colour) => inset(bar, plain(0x808080), inset(caret, plain(0xff0000), text));
    const surface = showing(dressed(lettered(3)));
    const change = surface.take([image(WHOLE, dressed(shifted(lettered(3), { x: 0, y: -32 })))], 0);
    expect(vectorOf(change)).toEqual({ x: 0, y: -32 });
    expect(change.move?.to.width).toBeGreaterThanOrEqual(600);
    // The caret, where it is and where the copy left it, and the new lines.
    expect(restPx(change)).toBeLessThan(SIZE.width * 40 + 64 * 64 * 2);
  });

  it("again and again while it goes on, at any pace", () => {
    const surface = showing(lettered(4));
    let y = 0;
    for (const step of [20, 20, 20, 7, 1, 64, 20]) {
      y -= step;
      const change = surface.take([image(WHOLE, shifted(lettered(4), { x: 0, y }))], 0);
      expect(vectorOf(change)).toEqual({ x: 0, y: -step });
    }
  });

  const dragged = (from: Point, steps: readonly Point[]): (Point | undefined)[] => {
    const frame = (at: Point) => inset({ ...at, width: 301, height: 203 }, shifted(lettered(2), at), grainy(5));
    const surface = showing(frame(from));
    let at = from;
    return steps.map((step) => {
      at = { x: at.x + step.x, y: at.y + step.y };
      return vectorOf(surface.take([image(WHOLE, frame(at))], 0));
    });
  };

  it("while a window is dragged in a curve, and when it is thrown the other way", () => {
    const steps = [
      { x: 9, y: 31 },
      { x: 16, y: 25 },
      { x: 21, y: 12 },
      { x: 20, y: -1 },
      { x: -97, y: 43 },
    ];
    expect(dragged({ x: 101, y: 77 }, steps)).toEqual(steps);
  });

  it("while it gathers speed, also farther than a window is looked for that has just begun to move", () => {
    const steps = [
      { x: 110, y: 120 },
      { x: 118, y: 134 },
    ];
    expect(dragged({ x: 20, y: 20 }, steps)).toEqual(steps);
    expect(dragged({ x: 20, y: 20 }, steps.slice(1))).toEqual([undefined]);
  });

  it("soon also after a long time in which nothing was", () => {
    const surface = showing(grainy(0));
    for (let frame = 1; frame < 40; frame += 1)
      expect(surface.take([image(WHOLE, grainy(frame))], 33 * frame).move).toBeUndefined();
    surface.take([image(WHOLE, lettered(5))], 33 * 40);
    let found = 0;
    for (let step = 1; step <= 8; step += 1) {
      const { move } = surface.take([image(WHOLE, shifted(lettered(5), { x: 0, y: -16 * step }))], 33 * (40 + step));
      if (move !== undefined) found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(5);
  });

  it("at once when what was new before came now and then, as pages do that are turned", () => {
    for (let pages = 1; pages <= 8; pages += 1) {
      const surface = showing(lettered(0));
      for (let page = 1; page <= pages; page += 1) surface.take([image(WHOLE, lettered(page))], 400 * page);
      const scrolled = shifted(lettered(pages), { x: 0, y: -16 });
      expect(surface.take([image(WHOLE, scrolled)], 400 * (pages + 1)).move).toBeDefined();
    }
  });
});

describe("nothing is copied", () => {
  const unmoved = (before: Colour, after: Colour, rect: Rect = WHOLE) =>
    expect(showing(before).take([image(rect, after)], 0).move).toBeUndefined();

  it("when nothing changed", () => unmoved(lettered(1), lettered(1)));
  it("when another picture came", () => unmoved(lettered(1), lettered(2)));
  it("in noise and in video", () => unmoved(grainy(1), grainy(2)));
  it("of flat areas, wherever they went", () =>
    unmoved(
      inset({ x: 10, y: 10, width: 300, height: 200 }, plain(0x336699), plain(0)),
      inset({ x: 40, y: 30, width: 300, height: 200 }, plain(0x336699), plain(0)),
    ));
  it("of a pattern that repeats itself: it says nothing of where it came from", () => {
    const dithered: Colour = (x, y) => ((x + y) % 4 < 2 ? 0x202020 : 0xa0a0a0);
    unmoved(dithered, shifted(dithered, { x: 1, y: 0 }));
  });
  it("when it is small: a character costs less as it is", () =>
    unmoved(lettered(1), shifted(lettered(1), { x: 0, y: -16 }), { x: 0, y: 0, width: 240, height: 32 }));
  it("on a display that a run of pixels does not fit", () => {
    const narrow = { width: 20, height: 1000 };
    const surface = showing(lettered(1), narrow);
    expect(surface.take([image(wholeOf(narrow), shifted(lettered(1), { x: 0, y: -16 }))], 0).move).toBeUndefined();
  });
});

/** Of a display small enough for many stories. */
const SMALL: Size = { width: 280, height: 200 };

describe("whatever moved, and whatever not", () => {
  const place = fc
    .record({
      x: fc.nat(200),
      y: fc.nat(150),
      width: fc.integer({ min: 100, max: 279 }),
      height: fc.integer({ min: 70, max: 199 }),
    })
    .map((one) => ({
      ...one,
      width: Math.min(one.width + 1, SMALL.width - one.x),
      height: Math.min(one.height + 1, SMALL.height - one.y),
    }));
  const near = fc.integer({ min: -50, max: 50 });
  const paint = fc.record({
    do: fc.constant("paint" as const),
    area: place,
    look: fc.constantFrom(lettered, grainy, plain),
    seed: fc.nat(99),
  });
  const drag = fc.record({ do: fc.constant("drag" as const), area: place, by: fc.record({ x: near, y: near }) });
  const step = fc.oneof(paint, drag, drag);

  it("a viewer that copies and paints as it is told holds what was captured", () => {
    let moves = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const surface = showing(lettered(0), SMALL);
        let shown = picture(lettered(0));
        const viewer = shown.slice();
        for (const one of steps) {
          const next = shown.slice();
          if (one.do === "paint") put(next, one.area, one.look(one.seed));
          else drop(next, shown, one.area, one.by);
          shown = next;
          const damage = one.do === "paint" ? one.area : wholeOf(SMALL);
          const change = surface.take([image(damage, (x, y) => shown[y * SMALL.width + x] ?? 0)], 0);
          if (change.move !== undefined) {
            moves += 1;
            const { to, from } = change.move;
            for (const rect of [to, { ...to, ...from }]) {
              expect(Math.min(rect.x, rect.y)).toBeGreaterThanOrEqual(0);
              expect(rect.x + rect.width).toBeLessThanOrEqual(SMALL.width);
              expect(rect.y + rect.height).toBeLessThanOrEqual(SMALL.height);
            }
            const before = viewer.slice();
            put(viewer, to, (x, y) => before[(y - to.y + from.y) * SMALL.width + x - to.x + from.x] ?? 0);
          }
          for (const rect of change.rects) put(viewer, rect, (x, y) => shown[y * SMALL.width + x] ?? 0);
          const wrong = viewer.findIndex((colour, at) => colour !== shown[at]);
          if (wrong >= 0) throw new Error(`pixel ${wrong} is wrong`);
        }
      }),
      { numRuns: 20 },
    );
    expect(moves).toBeGreaterThan(3);
  });
});

function picture(colour: Colour): Int32Array {
  const pixels = new Int32Array(areaOf(SMALL));
  put(pixels, wholeOf(SMALL), colour);
  return pixels;
}

function put(pixels: Int32Array, area: Rect, colour: Colour): void {
  for (let y = area.y; y < area.y + area.height; y += 1) {
    for (let x = area.x; x < area.x + area.width; x += 1) pixels[y * SMALL.width + x] = colour(x, y);
  }
}

/** The area of the picture before, laid down elsewhere, as far as that is on the display. */
function drop(pixels: Int32Array, before: Int32Array, area: Rect, by: Point): void {
  for (let y = area.y; y < area.y + area.height; y += 1) {
    for (let x = area.x; x < area.x + area.width; x += 1) {
      const [toX, toY] = [x + by.x, y + by.y];
      if (toX < 0 || toY < 0 || toX >= SMALL.width || toY >= SMALL.height) continue;
      pixels[toY * SMALL.width + toX] = before[y * SMALL.width + x] ?? 0;
    }
  }
}
