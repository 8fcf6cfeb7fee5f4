import { h } from "../../pages/element.ts";
import type { Page } from "./page.ts";

export type Popover = {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly close: () => void;
};

/**
 * A button and what it opens. Closes by Escape, by a press elsewhere and when the focus leaves it.
 * `opened` puts the focus where it belongs.
 */
export function popover(
  { signal }: Page,
  button: HTMLButtonElement,
  panel: HTMLElement,
  kind: "menu" | "dialog",
  opened: () => void,
): Popover {
  const element = h("div", { class: "popover" }, button, panel);
  panel.classList.add("panel");
  panel.hidden = true;
  button.setAttribute("aria-haspopup", kind);
  button.setAttribute("aria-expanded", "false");

  let isOpen = false;
  const show = (open: boolean) => {
    // Each press on the picture comes by here, and the picture of what it did would wait for a frame of nothing.
    if (open === isOpen) return;
    isOpen = open;
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => {
    show(!isOpen);
    if (isOpen) opened();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen) return;
    event.stopPropagation();
    show(false);
    button.focus();
  });
  element.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) show(false);
  });
  const pressedElsewhere = (event: Event) => {
    if (!(event.target instanceof Node && element.contains(event.target))) show(false);
  };
  document.addEventListener("pointerdown", pressedElsewhere, { signal, capture: true });
  return { element, button, close: () => show(false) };
}

/** Arrow keys, Home and End move among the items and wrap around. */
export function walkWithArrows(
  event: KeyboardEvent,
  items: readonly HTMLElement[],
  keys: "vertical" | "horizontal",
): void {
  const [back, on] = keys === "vertical" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const usable = items.filter((item) => item.closest("[hidden]") === null);
  const at = usable.findIndex((item) => item.matches(":focus"));
  const last = usable.length - 1;
  const places = new Map([
    [back, at <= 0 ? last : at - 1],
    [on, at === last ? 0 : at + 1],
    ["Home", 0],
    ["End", last],
  ]);
  const to = places.get(event.key);
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  usable[to]?.focus();
}
