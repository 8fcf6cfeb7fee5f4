import { h } from "../../pages/element.ts";
import { icon } from "./icons.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** How long the button says that it has done its work. */
const COPIED_MS = 2_000;

/** A button that puts the report on the clipboard; where no browser lets it, the text to copy by hand. */
export function copyReport({ actions, signal }: Page): HTMLElement {
  const words = h("span", {}, strings.report.copy);
  const button = h("button", { class: "button small copy", type: "button" }, icon("copy"), words);
  // Says what became of it. What stands on the button would be read again only when it is reached again.
  const said = h("p", { class: "copy-said visually-hidden", role: "status" });
  const text = h("textarea", { class: "report-text", readonly: true, rows: "6", "aria-label": strings.report.text });
  text.hidden = true;
  const element = h("div", { class: "copy-report" }, button, said, text);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (copied: boolean) => {
    words.textContent = copied ? strings.report.copied : strings.report.copy;
    said.textContent = copied ? strings.report.copied : strings.report.byHand;
    said.classList.toggle("visually-hidden", copied);
    text.hidden = copied;
    if (!copied) text.select();
    clearTimeout(timer);
    if (copied) timer = setTimeout(rest, COPIED_MS);
  };
  const rest = () => {
    words.textContent = strings.report.copy;
    said.textContent = "";
  };
  button.addEventListener("click", () => {
    text.value = actions.reportText();
    void copy(text, button).then(show);
  });
  // In the text the arrow keys are the text's, not the toolbar's.
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") event.stopPropagation();
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return element;
}

async function copy(text: HTMLTextAreaElement, button: HTMLElement): Promise<boolean> {
  // On plain http there is no such thing, whatever TypeScript's DOM library says.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard !== undefined) {
    try {
      await clipboard.writeText(text.value);
      return true;
    } catch {
      // Forbidden, by an embedding page for example: the older way may still do.
    }
  }
  return copySelection(text, button);
}

/** Deprecated and without a successor on plain http. The text has to be on the page, selected, to be copied. */
function copySelection(text: HTMLTextAreaElement, button: HTMLElement): boolean {
  const wasHidden = text.hidden;
  text.hidden = false;
  text.classList.add("being-copied");
  text.select();
  const copied = document.execCommand("copy");
  text.classList.remove("being-copied");
  button.focus({ preventScroll: true });
  text.hidden = wasHidden;
  return copied;
}
