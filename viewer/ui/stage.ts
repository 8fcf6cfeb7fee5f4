import { h } from "../../pages/element.ts";
import type { Size } from "../../protocol/geometry.ts";
import { type FitMode, pictureBox } from "../core/fit.ts";
import { PICTURE_CLASS } from "../render/picture.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

export type Stage = {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly image: HTMLImageElement;
};

type Shown = "canvas" | "image" | "nothing";

/** Room under the picture for the badge that says the picture is not sealed. */
const MARGIN_FOR_BADGE_PX = 34;

/** Where the picture lies. The canvas and the <img> come first in the page; at most one of them is shown. */
export function stage({ model, signal }: Page): Stage {
  const canvas = h("canvas", { class: PICTURE_CLASS, hidden: true, role: "img", "aria-label": strings.live.picture });
  const image = h("img", { class: PICTURE_CLASS, hidden: true, alt: strings.live.picture });
  const element = h("div", { class: "stage", role: "application", "aria-label": strings.live.stage }, canvas, image);
  let shown: Shown = "nothing";

  const layOut = () => {
    const picture = shown === "image" ? image : canvas;
    const size = sizeOf(picture);
    if (shown === "nothing" || size === undefined) return;
    const { fit } = model.view;
    const room = { width: element.clientWidth, height: element.clientHeight };
    const box = pictureBox(size, room, fit);
    picture.style.left = `${box.x}px`;
    picture.style.top = `${box.y}px`;
    picture.style.width = `${box.width}px`;
    picture.style.height = `${box.height}px`;
    element.toggleAttribute("data-margin", room.height - box.y - box.height >= MARGIN_FOR_BADGE_PX);
  };
  const show = (next: Shown) => {
    shown = next;
    canvas.hidden = next !== "canvas";
    image.hidden = next !== "image";
    layOut();
  };
  const setFit = (fit: FitMode) => {
    element.dataset.fit = fit;
    layOut();
  };

  model.watch((view) => pictureOf(view, shown), show, signal);
  model.watch((view) => view.fit, setFit, signal);
  const room = new ResizeObserver(layOut);
  room.observe(element);
  // The display's size stands in the picture's own attributes: whoever draws sets them, nobody has to tell.
  const sizes = new MutationObserver(layOut);
  for (const one of [canvas, image]) sizes.observe(one, { attributes: true, attributeFilter: ["width", "height"] });
  signal.addEventListener("abort", () => {
    room.disconnect();
    sizes.disconnect();
  });
  return { element, canvas, image };
}

/** The last picture stays while the session reconnects, but not for long; a pause shows nothing of the desktop. */
function pictureOf(view: View, before: Shown): Shown {
  switch (view.state.kind) {
    case "live":
      return view.state.path === "mjpeg" ? "image" : "canvas";
    case "reconnecting":
      return view.state.long ? "nothing" : before;
    default:
      return "nothing";
  }
}

function sizeOf(picture: HTMLCanvasElement | HTMLImageElement): Size | undefined {
  const size =
    picture instanceof HTMLCanvasElement
      ? { width: picture.width, height: picture.height }
      : { width: picture.naturalWidth, height: picture.naturalHeight };
  return size.width > 0 && size.height > 0 ? size : undefined;
}
