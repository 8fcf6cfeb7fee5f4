import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { SteadyMotion } from "../../../host-agent/core/steady-motion.ts";

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
