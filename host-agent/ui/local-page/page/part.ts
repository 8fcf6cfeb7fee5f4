import { h } from "../../../../pages/element.ts";

/** A piece of the page: its element stays the same, `show` changes what is on it. */
export type Part<Shown> = { readonly element: HTMLElement; readonly show: (shown: Shown) => void };

/** A button with words on it. */
export function button(words: string, className: string, press: () => void): HTMLButtonElement {
  const element = h("button", { type: "button", class: `button ${className}` }, words);
  element.addEventListener("click", press);
  return element;
}
