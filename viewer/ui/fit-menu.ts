import { h } from "../../pages/element.ts";
import { FIT_MODES } from "../core/fit.ts";
import { iconButton } from "./icon-button.ts";
import type { Page } from "./page.ts";
import { type Popover, popover, walkWithArrows } from "./popover.ts";
import { strings } from "./strings.ts";

export function fitMenu(page: Page, giveBack: () => void): Popover {
  const { model, signal } = page;
  const items = FIT_MODES.map((mode) => {
    const attributes = { class: "menu-item radio", type: "button", role: "menuitemradio", tabindex: "-1" };
    const item = h("button", attributes, strings.toolbar.fits[mode]);
    item.addEventListener("click", () => {
      model.update({ fit: mode });
      menu.close();
      giveBack();
    });
    model.watch(
      (view) => view.fit === mode,
      (chosen) => item.setAttribute("aria-checked", String(chosen)),
      signal,
    );
    return item;
  });
  const panel = h("div", { role: "menu", "aria-label": strings.toolbar.fit }, ...items);
  panel.addEventListener("keydown", (event) => walkWithArrows(event, items, "vertical"));
  const menu = popover(page, iconButton("fit", strings.toolbar.fit), panel, "menu", () => {
    items[FIT_MODES.indexOf(model.view.fit)]?.focus();
  });
  return menu;
}
