import { h } from "../../pages/element.ts";
import type { Attempt, ReportSnapshot } from "../core/connect-report.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** Which ways the session has taken so far, and when it was lost: the newest last. Empty until there is more than one. */
export function pathHistory({ model, signal }: Page): HTMLElement {
  const list = h("ol", { class: "path-history" });
  const element = h("section", {}, h("h3", {}, strings.report.history), list);
  const show = (report: ReportSnapshot) => {
    const entries = entriesOf(report);
    element.hidden = entries.length < 2;
    list.replaceChildren(
      ...entries.map(({ atMs, words }) =>
        h("li", {}, h("span", { class: "step-time" }, strings.duration(atMs - (report.startedMs ?? atMs))), words),
      ),
    );
  };
  model.watch((view) => view.report, show, signal);
  return element;
}

type Entry = { readonly atMs: number; readonly words: string };

function entriesOf({ moves, attempts }: ReportSnapshot): Entry[] {
  const ways = moves.map(({ path, atMs }) => ({ atMs, words: strings.badges.paths[path] }));
  return [...ways, ...attempts.map(lossEntry)].toSorted((a, b) => a.atMs - b.atMs);
}

function lossEntry({ lostMs, why, back }: Attempt): Entry {
  const loss = strings.reconnecting.losses[why];
  return { atMs: lostMs, words: back === undefined ? loss : strings.report.backAfter(loss, back.atMs - lostMs) };
}
