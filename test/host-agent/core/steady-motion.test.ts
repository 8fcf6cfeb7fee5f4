import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { SteadyMotion } from "../../../host-agent/core/steady-motion.ts";
import type { Rect } from "../../../protocol/geometry.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { sliversOf } from "../../support/slivers.ts";

const FILM = Region.of([{ x: 0, y: 0, width: 640, height: 360 }]);
const LINE = Region.of([{ x: 0, y: 360, width: 400, height: 18 }]);
const cell = (number: number) => Region.of([{ x: 9 * number, y: 360, width: 9, height: 18 }]);

/** A film of so many pictures a second, from 0 ms on. */
function film(
  perSecond: number,
  durationMs: number,
  besides: (motion: SteadyMotion, nowMs: number) => void = () => {},
) {
  const motion = new SteadyMotion();
  for (let nowMs = 0; nowMs < durationMs; nowMs += 1000 / perSecond) {
    motion.changed(FILM, nowMs);
    besides(motion, nowMs);
  }
  return motion;
}

describe("what goes on changing", () => {
  it("is a film, quick or slow, from its first half second on", () => {
    for (const perSecond of [60, 30, 12, 8]) expect(film(perSecond, 600).moving.area).toBe(FILM.area);
    expect(film(30, 350).moving.isEmpty).toBe(true);
  });

  it("is not a line that is typed at its edge, each letter where the caret stood before", () => {
    let letters = 0;
    film(30, 3000, (at, nowMs) => {
      if (nowMs < letters * 125) return;
      letters += 1;
      at.changed(cell(letters).union(cell(letters + 1)), nowMs);
      expect(at.moving.intersect(cell(letters)).isEmpty).toBe(true);
    });
    expect(letters).toBe(24);
  });

  it("is not a number beside it that counts four letters a second", () => {
    film(30, 5000, (at, nowMs) => {
      if (Math.floor(nowMs / 250) !== Math.floor((nowMs - 33) / 250)) at.changed(cell(3), nowMs);
      expect(at.moving.intersect(LINE).isEmpty).toBe(true);
    });
  });

  it("is not a caret that blinks", () => {
    const motion = film(30, 4000, (at, nowMs) => {
      if (Math.floor(nowMs / 500) !== Math.floor((nowMs - 33) / 500)) at.changed(cell(3), nowMs);
      expect(at.moving.intersect(LINE).isEmpty).toBe(true);
    });
    expect(motion.moving.area).toBe(FILM.area);
  });

  it("is nothing any more when it comes back after a rest", () => {
    const motion = film(30, 1000);
    motion.changed(cell(1), 1_500);
    expect(motion.moving.isEmpty).toBe(true);
  });
});

describe("a film", () => {
  const BOX: Rect = { x: 320, y: 180, width: 1280, height: 720 };
  /** So many pictures, 30 a second, of which each changes what it says. */
  function pictures(count: number, changed: (picture: number) => readonly Rect[]) {
    const motion = new SteadyMotion();
    for (let picture = 0; picture < count; picture += 1) motion.changed(Region.of(changed(picture)), picture * 33);
    return motion;
  }

  it("is whole, although its player leaves out here and there what rests", () => {
    const slivers = pictures(40, (picture) => sliversOf(BOX, picture));
    expect(slivers.films).toEqual([BOX]);
    expect(slivers.moving.area).toBe(Region.of([BOX]).area);
  });

  it("is no more than what changes in a second: somebody speaks before a wall", () => {
    const head: Rect = { x: 800, y: 360, width: 400, height: 450 };
    const rare = (picture: number) => (picture === 0 ? [BOX] : sliversOf(head, picture));
    expect(pictures(40, rare).films).toEqual([head]);
  });

  it("is in several rectangles where it is none itself, and hardly more than it is", () => {
    const round = Array.from({ length: 20 }, (_, row): Rect => {
      const half = Math.round(280 * Math.sqrt(1 - ((row - 9.5) / 10) ** 2));
      return { x: 640 - half, y: 100 + 28 * row, width: 2 * half, height: 28 };
    });
    const head = Region.of(round);
    const films = Region.of(pictures(40, () => round).films);
    expect(head.subtract(films).area).toBeLessThan(head.area / 20);
    expect(films.subtract(head).area).toBeLessThan(head.area / 8);
  });

  it("has a station's logo in it, and no text that stands between it and another film", () => {
    const logo: Rect = { x: 1480, y: 220, width: 60, height: 40 };
    const around = (picture: number) => Region.of(sliversOf(BOX, picture)).without(logo).rects;
    expect(pictures(40, around).films).toEqual([BOX]);
    const two = [100, 500].map((x) => ({ x, y: 100, width: 300, height: 250 }));
    expect(pictures(40, (picture) => two.flatMap((one) => sliversOf(one, picture))).films).toEqual(two);
  });

  it("is not what is small, and not what is typed", () => {
    expect(pictures(40, (picture) => sliversOf({ x: 0, y: 0, width: 256, height: 255 }, picture)).films).toEqual([]);
    expect(pictures(40, (picture) => cell(picture >> 2).rects).films).toEqual([]);
  });

  it("is all of it where what rests in it goes on within a second", () => {
    const lazy = (picture: number) => [...sliversOf(BOX, 0), ...(picture % 10 === 0 ? [BOX] : [])];
    const motion = pictures(60, lazy);
    expect(motion.films).toEqual([BOX]);
  });

  it("is not what changed once beside something that goes on: a page, or a window that opens", () => {
    const page: Rect = { x: 0, y: 0, width: 1600, height: 1000 };
    const small: Rect = { x: 400, y: 300, width: 400, height: 300 };
    const motion = pictures(60, (picture) => (picture === 45 ? [page] : [small]));
    expect(motion.films).toEqual([small]);
  });

  it("is not snow: what is strewn all over is nothing that goes on", () => {
    const random = seededRandom(3);
    const flake = (): Rect => ({
      x: Math.floor(random() * 1900),
      y: Math.floor(random() * 1070),
      width: 6,
      height: 6,
    });
    const motion = pictures(40, () => Array.from({ length: 90 }, flake));
    expect(motion.films).toEqual([]);
    expect(motion.moving.isEmpty).toBe(true);
  });

  it("is one from its first half second on, and over when nothing has changed for a while", () => {
    const motion = pictures(20, () => [BOX]);
    expect(motion.films).toEqual([BOX]);
    motion.changed(cell(1), 2_000);
    expect(motion.films).toEqual([]);
  });
});
