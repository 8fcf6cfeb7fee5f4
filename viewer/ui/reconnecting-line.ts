import { h } from "../../pages/element.ts";
import { STEP_NAMES } from "../core/connect-report.ts";
import { copyReport } from "./copy-report.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

const TICK_MS = 1_000;
/** Until then it may be over before anybody has read it. */
const SAY_MORE_AFTER_MS = 3_000;

/** Over the last picture while a lost session comes back: why, what is being tried, for how long already and at most. */
export function reconnectingLine(page: Page): HTMLElement {
  const { model, signal } = page;
  const loss = h("p", { class: "reconnecting-loss" });
  const more = h("p", { class: "reconnecting-more" });
  const copy = copyReport(page);
  const words = h("div", {}, loss, more, copy);
  const line = h("div", { class: "reconnecting", role: "group", "aria-label": strings.reconnecting.trying });
  line.append(h("span", { class: "spinner" }), words);
  let tick: ReturnType<typeof setTimeout> | undefined;

  const show = (view: View) => {
    clearTimeout(tick);
    const { state } = view;
    // After a minute a card says it (mount.ts).
    const isHidden = state.kind !== "reconnecting" || state.long;
    if (line.hidden !== isHidden) line.hidden = isHidden;
    if (state.kind !== "reconnecting" || state.long) return;
    loss.textContent = `${strings.reconnecting.losses[state.why]} ${strings.reconnecting.trying}`;
    const goneMs = performance.now() - state.sinceMs;
    const isLong = goneMs >= SAY_MORE_AFTER_MS;
    more.hidden = !isLong;
    if (isLong) more.textContent = `${doing(view)} ${strings.reconnecting.soFar(goneMs)}`;
    tick = setTimeout(() => show(model.view), TICK_MS);
  };
  show(model.view);
  model.subscribe(show, signal);
  signal.addEventListener("abort", () => clearTimeout(tick));
  return line;
}

/** What is being tried at this moment; between two tries, that the next one comes. */
function doing({ report }: View): string {
  const step = STEP_NAMES.find((name) => report.steps[name].at === "trying");
  return step === undefined ? strings.reconnecting.nextTry : `${strings.steps.trying[step]}.`;
}
