import { h } from "../../pages/element.ts";
import type { Seat } from "../core/session-state.ts";
import { icon } from "./icons.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { strings } from "./strings.ts";

/** What may be done, how (path-badge.ts) the picture travels and who could look at it: always in words, never by colour alone. */
export function badges({ model, signal }: Page, path: HTMLElement): HTMLElement {
  const role = h("span", { class: "badge" });
  const seal = h("span", { class: "badge" });

  const show = ({ state }: View) => {
    // While a lost session reconnects, role and seal stay what they were.
    if (state.kind !== "live" && state.kind !== "paused") return;
    const { sealed } = state;
    role.dataset.role = state.role;
    role.replaceChildren(icon(state.role === "control" ? "hand" : "eye"), strings.badges[state.role]);
    seal.classList.toggle("warning", !sealed);
    seal.title = sealed ? strings.badges.sealedMeaning : strings.badges.unsealedMeaning;
    seal.replaceChildren(icon(sealed ? "lock" : "unlock"), sealed ? strings.badges.sealed : strings.badges.unsealed);
  };
  show(model.view);
  model.subscribe(show, signal);
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
