import { expect, it } from "vitest";
import { WheelNotches } from "../../../host-agent/input/wheel-notches.ts";

it("turns by whole notches, and keeps what is left for the next time", () => {
  const wheel = new WheelNotches();
  expect(wheel.turn(0, 119)).toEqual({ right: 0, down: 0 });
  expect(wheel.turn(0, 1)).toEqual({ right: 0, down: 1 });
  expect(wheel.turn(250, 0)).toEqual({ right: 2, down: 0 });
  expect(wheel.turn(110, 0)).toEqual({ right: 1, down: 0 });
});

it("turns back what was turned too far, in each direction by itself", () => {
  const wheel = new WheelNotches();
  wheel.turn(60, 60);
  expect(wheel.turn(-59, 60)).toEqual({ right: 0, down: 1 });
  const { right, down } = wheel.turn(-121, -240);
  expect([right, down]).toEqual([-1, -2]);
});
