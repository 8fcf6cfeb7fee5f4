import { h } from "../../pages/element.ts";
import { type IconName, icon } from "./icons.ts";

/** A picture to see, a name to hear and to hover. */
export function iconButton(name: IconName, label: string): HTMLButtonElement {
  return h("button", { class: "icon-button", type: "button", "aria-label": label, title: label }, icon(name));
}
