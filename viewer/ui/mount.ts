import type { Actions } from "./actions.ts";
import type { Model } from "./model.ts";

export type MountedUi = {
  /** For attachInput and CursorView. */
  readonly stage: HTMLElement;
  /** For Screen. */
  readonly canvas: HTMLCanvasElement;
  /** For ImageStream. */
  readonly image: HTMLImageElement;
  /** Ends every timer and listener of the page's own, and empties the root. */
  readonly unmount: () => void;
};

export function mountUi(root: HTMLElement, _model: Model, _actions: Actions): MountedUi {
  const stage = document.createElement("main");
  const canvas = document.createElement("canvas");
  const image = document.createElement("img");
  stage.append(canvas, image);
  root.append(stage);
  return { stage, canvas, image, unmount: () => root.replaceChildren() };
}
