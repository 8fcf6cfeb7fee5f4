/** Whole pixels of the display. */
export type Size = { readonly width: number; readonly height: number };
export type Point = { readonly x: number; readonly y: number };
export type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A place on the display as fractions of its width and height, 0..65535 each: out of range cannot be expressed. */
export type Fraction = { readonly x: number; readonly y: number };

export const FRACTION_MAX = 0xffff;
/** Larger displays are refused on both ends: 64 Mpx is 256 MB of pixels. */
export const MAX_DISPLAY_PIXELS = 64 * 1024 * 1024;

export const sameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
export const areaOf = (size: Size): number => size.width * size.height;
/** What a display may be: not without pixels, and none that neither end could hold. */
export const isDisplaySize = (size: Size): boolean => areaOf(size) > 0 && areaOf(size) <= MAX_DISPLAY_PIXELS;
export const wholeOf = (size: Size): Rect => ({ x: 0, y: 0, width: size.width, height: size.height });

/** The pixel a fraction falls on: 0 is the first, FRACTION_MAX the last. */
export function pixelAt(fraction: Fraction, size: Size): Point {
  return {
    x: Math.round((fraction.x / FRACTION_MAX) * (size.width - 1)),
    y: Math.round((fraction.y / FRACTION_MAX) * (size.height - 1)),
  };
}

/** The fraction of a pixel; points outside are drawn to the nearest edge. */
export function fractionOf(point: Point, size: Size): Fraction {
  const along = (value: number, length: number) =>
    length <= 1 ? 0 : Math.round((Math.min(Math.max(value, 0), length - 1) / (length - 1)) * FRACTION_MAX);
  return { x: along(point.x, size.width), y: along(point.y, size.height) };
}
