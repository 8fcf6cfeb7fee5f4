import { h } from "../../pages/element.ts";
import type { EndReason, JoinProblem } from "../core/session-state.ts";
import { icon } from "./icons.ts";

/** What happened, and what to do now. */
export type Notice = { readonly sentence: string; readonly nextStep: string };

/** A reason without its sentence does not compile. */
export type JoinNotices = { readonly [Problem in JoinProblem]: Notice };
export type EndNotices = { readonly [Reason in EndReason]: Notice };

/** `problem` stands out and is read aloud at once; `news` is only told. */
export function noticeBox(notice: Notice, tone: "problem" | "news"): HTMLElement {
  return h(
    "div",
    { class: `notice notice-${tone}`, role: tone === "problem" ? "alert" : "status" },
    ...(tone === "problem" ? [icon("alert")] : []),
    h(
      "div",
      {},
      h("p", { class: "notice-sentence" }, notice.sentence),
      h("p", { class: "notice-step" }, notice.nextStep),
    ),
  );
}
