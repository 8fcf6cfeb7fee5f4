import { h } from "../../pages/element.ts";
import { isArriving, type ViewerState } from "../core/session-state.ts";
import type { Actions } from "./actions.ts";
import { announcer } from "./announcer.ts";
import { marginBadge } from "./badges.ts";
import { copyReport } from "./copy-report.ts";
import { doorCard } from "./door-card.ts";
import { icon, mark } from "./icons.ts";
import type { Model, View } from "./model.ts";
import type { Page } from "./page.ts";
import { progressCard } from "./progress-card.ts";
import { reconnectingLine } from "./reconnecting-line.ts";
import { stage } from "./stage.ts";
import { strings } from "./strings.ts";
import { toolbar } from "./toolbar.ts";

export type MountedUi = {
  /** For attachInput and CursorView. */
  readonly stage: HTMLElement;
  /** For Screen. */
  readonly canvas: HTMLCanvasElement;
  /** For ImageStream. */
  readonly image: HTMLImageElement;
  /** Ends every timer and listener of the page's own, and empties the root. */
  readonly unmount: () => void;
};

/** Builds the page once; from then on it follows the model. */
export function mountUi(root: HTMLElement, model: Model, actions: Actions): MountedUi {
  const life = new AbortController();
  const page: Page = { model, actions, signal: life.signal };
  const { element, canvas, image } = stage(page);
  const giveBack = () => {
    const field = element.querySelector<HTMLTextAreaElement>(".key-field:enabled");
    if (field !== null) field.focus({ preventScroll: true });
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };

  const brand = h("header", { class: "brand" }, mark(), h("span", {}, strings.name));
  const cards = {
    door: doorCard(page),
    progress: progressCard(page),
    paused: pausedCard(),
    away: awayCard(page),
  };
  const hall = h("main", { class: "hall" }, brand, ...Object.values(cards));
  // The picture comes first, so that it is the first picture of the page for whoever looks for one.
  root.classList.add("app");
  root.replaceChildren(
    element,
    hall,
    reconnectingLine(page),
    marginBadge(page),
    toolbar(page, giveBack),
    announcer(page),
  );

  model.watch(
    cardOf,
    (shown) => {
      hall.hidden = shown === "none";
      for (const [name, card] of Object.entries(cards)) card.hidden = name !== shown;
    },
    page.signal,
  );
  model.watch(
    ({ state }) => (isLongLost(state) ? "paused" : state.kind),
    (shows) => {
      root.dataset.shows = shows;
    },
    page.signal,
  );
  model.watch(
    (view) => view.embedded,
    (embedded) => {
      brand.hidden = embedded;
    },
    page.signal,
  );
  return {
    stage: element,
    canvas,
    image,
    unmount: () => {
      life.abort();
      root.replaceChildren();
    },
  };
}

function cardOf({ state }: View): "door" | "progress" | "paused" | "away" | "none" {
  if (state.kind === "join" || state.kind === "ended") return "door";
  if (isLongLost(state)) return "away";
  if (state.kind === "paused") return "paused";
  return isArriving(state) ? "progress" : "none";
}

function pausedCard(): HTMLElement {
  const { heading, lead } = strings.paused;
  return h("section", { class: "card paused" }, icon("pause"), h("h1", {}, heading), h("p", { class: "lead" }, lead));
}

/** Nobody has been heard for so long that the old picture would be taken for the desktop. */
function awayCard(page: Page): HTMLElement {
  const { heading, lead, tryNow, leave } = strings.away;
  const button = (words: string, act: () => void, style = "") => {
    const element = h("button", { class: `button${style}`, type: "button" }, words);
    element.addEventListener("click", act);
    return element;
  };
  return h(
    "section",
    { class: "card away" },
    h("h1", {}, heading),
    h("p", { class: "lead" }, lead),
    button(tryNow, () => page.actions.tryNow(), " primary"),
    button(leave, () => page.actions.disconnect()),
    copyReport(page),
  );
}

const isLongLost = (state: ViewerState): boolean => state.kind === "reconnecting" && state.long;
