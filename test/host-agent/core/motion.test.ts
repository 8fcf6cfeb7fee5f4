import { describe, expect, it } from "vitest";
import { Motion } from "../../../host-agent/core/motion.ts";
import type { Rect } from "../../../protocol/geometry.ts";

const FILM: Rect = { x: 100, y: 200, width: 640, height: 360 };
const LINE: Rect = { x: 100, y: 200, width: 640, height: 36 };
const PAGE: Rect = { x: 900, y: 200, width: 300, height: 360 };

/** After so many changes of the rectangle, one every `periodMs`. */
function changedOften(changes: number, periodMs: number, rect = FILM): { motion: Motion; nowMs: number } {
  const motion = new Motion();
  for (let change = 0; change < changes; change += 1) motion.changed([rect], change * periodMs);
  return { motion, nowMs: (changes - 1) * periodMs };
}

describe("a part of the display", () => {
  it("moves once it has changed for a quarter of a second, picture after picture", () => {
    expect(changedOften(7, 33, LINE).motion.isMoving(LINE)).toBe(false);
    expect(changedOften(8, 33, LINE).motion.isMoving(LINE)).toBe(true);
  });

  it("moves from its third picture on where it is large, as no typing is; a window that opens is painted twice at most", () => {
    expect(changedOften(2, 33).motion.isMoving(FILM)).toBe(false);
    expect(changedOften(3, 33).motion.isMoving(FILM)).toBe(true);
    expect(changedOften(3, 250).motion.isMoving(FILM)).toBe(false);
  });

  it("moves also at ten pictures a second, but not as somebody types or a caret blinks", () => {
    expect(changedOften(20, 100).motion.isMoving(FILM)).toBe(true);
    expect(changedOften(20, 250).motion.isMoving(FILM)).toBe(false);
    expect(changedOften(20, 500).motion.isMoving(FILM)).toBe(false);
  });

  it("does not move because something beside it does", () => {
    const { motion } = changedOften(20, 33);
    expect(motion.isMoving(PAGE)).toBe(false);
    expect(motion.isMoving({ x: 100, y: 200, width: 1600, height: 360 })).toBe(false);
  });

  it("does not move because something small in it does", () => {
    const spinner = { x: 300, y: 300, width: 40, height: 40 };
    expect(changedOften(50, 33, spinner).motion.isMoving(FILM)).toBe(false);
  });

  it("changes once, however many rectangles it changes in", () => {
    const motion = new Motion();
    const halves = [
      { x: 0, y: 0, width: 20, height: 20 },
      { x: 30, y: 0, width: 20, height: 20 },
    ];
    for (let change = 0; change < 7; change += 1) motion.changed(halves, change * 33);
    expect(motion.isMoving({ x: 0, y: 0, width: 60, height: 20 })).toBe(false);
  });

  it("moves no more when it has paused, as far as the display's later changes tell", () => {
    const { motion, nowMs } = changedOften(30, 33);
    motion.changed([PAGE], nowMs + 200);
    expect(motion.isMoving(FILM)).toBe(true);
    motion.changed([PAGE], nowMs + 201);
    expect(motion.isMoving(FILM)).toBe(false);
    motion.changed([FILM], nowMs + 300);
    expect(motion.isMoving(FILM)).toBe(false);
  });

  it("does not move on a display that has just got another size", () => {
    const { motion } = changedOften(30, 33);
    motion.forget();
    motion.changed([FILM], 1_000);
    expect(motion.isMoving(FILM)).toBe(false);
  });

  it("is told apart from every other part of the largest display", () => {
    const motion = new Motion();
    const right = { x: 65_472, y: 0, width: 63, height: 64 };
    for (let change = 0; change < 10; change += 1) motion.changed([right], change * 33);
    expect(motion.isMoving(right)).toBe(true);
    expect(motion.isMoving({ x: 0, y: 64, width: 64, height: 64 })).toBe(false);
  });
});
