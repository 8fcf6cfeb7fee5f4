import type { Point, Rect } from "../../protocol/geometry.ts";

/** Copies an area of a canvas to another place of the same size on it; the two may overlap. */
export type AreaCopy = (context: CanvasRenderingContext2D, from: Point, to: Rect) => void;

/**
 * Draws the canvas on itself, which is read before it is drawn on (HTML, "drawing images"). Next to nothing where a graphics
 * card draws. Where the processor does, the browser keeps a copy of the whole canvas first: 8 ms of 1920x1080.
 */
export const copyByDrawing: AreaCopy = (context, from, { x, y, width, height }) =>
  context.drawImage(context.canvas, from.x, from.y, width, height, x, y, width, height);

/** Takes the pixels out and puts them back. Only they are copied; but a graphics card has to be waited for. */
export const copyByPixels: AreaCopy = (context, from, { x, y, width, height }) =>
  context.putImageData(context.getImageData(from.x, from.y, width, height), x, y);

/** Large enough that a browser with a graphics card has it draw, as it does on a screen's canvas. */
const CANVAS_PX = 1024;
const AREA: Rect = { x: 32, y: 32, width: 256, height: 256 };

/**
 * Has both copy on a canvas of its own, which is forgotten then: some ten milliseconds, where a processor does a graphics
 * card's work a few hundred.
 */
export function quickestAreaCopy(nowMs: () => number): AreaCopy {
  const canvas = document.createElement("canvas");
  canvas.width = CANVAS_PX;
  canvas.height = CANVAS_PX;
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) return copyByDrawing;
  // Drawing first: a browser may change how it draws what is read.
  const drawingMs = secondCopyMs(copyByDrawing, context, nowMs);
  return drawingMs <= secondCopyMs(copyByPixels, context, nowMs) ? copyByDrawing : copyByPixels;
}

/** The first waits for all that was drawn before; and Chromium takes a canvas off the graphics card when it has been read twice. */
function secondCopyMs(copy: AreaCopy, context: CanvasRenderingContext2D, nowMs: () => number): number {
  let startedMs = 0;
  for (const colour of ["#123", "#456"]) {
    // As pictures come between copies; where nothing has changed, there is nothing to do.
    context.fillStyle = colour;
    context.fillRect(0, 0, CANVAS_PX, CANVAS_PX);
    startedMs = nowMs();
    copy(context, { x: 0, y: 0 }, AREA);
  }
  return nowMs() - startedMs;
}
