import type { ShareOptions } from "../../options.ts";
import type { HostEvent, NoticeLevel, Question } from "../host-ui.ts";
import { END_SENTENCES, FRESH_CODE_SENTENCES, PATH_WORDS, plainText, reachSentence, spokenCode } from "../sentences.ts";
import type { PageCommand } from "./wire/page-command.ts";
import type { PageNotice, PageSeat, PageView } from "./wire/page-view.ts";

/** A name is kept after its viewer left, because it may come back by itself. */
const MAX_REMEMBERED_GUESTS = 64;
/** What the page shows at once; older sentences stand in the terminal. */
const MAX_NOTICES = 4;

/** What the page needs to know of how sharing was started. */
export type SharingSettings = Pick<ShareOptions, "approve" | "viewOnly" | "reusable"> & {
  /** The server is the one inside this program. */
  readonly embedded: boolean;
};

type Sharing = Omit<Extract<PageView, { at: "sharing" }>, "questions">;
type Asked = { readonly question: Question; readonly atMs: number };
type Guest = { readonly name: string; readonly from: string };

/** All that the approval page shows, as far as it does not depend on the moment. */
export type PageState = {
  readonly settings: SharingSettings;
  readonly shown: Extract<PageView, { at: "starting" | "ended" }> | Sharing;
  readonly asked: readonly Asked[];
  readonly guests: ReadonlyMap<string, Guest>;
};

export function startingState(settings: SharingSettings): PageState {
  return { settings, shown: { at: "starting", notices: [] }, asked: [], guests: new Map() };
}

/** The state after something happened; the same object when the page need not know. */
export function afterEvent(state: PageState, event: HostEvent): PageState {
  const { shown, settings } = state;
  switch (event.event) {
    case "ready":
      return { ...state, shown: sharingOf(event, settings, shown.at === "ended" ? [] : shown.notices) };
    case "knock":
      return withGuest(state, event.viewer, event);
    case "ended":
      return { ...state, shown: { at: "ended", why: END_SENTENCES[event.reason] }, asked: [] };
    case "asks-control":
      // The question that follows says it.
      return state;
    default: {
      if (shown.at !== "sharing") return state;
      const next = during(shown, event, state.guests);
      return next === shown ? state : { ...state, shown: next };
    }
  }
}

function sharingOf(
  ready: Extract<HostEvent, { event: "ready" }>,
  settings: SharingSettings,
  notices: readonly PageNotice[],
): Sharing {
  const hour = new Date(ready.expires).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const whom = settings.reusable ? "for several viewers (weaker against a lying server)" : "for one viewer";
  return {
    at: "sharing",
    shared: `${ready.display.width}×${ready.display.height}`,
    invitation: {
      link: ready.link,
      code: spokenCode(ready.code, ready.room),
      server: ready.server,
      note: `Good until ${hour}, ${whom}.`,
      reach: reachSentence(settings.embedded, ready.server),
    },
    rights: rightsSentence(settings),
    mayControl: !settings.viewOnly,
    paused: false,
    seats: [],
    notices: [...notices],
  };
}

function rightsSentence({ approve, viewOnly }: SharingSettings): string {
  if (approve === "ask") return "Whoever has the link or the code waits here until you let them in.";
  return approve === "control" && !viewOnly
    ? "Whoever has the link or the code watches AND controls, without a question."
    : "Whoever has the link or the code watches, without a question.";
}

type DuringEvent = Exclude<HostEvent, { event: "ready" | "knock" | "ended" | "asks-control" }>;

