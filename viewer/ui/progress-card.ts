import { isArriving, type ViewerState } from "../core/session-state.ts";
import { h, type Page } from "./element.ts";
import { icon } from "./icons.ts";
import { strings } from "./strings.ts";

/** From the code to the first picture, step by step. */
export function progressCard({ model, actions, signal }: Page): HTMLElement {
  const heading = h("h1", {});
  const lead = h("p", { class: "lead" });
  const steps = strings.progress.steps.map((name) => step(name));
  const cancel = h("button", { class: "button", type: "button" }, strings.progress.cancel);
  cancel.addEventListener("click", () => actions.disconnect());

  const show = (state: ViewerState) => {
    if (!isArriving(state)) return;
    const now = currentStep(state);
    heading.textContent = strings.progress.heading[now.heading];
    lead.textContent = now.lead;
    steps.forEach((one, index) => {
      one.show(index < now.index ? "done" : index === now.index ? "now" : "later");
    });
  };
  model.watch((view) => view.state, show, signal);
  return h(
    "section",
    { class: "card progress" },
    heading,
    lead,
    h("ol", { class: "steps" }, ...steps.map((one) => one.element)),
    cancel,
  );
}

type Now = { readonly index: number; readonly heading: keyof typeof strings.progress.heading; readonly lead: string };

function currentStep(state: ViewerState): Now {
  if (state.kind === "waiting") {
    return { index: 0, heading: "waiting", lead: strings.progress.lead.waiting(state.room) };
  }
  if (state.kind === "connecting") {
    return {
      index: state.stage === "picture" ? 3 : 2,
      heading: "connecting",
      lead: strings.progress.connecting[state.stage],
    };
  }
  return { index: 1, heading: "approving", lead: strings.progress.lead.approving };
}

type StepState = "done" | "now" | "later";

function step(name: string): { element: HTMLElement; show: (state: StepState) => void } {
  const said = h("span", { class: "visually-hidden" });
  const mark = h("span", { class: "step-mark" });
  const element = h("li", { class: "step" }, mark, h("span", {}, name), said);
  const show = (state: StepState) => {
    element.dataset.step = state;
    mark.replaceChildren(...(state === "done" ? [icon("check")] : []));
    said.textContent = state === "later" ? "" : ` (${strings.progress[state]})`;
    if (state === "now") element.setAttribute("aria-current", "step");
    else element.removeAttribute("aria-current");
  };
  return { element, show };
}
