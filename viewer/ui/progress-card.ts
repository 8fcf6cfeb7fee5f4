import { h } from "../../pages/element.ts";
import { type ReportSnapshot, STEP_NAMES, type StepName } from "../core/connect-report.ts";
import { isArriving, type ViewerState } from "../core/session-state.ts";
import { checklist } from "./checklist.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** From the code to the first picture: what is being tried, what failed and why, and what comes next. */
export function progressCard(page: Page): HTMLElement {
  const { model, actions, signal } = page;
  const heading = h("h1", {});
  const lead = h("p", { class: "lead" });
  const cancel = h("button", { class: "button", type: "button" }, strings.progress.cancel);
  cancel.addEventListener("click", () => actions.disconnect());

  const show = ({ state, report }: View) => {
    if (!isArriving(state)) return;
    const { kind } = state;
    heading.textContent =
      kind === "waiting" || kind === "approving" ? strings.progress.heading[kind] : strings.progress.heading.connecting;
    lead.textContent = leadOf(state, report);
  };
  show(model.view);
  model.subscribe(show, signal);
  return h("section", { class: "card progress" }, heading, lead, checklist(page), cancel);
}

function leadOf(state: ViewerState, { steps }: ReportSnapshot): string {
  const { lead } = strings.progress;
  switch (state.kind) {
    case "waiting":
      return lead.waiting(state.room);
    case "approving":
      return steps.mjpeg.at === "trying" ? lead.approvingUnsealed : lead.approving;
    case "connecting": {
      if (steps.picture.at === "trying" || state.stage === "picture") return lead.picture;
      const trying = RUNGS.filter((rung) => steps[rung].at === "trying");
      const next = RUNGS.find((rung) => steps[rung].at === "waiting");
      if (trying.length === 0) return lead.looking;
      if (trying.length > 1) return lead.several;
      return next === undefined ? lead.last : lead.next(strings.steps.names[next]);
    }
    default:
      return "";
  }
}

const RUNGS: readonly StepName[] = STEP_NAMES.slice(STEP_NAMES.indexOf("direct"), STEP_NAMES.indexOf("mjpeg") + 1);
