import { h } from "../../pages/element.ts";
import type { ViewerState } from "../core/session-state.ts";
import { checklist } from "./checklist.ts";
import { copyReport } from "./copy-report.ts";
import { icon } from "./icons.ts";
import type { Page } from "./page.ts";
import { pathHistory } from "./path-history.ts";
import { type Popover, popover } from "./popover.ts";
import { strings } from "./strings.ts";

/** How the picture travels, and how fast: a button that opens the whole story of this session's connection. */
export function pathBadge(page: Page): Popover {
  const { model, signal } = page;
  const button = h("button", { class: "badge path-badge", type: "button" });
  const meaning = h("p", { class: "panel-lead" });
  const panel = h(
    "div",
    { class: "path-panel", role: "dialog", "aria-label": strings.report.heading, tabindex: "-1" },
    h("h2", {}, strings.report.heading),
    meaning,
    checklist(page),
    pathHistory(page),
    copyReport(page),
  );

  const showWords = (words: string | undefined) => {
    if (words === undefined) return;
    button.replaceChildren(icon("path"), words);
    button.setAttribute("aria-label", `${strings.report.heading}: ${words}`);
  };
  const showMeaning = (words: string | undefined) => {
    if (words !== undefined) meaning.textContent = words;
  };
  model.watch(({ state }) => badgeWords(state), showWords, signal);
  model.watch(({ state }) => meaningOf(state), showMeaning, signal);
  return popover(page, button, panel, "dialog", () => panel.focus({ preventScroll: true }));
}

function meaningOf(state: ViewerState): string | undefined {
  if (state.kind === "reconnecting") return strings.reconnecting.losses[state.why];
  if (state.kind !== "live" && state.kind !== "paused") return undefined;
  const seal = state.sealed ? strings.badges.sealedMeaning : strings.badges.unsealedMeaning;
  return `${strings.report.paths[state.path]} ${seal}`;
}

function badgeWords(state: ViewerState): string | undefined {
  if (state.kind === "reconnecting") return strings.reconnecting.trying;
  if (state.kind !== "live" && state.kind !== "paused") return undefined;
  const path = strings.badges.paths[state.path];
  const rttMs = state.kind === "live" ? state.rttMs : undefined;
  return rttMs === undefined ? path : `${path} · ${strings.badges.roundTrip(rttMs)}`;
}
