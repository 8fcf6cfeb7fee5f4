import { h } from "../../../../pages/element.ts";
import type { PageNotice } from "../wire/page-view.ts";
import type { Part } from "./part.ts";

/** What went wrong or is worth knowing, the newest first. */
export function noticeList(): Part<readonly PageNotice[]> {
  const element = h("ul", { class: "notices", "aria-label": "Messages" });
  return {
    element,
    show(notices) {
      element.hidden = notices.length === 0;
      element.replaceChildren(
        ...notices.toReversed().map(({ level, text }) => h("li", { class: `notice ${level}` }, text)),
      );
    },
  };
}
