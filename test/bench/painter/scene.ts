import type { Rect } from "../../../protocol/geometry.ts";
import type { FrameBuffer } from "../frame-buffer.ts";

/**
 * Something on the shared display that changes again and again. Its updates are numbered from 0, and each can be told
 * from all others by looking at a display: by a number painted with it, or by its place.
 */
export type Scene = {
  /** Paints one update, and waits for nothing. Numbers come in order. */
  paint(number: number): void;
  /** Whether a display shows all of this update, and none after it. */
  isShown(on: FrameBuffer, number: number): boolean;
  /** Where pictures of both displays are compared, while it moves and at rest. */
  readonly moving?: Rect;
  /** Text next to it that never changes. */
  readonly still?: Rect;
  close(): Promise<void>;
};

/** Where a scene of this size stands: in the middle of the display, or so much beside it. */
export function inTheMiddle(
  display: { readonly width: number; readonly height: number },
  width: number,
  height: number,
): Rect {
  return { x: Math.round((display.width - width) / 2), y: Math.round((display.height - height) / 2), width, height };
}
