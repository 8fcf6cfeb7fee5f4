import { h } from "../../pages/element.ts";
import { autoHide } from "./auto-hide.ts";
import { badges } from "./badges.ts";
import { listenForEscapeChord } from "./escape-chord.ts";
import { fitMenu } from "./fit-menu.ts";
import { fullscreenButton } from "./fullscreen.ts";
import { iconButton } from "./icon-button.ts";
import { icon } from "./icons.ts";
import { keyMenu } from "./key-menu.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { pathBadge } from "./path-badge.ts";
import { walkWithArrows } from "./popover.ts";
import { strings } from "./strings.ts";
import { typeBox } from "./type-box.ts";

/**
 * The bar over the picture, after the WAI-ARIA toolbar pattern: one stop for the Tab key, arrows inside.
 * `giveBack` returns the keyboard to the desktop.
 */
export function toolbar(page: Page, giveBack: () => void): HTMLElement {
  const { model, actions, signal } = page;
  const path = pathBadge(page);
  const ask = h("button", { class: "button small ask", type: "button" });
  ask.addEventListener("click", () => actions.askControl());
  const keys = keyMenu(page, giveBack);
  const type = typeBox(page, giveBack);
  const fit = fitMenu(page, giveBack);
  const fullscreen = fullscreenButton(page, giveBack);
  const leave = iconButton("leave", strings.toolbar.leave);
  leave.classList.add("leave");
  leave.addEventListener("click", () => actions.disconnect());

  const tools = [ask, keys.button, type.button, fit.button, fullscreen, leave];
  const stops = [path.button, ...tools];
  const bar = h(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": strings.toolbar.label },
    badges(page, path.element),
    h("div", { class: "tools" }, ask, keys.element, type.element, fit.element, fullscreen, leave),
  );
  const dock = h("div", { class: "dock" }, bar);

  // The Tab key reaches the tool that was used last, or the first.
  let usedLast: HTMLElement | undefined;
  const rove = () => {
    const current = usedLast !== undefined && isUsable(usedLast) ? usedLast : tools.find(isUsable);
    for (const stop of stops) stop.tabIndex = stop === current ? 0 : -1;
  };

  model.watch(
    asks,
    (asked) => {
      ask.hidden = asked === "not offered";
      ask.setAttribute("aria-disabled", String(asked === "asked"));
      ask.replaceChildren(icon("hand"), strings.toolbar[asked === "asked" ? "controlAsked" : "askControl"]);
      rove();
    },
    signal,
  );
  model.watch(
    (view) => view.state.kind === "live" && view.state.role === "control",
    (controls) => {
      keys.element.hidden = !controls;
      type.element.hidden = !controls;
      rove();
    },
    signal,
  );
  model.watch(
    (view) => view.state.kind,
    (kind) => {
      dock.hidden = kind !== "live" && kind !== "paused" && kind !== "reconnecting";
    },
    signal,
  );
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") giveBack();
    else walkWithArrows(event, stops, "horizontal");
  });
  bar.addEventListener("focusin", ({ target }) => {
    usedLast = stops.find((stop) => stop === target) ?? usedLast;
    rove();
  });
  listenForEscapeChord(() => {
    if (!dock.hidden) tools.find(isUsable)?.focus();
  }, signal);
  autoHide(dock, page);
  return dock;
}

function isUsable(tool: HTMLElement): boolean {
  return tool.closest(".tools [hidden]") === null;
}

function asks(view: View): "not offered" | "offered" | "asked" {
  if (view.viewOnly || view.state.kind !== "live" || view.state.role === "control") return "not offered";
  return view.controlAsked ? "asked" : "offered";
}
