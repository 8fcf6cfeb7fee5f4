import { describe, expect, it } from "vitest";
import { MAX_WHEEL_UNITS } from "../../../protocol/input.ts";
import { NO_WHEEL_REST, turnWheel } from "../../../viewer/core/wheel.ts";

const turn = (deltaX: number, deltaY: number, deltaMode = 0, rest = NO_WHEEL_REST) =>
  turnWheel(rest, { deltaX, deltaY, deltaMode });

describe("wheel units", () => {
  it("count 120 for a notch, whether the browser reports pixels, lines or pages", () => {
    expect(turn(0, 100)).toMatchObject({ dx: 0, dy: 120 });
    expect(turn(0, -3, 1)).toMatchObject({ dx: 0, dy: -120 });
    expect(turn(0, 1, 2)).toMatchObject({ dx: 0, dy: 960 });
  });

  it("go right and down as positive, both at once", () => {
    expect(turn(50, -25)).toMatchObject({ dx: 60, dy: -30 });
  });

  it("add up: a hundred tenths of a pixel turn as far as ten pixels", () => {
    let rest = NO_WHEEL_REST;
    let total = 0;
    for (let step = 0; step < 100; step++) {
      const turned = turn(0, 0.1, 0, rest);
      rest = turned.rest;
      total += turned.dy;
    }
    expect(total).toBeGreaterThanOrEqual(11);
    expect(total).toBeLessThanOrEqual(12);
  });

  it("forget the rest when the wheel turns back", () => {
    const { rest } = turn(0, 0.7);
    expect(turn(0, -1, 0, rest).dy).toBe(-1);
  });

  it("stay within what one event may carry", () => {
    expect(turn(0, 1e9).dy).toBe(MAX_WHEEL_UNITS);
    expect(turn(-1e9, 0).dx).toBe(-MAX_WHEEL_UNITS);
  });

  it("are zero, never minus zero or nonsense, for a wheel that stands still or reports nonsense", () => {
    expect(turn(-0.1, Number.NaN)).toMatchObject({ dx: 0, dy: 0 });
    expect(Object.is(turn(-0.1, 0).dx, 0)).toBe(true);
  });
});
