import { expect, it } from "vitest";
import { partsPages } from "../parts-page.ts";

const pages = partsPages();

it.each([
  ["drawing, where that is quicker", { drawing: 0.1, pixels: 12 }, "copyByDrawing"],
  ["drawing, where the clock sees no difference", { drawing: 1, pixels: 1 }, "copyByDrawing"],
  ["pixels, where those are quicker", { drawing: 4, pixels: 1 }, "copyByPixels"],
] as const)("what moved on a canvas is copied by %s", async (_, ms, expected) => {
  const page = await pages.open();
  const chosen = await page.evaluate(({ drawing, pixels }) => {
    // Each copies twice, and the first time does not count.
    const readings = [0, 100, 100 + drawing, 200, 300, 300 + pixels];
    const copy = window.parts.quickestAreaCopy(() => readings.shift() ?? Number.NaN);
    return copy === window.parts.copyByDrawing ? "copyByDrawing" : "copyByPixels";
  }, ms);
  expect(chosen).toBe(expected);
});
