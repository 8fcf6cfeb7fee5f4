import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { withWholeFilms } from "../../../host-agent/core/whole-films.ts";
import { areaOf, type Rect } from "../../../protocol/geometry.ts";
import { sliversOf } from "../../support/slivers.ts";

const FILM: Rect = { x: 320, y: 180, width: 1280, height: 720 };
const LETTER: Rect = { x: 1700, y: 950, width: 9, height: 18 };
const MAX_RECTS = 64;

const sent = (missing: readonly Rect[], films: readonly Rect[] = [FILM]) =>
  withWholeFilms(Region.of(missing), films, MAX_RECTS);

describe("a film that comes in slivers", () => {
  it("is sent whole, with what lies between them", () => {
    const slivers = sliversOf(FILM, 1);
    expect(slivers.length).toBeGreaterThan(40);
    expect(sent(slivers)).toEqual([FILM]);
    expect(sent(slivers, []).length).toBeGreaterThan(10);
  });

  it("is sent as far as it changed, and nothing between two corners of it", () => {
    const [left, right] = [FILM.x, FILM.x + 980].map((x) => ({ x, y: 180, width: 300, height: 300 }));
    if (left === undefined || right === undefined) throw new Error("there are two");
    expect(sent([left, right])).toEqual([left, right]);
    const parts = cutInTwo(left);
    expect(sent([...parts, right])).toEqual([left, right]);
  });

  it("takes nothing along of what is beside it", () => {
    const slivers = sliversOf(FILM, 2);
    expect(sent([...slivers, LETTER])).toEqual([FILM, LETTER]);
    const line: Rect = { x: 320, y: 900, width: 200, height: 18 };
    expect(sent([...slivers, line])).toEqual([FILM, line]);
    // What reaches into the film goes with it, the rest of it does not.
    expect(sent([...slivers, { ...line, y: 890 }])).toEqual([FILM, { ...line, height: 8 }]);
  });

  it("takes nothing along for little: a caption, a clock, a button's edge", () => {
    const top: Rect = { x: 400, y: 300, width: 200, height: 2 };
    const side: Rect = { x: 400, y: 302, width: 2, height: 100 };
    expect(sent([top, side])).toEqual([top, side]);
  });
});

/** The left and the right part, with a tenth of it between them. */
function cutInTwo({ x, y, width, height }: Rect): Rect[] {
  const part = (width * 9) / 20;
  return [
    { x, y, width: part, height },
    { x: x + width - part, y, width: part, height },
  ];
}

describe("whatever is missing", () => {
  const inFilm = fc.record({
    x: fc.integer({ min: FILM.x - 60, max: FILM.x + 1000 }),
    y: fc.integer({ min: FILM.y - 60, max: FILM.y + 600 }),
    width: fc.integer({ min: 1, max: 400 }),
    height: fc.integer({ min: 1, max: 300 }),
  });

  it("is all in disjoint rectangles", () => {
    let along = 0;
    fc.assert(
      fc.property(fc.array(inFilm, { minLength: 3, maxLength: 16 }), (missing) => {
        const rects = sent(missing);
        const all = Region.of(rects);
        expect(Region.of(missing).subtract(all).isEmpty).toBe(true);
        expect(rects.reduce((sum, one) => sum + areaOf(one), 0)).toBe(all.area);
        if (all.area > Region.of(missing).area + 20_000) along += 1;
      }),
      { numRuns: 2000 },
    );
    expect(along).toBeGreaterThan(100);
  });

  it("is one rectangle where it is one: a picture that is sent anew does not come in parts for a film in it", () => {
    const display: Rect = { x: 0, y: 0, width: 1920, height: 1080 };
    expect(sent([display])).toEqual([display]);
  });
});
