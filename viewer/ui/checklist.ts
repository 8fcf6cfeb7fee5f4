import { h } from "../../pages/element.ts";
import { type ReportSnapshot, STEP_NAMES } from "../core/connect-report.ts";
import type { Page } from "./page.ts";
import { stepLine } from "./step-line.ts";
import { strings } from "./strings.ts";

/** How often the time of a step that is being tried goes on. */
const TICK_MS = 1_000;

/** Every step on the way to the picture, with its state, its time and its reason; follows the report. */
export function checklist({ model, signal }: Page): HTMLElement {
  const lines = STEP_NAMES.map((name) => ({ name, ...stepLine(name) }));
  const element = h("ol", { class: "steps", "aria-label": strings.steps.label }, ...lines.map((line) => line.element));
  let tick: ReturnType<typeof setTimeout> | undefined;

  const follow = ({ steps }: ReportSnapshot) => {
    clearTimeout(tick);
    const nowMs = performance.now();
    for (const { name, show } of lines) show(steps[name], nowMs);
    const isTrying = STEP_NAMES.some((name) => steps[name].at === "trying");
    if (isTrying) tick = setTimeout(() => follow(model.view.report), TICK_MS);
  };
  model.watch((view) => view.report, follow, signal);
  signal.addEventListener("abort", () => clearTimeout(tick));
  return element;
}
