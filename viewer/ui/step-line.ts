import { h } from "../../pages/element.ts";
import type { StepName, StepState } from "../core/connect-report.ts";
import { icon } from "./icons.ts";
import { strings } from "./strings.ts";

/** What is over sooner needs no clock; then how long it has been goes on the line, and soon how long it may be at most. */
const SAY_TIME_AFTER_MS = 1_000;
const SAY_LIMIT_AFTER_MS = 3_000;

export type StepLine = {
  readonly element: HTMLElement;
  /** @param nowMs the page's performance.now() */
  readonly show: (state: StepState, nowMs: number) => void;
};

/** One line of the checklist: a mark, the step, the time it took, and under it what is done now or why it failed. */
export function stepLine(step: StepName): StepLine {
  const mark = h("span", { class: "step-mark" });
  const said = h("span", { class: "visually-hidden" });
  const time = h("span", { class: "step-time" });
  const detail = h("span", { class: "step-detail" });
  const name = h("span", { class: "step-name" }, strings.steps.names[step], said);
  const element = h("li", { class: "step" }, mark, name, time, detail);
  const show = (state: StepState, nowMs: number) => {
    // Only a change of state draws the mark anew: a turning one goes on turning.
    if (element.dataset.at !== state.at) {
      element.dataset.at = state.at;
      mark.replaceChildren(...markOf(state));
      said.textContent = ` (${strings.steps.states[state.at]})`;
      if (state.at === "trying") element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
    }
    time.textContent = timeOf(state, nowMs);
    detail.textContent = detailOf(step, state);
  };
  return { element, show };
}

/** Why a step failed or was not tried, in a sentence. */
export function stepReason(step: StepName, state: Extract<StepState, { at: "failed" | "not-used" }>): string {
  if (state.at === "not-used") return strings.steps.notUsed[state.reason];
  const ownWords = state.reason === "refused" && step === "approval";
  return ownWords ? strings.steps.approvalRefused : strings.steps.reasons[state.reason];
}

function markOf(state: StepState): SVGSVGElement[] {
  switch (state.at) {
    case "ok":
      return [icon("check")];
    case "failed":
      return [icon("cross")];
    case "not-used":
      return [icon("dash")];
    case "waiting":
    case "trying":
      return [];
  }
}

function timeOf(state: StepState, nowMs: number): string {
  if (state.at === "ok" || state.at === "failed") return strings.duration(state.tookMs);
  if (state.at === "not-used") return state.reason === "not-needed" ? strings.steps.notUsed[state.reason] : "";
  if (state.at === "waiting") return "";
  const triedMs = nowMs - state.sinceMs;
  if (triedMs < SAY_TIME_AFTER_MS) return "";
  // Past its limit it waits for something else, such as permission: the limit does not hold then, and is not claimed.
  const saysLimit = triedMs >= SAY_LIMIT_AFTER_MS && triedMs <= state.limitMs;
  return saysLimit ? strings.steps.timeOf(triedMs, state.limitMs) : strings.wholeSeconds(triedMs);
}

function detailOf(step: StepName, state: StepState): string {
  switch (state.at) {
    case "waiting":
    case "ok":
      return "";
    case "trying":
      return strings.steps.trying[step];
    case "failed":
      return stepReason(step, state);
    case "not-used":
      // The quiet one says it in the place of its time.
      return state.reason === "not-needed" ? "" : stepReason(step, state);
  }
}
