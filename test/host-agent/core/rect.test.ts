import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { splitFilm, splitForEncoding } from "../../../host-agent/core/choose-encoding.ts";
import { carried, composed, followed } from "../../../host-agent/core/move.ts";
import { boundsOf, cut, grown, intersectionOf, overlaps, rowsOf, shifted } from "../../../host-agent/core/rect.ts";
import { Region } from "../../../host-agent/core/region.ts";
import { Surface } from "../../../host-agent/core/surface.ts";
import { UpdatePlanner } from "../../../host-agent/core/update-planner.ts";
import type { Rect } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const A: Rect = { x: 10, y: 20, width: 30, height: 40 };

describe("rectangles", () => {
  it("are bounded, grown, shifted and cut by rows", () => {
    expect(boundsOf(A, { x: 0, y: 50, width: 20, height: 20 })).toEqual({ x: 0, y: 20, width: 40, height: 50 });
    expect(grown(A, 5)).toEqual({ x: 5, y: 15, width: 40, height: 50 });
    expect(shifted(A, -3, 4)).toEqual({ x: 7, y: 24, width: 30, height: 40 });
    expect(rowsOf(A, 0, 1)).toEqual({ x: 10, y: 20, width: 30, height: 1 });
    expect(rowsOf(A, 15, 25)).toEqual({ x: 10, y: 35, width: 30, height: 25 });
  });

  it("overlap where they share a pixel, and that is their intersection", () => {
    const beside = shifted(A, A.width, 0);
    expect(overlaps(A, beside)).toBe(false);
    expect(intersectionOf(A, beside)).toBeUndefined();
    expect(overlaps(A, shifted(beside, -1, 0))).toBe(true);
    expect(intersectionOf(A, shifted(beside, -1, 0))).toEqual({ x: 39, y: 20, width: 1, height: 40 });
  });

  it("fall into pieces that cover them", () => {
    expect(cut(A, 20, 30)).toEqual([
      { x: 10, y: 20, width: 20, height: 30 },
      { x: 30, y: 20, width: 10, height: 30 },
      { x: 10, y: 50, width: 20, height: 10 },
      { x: 30, y: 50, width: 10, height: 10 },
    ]);
  });
});

describe("to V8, all rectangles", () => {
  const { haveSameClass, isSmallInteger } = engine();

  it("are of one hidden class, and have small integers only, wherever they come from and however often", () => {
    const seen = [...Array(40).keys()].flatMap((seed) => rectsOfAMinute(seed));
    const strangers = seen.filter((rect) => !haveSameClass(rect, A));
    const others = seen.filter((rect) => !Object.values(rect).every(isSmallInteger));
    expect(seen.length).toBeGreaterThan(10_000);
    expect({ strangers: strangers.length, others: others.length }).toEqual({ strangers: 0, others: 0 });
  });
});

/** What a desktop's windows, letters and scrolls make of rectangles, in planning and encoding what to send of them. */
function rectsOfAMinute(seed: number): Rect[] {
  const random = seededRandom(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const size = { width: 256, height: 192 };
  const surface = new Surface(size);
  const planner = new UpdatePlanner(size);
  const rects: Rect[] = [];
  let kept = Region.empty;
  for (let nowMs = 0; nowMs < 60; nowMs += 1) {
    const rect = { x: upTo(200), y: upTo(150), width: 1 + upTo(56), height: 1 + upTo(42) };
    const pixels = new Uint8Array(rect.width * rect.height * 4).map(() => upTo(256));
    const { move, rects: changed } = surface.take([{ rect, pixels }], nowMs * 20);
    planner.changed(changed, move ?? { to: rect, from: { x: upTo(200), y: upTo(150) } }, nowMs * 20);
    const plan = planner.next(nowMs * 20);
    planner.sentLossy(plan?.rects ?? []);
    const region = Region.of(changed);
    const shift = { to: rect, from: { x: upTo(200), y: upTo(150) } };
    kept = kept
      .union(region)
      .subtract(Region.of([shifted(rect, 3, 5)]))
      .bounded();
    const moves = [composed(shift, { to: shifted(rect, 2, 2), from: rect })?.whole.to ?? rect];
    const regions = [kept, region.intersect(kept), followed(kept, shift), carried(kept, shift)];
    rects.push(...changed, ...(plan?.rects ?? []), ...moves, ...regions.flatMap((one) => one.rects));
    rects.push(...kept.simplified(4), ...splitForEncoding(grown(rect, 300), "jpeg", nowMs % 2 === 0));
    rects.push(...splitFilm(grown(rect, 900)));
  }
  for (let plan = planner.next(9_000); plan !== undefined; plan = planner.next(9_000)) {
    rects.push(...plan.rects);
    planner.sentExact(plan.rects);
  }
  return rects;
}

/** What V8 tells only programs that ask for its own words (`%`), which it understands from here on and not after. */
function engine() {
  setFlagsFromString("--allow-natives-syntax");
  const haveSameClass: (one: object, other: object) => boolean = runInThisContext("(a, b) => %HaveSameMap(a, b)");
  const isSmallInteger: (value: unknown) => boolean = runInThisContext("(a) => %IsSmi(a)");
  // Functions are compiled when they are first called.
  expect(haveSameClass(A, A) && isSmallInteger(1) && !isSmallInteger(0.5)).toBe(true);
  setFlagsFromString("--no-allow-natives-syntax");
  return { haveSameClass, isSmallInteger };
}
