import { h } from "../../pages/element.ts";
import { MAX_TYPED_CHARACTERS } from "../core/typed-text.ts";
import { iconButton } from "./icon-button.ts";
import type { Page } from "./page.ts";
import { type Popover, popover } from "./popover.ts";
import { strings } from "./strings.ts";

/** A box for text that is then typed on the shared desktop: a way to paste that works in every browser. */
export function typeBox(page: Page, giveBack: () => void): Popover {
  const field = h("textarea", {
    class: "type-field",
    rows: "4",
    maxlength: String(MAX_TYPED_CHARACTERS),
    spellcheck: "false",
    "aria-label": strings.toolbar.typeText,
  });
  const submit = h("button", { class: "button primary small", type: "submit" }, strings.toolbar.typeTextSubmit);
  const form = h(
    "form",
    { class: "type-box", role: "dialog", "aria-label": strings.toolbar.typeText },
    h("p", { class: "panel-lead" }, strings.toolbar.typeTextLead),
    field,
    submit,
  );
  const type = () => {
    if (field.value === "") return;
    page.actions.typeText(field.value);
    field.value = "";
    box.close();
    giveBack();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    type();
  });
  field.addEventListener("keydown", (event) => {
    // In the box the arrow keys are the text's, not the toolbar's.
    if (event.key !== "Escape") event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) type();
  });
  const box = popover(page, iconButton("text", strings.toolbar.typeText), form, "dialog", () => field.focus());
  return box;
}
