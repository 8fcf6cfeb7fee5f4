import { describe, expect, it } from "vitest";
import { FRACTION_MAX, pixelAt } from "../../../protocol/geometry.ts";
import { fractionAt, pictureBox } from "../../../viewer/core/fit.ts";

const HD = { width: 1280, height: 720 };

describe("where the picture lies", () => {
  it("fit shrinks to the tighter side and centres the rest", () => {
    expect(pictureBox(HD, { width: 640, height: 600 }, "fit")).toEqual({ x: 0, y: 120, width: 640, height: 360 });
    expect(pictureBox(HD, { width: 1600, height: 360 }, "fit")).toEqual({ x: 480, y: 0, width: 640, height: 360 });
  });

  it("fit never enlarges: a larger window shows every pixel as one, centred on whole pixels", () => {
    expect(pictureBox(HD, { width: 1441, height: 901 }, "fit")).toEqual({ x: 80, y: 90, ...HD });
  });

  it("1:1 keeps the size and starts inside, so that scrolling reaches all of it", () => {
    expect(pictureBox(HD, { width: 640, height: 900 }, "1:1")).toEqual({ x: 0, y: 90, ...HD });
  });

  it("stretch takes the whole room", () => {
    expect(pictureBox(HD, { width: 333, height: 900 }, "stretch")).toEqual({ x: 0, y: 0, width: 333, height: 900 });
  });

  it("is never empty, however small the room", () => {
    for (const mode of ["fit", "1:1", "stretch"] as const) {
      const box = pictureBox(HD, { width: 0, height: 0 }, mode);
      expect(box.width).toBeGreaterThan(0);
      expect(box.height).toBeGreaterThan(0);
    }
  });
});

describe("the place under a point of the window", () => {
  const box = { x: 100, y: 50, width: 640, height: 360 };

  it("means every pixel of the display exactly when the picture is shown 1:1", () => {
    const whole = { x: 10, y: 20, ...HD };
    for (const x of [0, 1, 2, 639, 640, 1278, 1279]) {
      for (const offset of [0, 0.5, 0.99]) {
        const at = fractionAt({ x: 10 + x + offset, y: 20 }, whole, HD);
        expect(pixelAt(at, HD)).toEqual({ x, y: 0 });
      }
    }
  });

  it("reaches the last pixel of a shrunk picture", () => {
    expect(fractionAt({ x: 739.9, y: 409.9 }, box, HD)).toEqual({ x: FRACTION_MAX, y: FRACTION_MAX });
    expect(fractionAt({ x: 100, y: 50 }, box, HD)).toEqual({ x: 0, y: 0 });
  });

  it("stays on the edge when a drag leaves the picture", () => {
    expect(fractionAt({ x: -500, y: 5000 }, box, HD)).toEqual({ x: 0, y: FRACTION_MAX });
  });

  it("is the first pixel of a display one pixel wide", () => {
    expect(fractionAt({ x: 400, y: 50 }, box, { width: 1, height: 720 })).toEqual({ x: 0, y: 0 });
  });
});
