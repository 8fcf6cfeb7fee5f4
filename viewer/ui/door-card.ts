import type { ViewerState } from "../core/session-state.ts";
import { groupCode } from "./code-text.ts";
import { h, type Page } from "./element.ts";
import { noticeBox } from "./notice.ts";
import { strings } from "./strings.ts";

/** The way in: one field for a code or a link. After an end it says why, and is the way in again. */
export function doorCard({ model, actions, signal }: Page): HTMLElement {
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
  const card = h("section", { class: "card door" }, heading, lead, form, problem, foot);

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
