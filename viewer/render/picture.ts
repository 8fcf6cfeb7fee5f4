import type { Rect, Size } from "../../protocol/geometry.ts";

/** Marks the elements a picture can be in, inside the stage: the canvas and the <img>; one of them is not hidden. */
export const PICTURE_CLASS = "picture";

export type ShownPicture = {
  readonly element: HTMLElement;
  /** In CSS pixels of the window, as pointer events count. */
  readonly box: Rect;
  /** The display's own pixels. */
  readonly display: Size;
};

/** The picture the stage shows just now, or undefined before the first one. */
export function shownPicture(stage: HTMLElement): ShownPicture | undefined {
  const element = stage.querySelector<HTMLCanvasElement | HTMLImageElement>(`.${PICTURE_CLASS}:not([hidden])`);
  if (element === null) return undefined;
  const { left, top, width, height } = element.getBoundingClientRect();
  if (width <= 0 || height <= 0) return undefined;
  const display =
    element instanceof HTMLCanvasElement
      ? { width: element.width, height: element.height }
      : { width: element.naturalWidth, height: element.naturalHeight };
  return { element, box: { x: left, y: top, width, height }, display };
}
