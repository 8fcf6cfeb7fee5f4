/** Undefined and false leave an attribute out; true sets it without a value. */
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with attributes and children; text stays text, whoever wrote it. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A button with words on it. */
export function button(words: string, className: string, press: () => void): HTMLButtonElement {
  const element = h("button", { type: "button", class: `button ${className}` }, words);
  element.addEventListener("click", press);
  return element;
}

/** A piece of the page: its element stays the same, `show` changes what is on it. */
export type Part<Shown> = { readonly element: HTMLElement; readonly show: (shown: Shown) => void };