function during(sharing: Sharing, event: DuringEvent, guests: ReadonlyMap<string, Guest>): Sharing {
  const { seats } = sharing;
  switch (event.event) {
    case "code": {
      const { code, link, why } = event;
      const room = sharing.invitation.code.split(" ", 1)[0] ?? "";
      const note = FRESH_CODE_SENTENCES[why];
      return { ...sharing, invitation: { ...sharing.invitation, link, code: spokenCode(code, room), note } };
    }
    case "joined": {
      const { viewer, role, path } = event;
      const guest = guests.get(viewer) ?? { name: `Viewer ${plainText(viewer).slice(0, 8)}`, from: "" };
      const seat = { viewer, ...guest, role, connection: PATH_WORDS[path], sealed: path !== "mjpeg" };
      return { ...sharing, seats: [...seats.filter((other) => other.viewer !== viewer), seat] };
    }
    case "path":
      return withSeat(sharing, event.viewer, {
        connection: PATH_WORDS[event.path],
        sealed: event.path !== "mjpeg",
      });
    case "role":
      return withSeat(sharing, event.viewer, { role: event.role });
    case "left":
      if (!seats.some((seat) => seat.viewer === event.viewer)) return sharing;
      return { ...sharing, seats: seats.filter((seat) => seat.viewer !== event.viewer) };
  }
}

/** The round trip comes every second; only what the page shows makes a difference. */
function withSeat(sharing: Sharing, viewer: string, change: Partial<PageSeat>): Sharing {
  const seat = sharing.seats.find((one) => one.viewer === viewer);
  if (seat === undefined) return sharing;
  const changed = { ...seat, ...change };
  if (changed.connection === seat.connection && changed.role === seat.role) return sharing;
  return { ...sharing, seats: sharing.seats.map((one) => (one === seat ? changed : one)) };
}

function withGuest(state: PageState, viewer: string, { label, from }: { label: string; from: string }): PageState {
  const guests = new Map(state.guests);
  const oldest = guests.keys().next().value;
  if (guests.size >= MAX_REMEMBERED_GUESTS && oldest !== undefined) guests.delete(oldest);
  guests.set(viewer, { name: plainText(label) || "Somebody", from: plainText(from) });
  return { ...state, guests };
}

export function afterQuestion(state: PageState, question: Question, atMs: number): PageState {
  const { asked } = withoutQuestion(state, question.viewer);
  return { ...withGuest(state, question.viewer, question), asked: [...asked, { question, atMs }] };
}

export function withoutQuestion(state: PageState, viewer: string): PageState {
  const asked = state.asked.filter(({ question }) => question.viewer !== viewer);
  return asked.length === state.asked.length ? state : { ...state, asked };
}

export function afterNotice(state: PageState, level: NoticeLevel, text: string): PageState {
  const { shown } = state;
  if (shown.at === "ended") return state;
  const notices = [...shown.notices, { level, text }].slice(-MAX_NOTICES);
  return { ...state, shown: { ...shown, notices } };
}

export function afterPause(state: PageState, paused: boolean): PageState {
  const { shown } = state;
  return shown.at === "sharing" ? { ...state, shown: { ...shown, paused } } : state;
}

/**
 * Whether a command fits what the page was shown. Somebody may have answered elsewhere while the finger came down, and
 * a yes to a question that is over must not become a yes to something else.
 */
export function fits(state: PageState, command: PageCommand): boolean {
  const { shown, asked } = state;
  if (shown.at !== "sharing") return false;
  const kind = "viewer" in command ? asked.find((one) => one.question.viewer === command.viewer)?.question.kind : "";
  switch (command.command) {
    case "approve":
      if (command.role === "control") return kind === "admit" && shown.mayControl;
      return kind === "admit" || kind === "continue";
    case "deny":
      return kind !== undefined;
    case "grant":
      return shown.mayControl && shown.seats.some((seat) => seat.viewer === command.viewer);
    case "revoke":
    case "kick":
      return shown.seats.some((seat) => seat.viewer === command.viewer);
    default:
      return true;
  }
}

/** What the page is told at this moment. */
export function pageView({ shown, asked }: PageState, nowMs: number): PageView {
  if (shown.at !== "sharing") return shown;
  const questions = asked.map(({ question, atMs }) => ({
    kind: question.kind,
    viewer: question.viewer,
    name: plainText(question.label) || "Somebody",
    from: plainText(question.from),
    sealed: !question.mjpeg,
    remainingMs: Math.max(0, Math.round(question.timeoutMs - (nowMs - atMs))),
    timeoutMs: question.timeoutMs,
  }));
  return { ...shown, questions };
}
