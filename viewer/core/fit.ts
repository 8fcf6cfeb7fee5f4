import { FRACTION_MAX, type Fraction, type Point, type Rect, type Size } from "../../protocol/geometry.ts";

/** `fit` shrinks and never enlarges, `1:1` shows every pixel and scrolls, `stretch` fills the window. */
export type FitMode = "fit" | "1:1" | "stretch";

export const FIT_MODES: readonly FitMode[] = ["fit", "1:1", "stretch"];

/**
 * Where the picture lies in the room it has, in CSS pixels. Whole pixels only: half a pixel of offset would blur the
 * whole picture. The box has the picture's own proportions, so there is no margin inside it. It may be larger than the
 * room (`1:1`), never starts left of or above it, so that scrolling reaches all of it.
 */
export function pictureBox(picture: Size, room: Size, mode: FitMode): Rect {
  if (mode === "stretch") return { x: 0, y: 0, width: Math.max(1, room.width), height: Math.max(1, room.height) };
  const scale = mode === "fit" ? Math.min(1, room.width / picture.width, room.height / picture.height) : 1;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return {
    x: Math.max(0, Math.floor((room.width - width) / 2)),
    y: Math.max(0, Math.floor((room.height - height) / 2)),
    width,
    height,
  };
}

/**
 * The place on the display under a point of the window: the middle of a pixel's square means that pixel. Points beside
 * the picture mean its nearest edge, so that a drag may leave it.
 */
export function fractionAt(point: Point, box: Rect, display: Size): Fraction {
  return {
    x: along(point.x - box.x, box.width, display.width),
    y: along(point.y - box.y, box.height, display.height),
  };
}

function along(offset: number, shownLength: number, pixels: number): number {
  if (pixels <= 1 || shownLength <= 0) return 0;
  const pixel = Math.floor((offset / shownLength) * pixels);
  return Math.round((Math.min(Math.max(pixel, 0), pixels - 1) / (pixels - 1)) * FRACTION_MAX);
}
