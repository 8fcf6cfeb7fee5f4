import { EMPTY_REPORT, type ReportSnapshot } from "../core/connect-report.ts";
import type { FitMode } from "../core/fit.ts";
import type { ViewerState } from "../core/session-state.ts";

/** Everything the page shows. Only `update` changes it; no part of the page is ever read back. */
export type View = {
  readonly state: ViewerState;
  /** The steps on the way in and what became of the session since; its times are of the page's performance.now(). */
  readonly report: ReportSnapshot;
  /** How the picture lies in the window. The URL chooses first, the toolbar later. */
  readonly fit: FitMode;
  /** This viewer asked for control and has not been answered yet. */
  readonly controlAsked: boolean;
  /** The page was opened with `view_only`: it never offers control. */
  readonly viewOnly: boolean;
  /** The page sits in somebody else's page: it shows no name of its own. */
  readonly embedded: boolean;
  /** One sentence over the picture that gives way by itself; a new object says it again. */
  readonly note: { readonly text: string } | undefined;
};

const FIRST_VIEW: View = {
  state: { kind: "join" },
  report: EMPTY_REPORT,
  fit: "fit",
  controlAsked: false,
  viewOnly: false,
  embedded: false,
  note: undefined,
};

/** What the page shows, and who wants to know when it changes. */
export class Model {
  private current: View;
  private readonly listeners = new Set<(view: View) => void>();

  constructor(first: Partial<View> = {}) {
    this.current = { ...FIRST_VIEW, ...first };
  }

  get view(): View {
    return this.current;
  }

  update(change: Partial<View>): void {
    this.current = { ...this.current, ...change };
    for (const listener of [...this.listeners]) listener(this.current);
  }

  /** Listens until the signal aborts. */
  subscribe(listener: (view: View) => void, signal: AbortSignal): void {
    this.listeners.add(listener);
    signal.addEventListener("abort", () => this.listeners.delete(listener));
  }

  /** Calls `show` now, and again whenever what `select` picks has changed, until the signal aborts. */
  watch<Part>(select: (view: View) => Part, show: (part: Part) => void, signal: AbortSignal): void {
    let shown = select(this.current);
    show(shown);
    this.subscribe((view) => {
      const part = select(view);
      if (Object.is(part, shown)) return;
      shown = part;
      show(part);
    }, signal);
  }
}
