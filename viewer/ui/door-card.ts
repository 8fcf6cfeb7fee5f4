import { h } from "../../pages/element.ts";
import type { ViewerState } from "../core/session-state.ts";
import { checklist } from "./checklist.ts";
import { groupCode } from "./code-text.ts";
import { copyReport } from "./copy-report.ts";
import type { View } from "./model.ts";
import { noticeBox } from "./notice.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** The way in: one field for a code or a link. After an end it says why, and is the way in again. */
export function doorCard(page: Page): HTMLElement {
  const { model, actions, signal } = page;
  const field = h("input", {
    id: "code",
    class: "code-field",
    name: "code",
    type: "text",
    inputmode: "numeric",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    enterkeyhint: "go",
    placeholder: strings.join.placeholder,
    "aria-describedby": "code-problem",
  });
  const form = h(
    "form",
    { class: "door-form", novalidate: true },
    h("label", { class: "visually-hidden", for: "code" }, strings.join.field),
    field,
    h("button", { class: "button primary", type: "submit" }, strings.join.submit),
  );
  const heading = h("h1", {});
  const lead = h("p", { class: "lead" });
  const problem = h("div", { id: "code-problem" });
  const foot = h("p", { class: "foot" }, strings.join.foot);
  const card = h("section", { class: "card door" }, heading, lead, form, problem, foot, whatWasTried(page));

  field.addEventListener("input", () => {
    // A whole link is longer than a code; it is shown from its start and in smaller letters.
    const { text, caret } = groupCode({ text: field.value, caret: field.selectionStart ?? field.value.length });
    if (text !== field.value) {
      field.value = text;
      field.setSelectionRange(caret, caret);
    }
    field.classList.toggle("holds-link", /[^\d\s·]/.test(text));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    actions.join(field.value.trim());
  });

  const show = (state: ViewerState) => {
    if (state.kind !== "join" && state.kind !== "ended") return;
    const ended = state.kind === "ended";
    heading.textContent = ended ? strings.ended.heading : strings.join.heading;
    lead.textContent = ended ? strings.ended.again : strings.join.lead;
    foot.hidden = ended;
    const notice = ended
      ? noticeBox(strings.endReasons[state.reason], "news")
      : state.problem && noticeBox(strings.joinProblems[state.problem], "problem");
    problem.replaceChildren(...(notice ? [notice] : []));
    // Why it ended comes first, what is wrong with the code stands under it.
    if (ended) heading.after(problem);
    else form.after(problem);
    field.toggleAttribute("aria-invalid", false);
    if (state.kind === "join" && state.problem) field.setAttribute("aria-invalid", "true");
    if (ended) {
      field.value = "";
      field.classList.remove("holds-link");
    }
    // On a phone the keyboard would hide what the card says; there the person taps the field.
    if (matchMedia("(pointer: fine)").matches) queueMicrotask(() => field.focus());
  };
  model.watch((view) => view.state, show, signal);
  return card;
}

/** How far the try got whose end the card tells of, for whoever wants to know more or to ask somebody. */
function whatWasTried(page: Page): HTMLElement {
  const { model, signal } = page;
  const element = h(
    "details",
    { class: "tried" },
    h("summary", {}, strings.report.tried),
    checklist(page),
    copyReport(page),
  );
  model.watch(
    tellsOfItsEnd,
    (tells) => {
      element.hidden = !tells;
      const { state, report } = model.view;
      // Without a picture, how far it came is the news; otherwise it is only for whoever asks.
      element.open = state.kind === "ended" && report.losses === 0 && report.steps.picture.at !== "ok";
    },
    signal,
  );
  return element;
}

/** Not after a slip of the pen: nothing was tried then, and the report is of an earlier session. */
function tellsOfItsEnd({ state, report }: View): boolean {
  const reason = state.kind === "ended" ? state.reason : state.kind === "join" ? state.problem : undefined;
  return reason !== undefined && report.lastReason?.reason === reason;
}
