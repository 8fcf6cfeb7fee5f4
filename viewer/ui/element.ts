import type { Actions } from "./actions.ts";
import type { Model } from "./model.ts";

/** What every component is given. The signal ends its listeners, timers and subscriptions. */
export type Page = { readonly model: Model; readonly actions: Actions; readonly signal: AbortSignal };

/** Undefined and false leave an attribute out; true sets it without a value. */
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with attributes and children. */
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
