import type { ViewerState } from "./core/session-state.ts";

/**
 * Writes the session's state on <html>, for style sheets, tests, embedding pages and assistive tools:
 * data-state, data-path, data-role, data-sealed, data-reason.
 * While a lost session reconnects, path, role and sealed stay what they were; after a minute it counts as paused.
 */
export function showOnPage(root: HTMLElement, state: ViewerState): void {
  const { dataset } = root;
  const set = (name: string, value: string | undefined) => {
    // An attribute that is set, to whatever, costs the browser a frame; each round trip comes by here.
    if (value === dataset[name]) return;
    if (value === undefined) delete dataset[name];
    else dataset[name] = value;
  };
  const seat = state.kind === "live" || state.kind === "paused" ? state : undefined;
  if (state.kind !== "reconnecting") {
    set("path", seat?.path);
    set("role", seat?.role);
    set("sealed", seat === undefined ? undefined : String(seat.sealed));
  }
  set("reason", reasonOf(state));
  // Last, so that whoever waits for a state finds the rest in place.
  set("state", state.kind === "reconnecting" && state.long ? "paused" : state.kind);
}

function reasonOf(state: ViewerState): string | undefined {
  switch (state.kind) {
    case "join":
      return state.problem;
    case "ended":
      return state.reason;
    case "reconnecting":
      return state.why;
    default:
      return undefined;
  }
}
