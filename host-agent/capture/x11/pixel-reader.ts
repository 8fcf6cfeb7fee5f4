import type { Rect, Size } from "../../../protocol/geometry.ts";

export const BYTES_PER_PIXEL = 4;
export const Z_PIXMAP = 2;
export const ALL_PLANES = 0xffffffff;
/** BadMatch: part of the rectangle is outside the screen, which shrank a moment ago. */
const BAD_MATCH = 8;

/** Reads rectangles of the root window. One read at a time; what it returns is valid until the next. */
export interface PixelReader {
  readonly name: string;
  /** Makes room for a picture of this size. No read may be under way. */
  fit(size: Size): Promise<void>;
  /**
   * The pixels of each rectangle, all within the last size given to `fit`; black where the screen has just shrunk.
   * @param rects in root coordinates
   */
  read(rects: readonly Rect[]): Promise<Uint8Array[]>;
  close(): void;
}

export const bytesOf = (size: Size): number => size.width * size.height * BYTES_PER_PIXEL;

/** True for the error of a rectangle the screen no longer has; the news of the new size is on its way. */
export function isOutsideScreen(error: unknown): boolean {
  return error instanceof Error && "error" in error && error.error === BAD_MATCH;
}
