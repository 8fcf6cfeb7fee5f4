import { h } from "../../pages/element.ts";
import { type KeyCode, keyCode } from "../../protocol/key-code.ts";
import { CHORD_NAME } from "./escape-chord.ts";
import { iconButton } from "./icon-button.ts";
import type { Page } from "./page.ts";
import { type Popover, popover, walkWithArrows } from "./popover.ts";
import { strings } from "./strings.ts";

/** Keys that the browser or this computer keeps for itself. */
const CHORDS: readonly { readonly name: string; readonly keys: readonly string[] }[] = [
  { name: "Ctrl + Alt + Del", keys: ["ControlLeft", "AltLeft", "Delete"] },
  { name: "Alt + Tab", keys: ["AltLeft", "Tab"] },
  { name: "Super", keys: ["MetaLeft"] },
  { name: "Esc", keys: ["Escape"] },
  { name: "Tab", keys: ["Tab"] },
  { name: "Print Screen", keys: ["PrintScreen"] },
];
const FUNCTION_KEYS = Array.from({ length: 12 }, (_, index) => ({ name: `F${index + 1}`, keys: [`F${index + 1}`] }));

export function keyMenu(page: Page, giveBack: () => void): Popover {
  const item = ({ name, keys }: { name: string; keys: readonly string[] }) => {
    const codes = keys.map(keyCode).filter((code): code is KeyCode => code !== undefined);
    const button = h("button", { class: "menu-item", type: "button", role: "menuitem", tabindex: "-1" }, name);
    button.addEventListener("click", () => {
      page.actions.pressKeys(codes);
      menu.close();
      giveBack();
    });
    return button;
  };
  const chords = CHORDS.map(item);
  const functionKeys = FUNCTION_KEYS.map(item);
  const items = [...chords, ...functionKeys];
  const list = h(
    "div",
    { role: "menu", "aria-label": strings.toolbar.keys },
    ...chords,
    h("div", { class: "function-keys", role: "group" }, ...functionKeys),
  );
  list.addEventListener("keydown", (event) => walkWithArrows(event, items, "vertical"));
  const hint = h("p", { class: "panel-hint" }, h("kbd", {}, CHORD_NAME), ` ${strings.toolbar.keysHint}`);
  const panel = h("div", { class: "key-menu" }, list, hint);
  const menu = popover(page, iconButton("keyboard", strings.toolbar.keys), panel, "menu", () => items[0]?.focus());
  return menu;
}
