import { h } from "../../pages/element.ts";
import type { Role } from "../../protocol/control.ts";
import type { Seat } from "../core/session-state.ts";
import { icon } from "./icons.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** What may be done, how (path-badge.ts) the picture travels and who could look at it: always in words, never by colour alone. */
export function badges({ model, signal }: Page, path: HTMLElement): HTMLElement {
  const role = h("span", { class: "badge" });
  const seal = h("span", { class: "badge" });

  // While a lost session reconnects, role and seal stay what they were.
  const showRole = (is: Role | undefined) => {
    if (is === undefined) return;
    role.dataset.role = is;
    role.replaceChildren(icon(is === "control" ? "hand" : "eye"), strings.badges[is]);
  };
  const showSeal = (sealed: boolean | undefined) => {
    if (sealed === undefined) return;
    seal.classList.toggle("warning", !sealed);
    seal.title = sealed ? strings.badges.sealedMeaning : strings.badges.unsealedMeaning;
    seal.replaceChildren(icon(sealed ? "lock" : "unlock"), sealed ? strings.badges.sealed : strings.badges.unsealed);
  };
  model.watch((view) => seatOf(view)?.role, showRole, signal);
  model.watch((view) => seatOf(view)?.sealed, showSeal, signal);
  return h("div", { class: "badges" }, role, path, seal);
}

/** Stays in the margin under the picture, where there is one, as long as the picture is not sealed. */
export function marginBadge({ model, signal }: Page): HTMLElement {
  const badge = h(
    "p",
    { class: "badge warning margin-badge", title: strings.badges.unsealedMeaning },
    icon("unlock"),
    strings.badges.unsealed,
  );
  model.watch(
    showsUnsealedStream,
    (shows) => {
      badge.hidden = !shows;
    },
    signal,
  );
  return badge;
}

/** A picture in a plain <img> can be seen by whoever carries it, so the page says so all the time. */
export function showsUnsealedStream(view: View): boolean {
  const seat = seatOf(view);
  return seat !== undefined && seat.path === "mjpeg" && !seat.sealed;
}

export function seatOf(view: View): Seat | undefined {
  return view.state.kind === "live" || view.state.kind === "paused" ? view.state : undefined;
}
