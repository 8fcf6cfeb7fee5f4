import { h } from "../../pages/element.ts";
import { STEP_NAMES } from "../core/connect-report.ts";
import { MAX_TYPED_CHARACTERS } from "../core/typed-text.ts";
import { seatOf, showsUnsealedStream } from "./badges.ts";
import { CHORD_NAME } from "./escape-chord.ts";
import type { View } from "./model.ts";
import type { Page } from "./page.ts";
import { stepReason } from "./step-line.ts";
import { strings } from "./strings.ts";

const NOTE_MS = 4_000;
/** What is said when the picture appears must be gone within two seconds of it. */
const FIRST_NOTE_MS = 1_500;

/** Tells what changed: aloud to a screen reader, in a line that gives way, and in the window's title. */
export function announcer({ model, signal }: Page): HTMLElement {
  const aloud = h("div", { class: "visually-hidden", "aria-live": "polite" });
  const line = h("p", { class: "note", hidden: true });
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = (text: string, durationMs: number) => {
    line.textContent = text;
    line.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      line.hidden = true;
    }, durationMs);
  };
  let before = model.view;
  model.subscribe((view) => {
    const text = changed(before, view);
    const duration = before.state.kind === "live" ? NOTE_MS : FIRST_NOTE_MS;
    before = view;
    if (text === undefined) return;
    aloud.textContent = text;
    if (view.state.kind === "live") tell(text, duration);
    else line.hidden = true;
  }, signal);
  model.watch(
    titleOf,
    (title) => {
      document.title = title;
    },
    signal,
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
  return h("div", { class: "announcer" }, aloud, line);
}

/** The sentence for what became different, or undefined when it needs none or has its own card. */
function changed(before: View, now: View): string | undefined {
  if (now.note !== undefined && now.note !== before.note) return now.note.text;
  if (now.state.kind === "reconnecting" && before.state.kind !== "reconnecting") {
    return `${strings.reconnecting.losses[now.state.why]} ${strings.reconnecting.trying}`;
  }
  if (now.state.kind === "reconnecting" && now.state.long) {
    return before.state.kind === "reconnecting" && before.state.long ? undefined : strings.away.lead;
  }
  if (now.state.kind === "paused" && before.state.kind !== "paused") return strings.paused.lead;
  if (now.state.kind === "waiting" || now.state.kind === "approving" || now.state.kind === "connecting") {
    return now.state.kind === before.state.kind ? changedStep(before, now) : strings.progress.heading[now.state.kind];
  }
  if (now.state.kind !== "live") return undefined;
  if (before.state.kind === "live" && before.state.role === now.state.role) return undefined;
  if (now.state.role === "control") return controlling();
  return seatOf(before)?.role === "control" ? strings.live.controlEnded : strings.live.watching;
}

/** On the way in: the step that has just been done or has failed. */
function changedStep(before: View, now: View): string | undefined {
  for (const step of STEP_NAMES) {
    const state = now.report.steps[step];
    if (state === before.report.steps[step]) continue;
    const name = strings.steps.names[step];
    if (state.at === "ok") return `${name}: ${strings.steps.states.ok}.`;
    if (state.at === "failed") return `${name}: ${stepReason(step, state)}`;
  }
  return undefined;
}

/** Where there is a keyboard, the way out of it is told on entry. */
function controlling(): string {
  const hasKeyboard = matchMedia("(any-pointer: fine)").matches;
  return hasKeyboard
    ? `${strings.live.controlling} ${CHORD_NAME} ${strings.toolbar.keysHint}.`
    : strings.live.controlling;
}

/** The title is never hidden, so it is where an unsealed picture is always said to be one. */
function titleOf(view: View): string {
  if (showsUnsealedStream(view)) return `${strings.badges.unsealed} — ${strings.name}`;
  return seatOf(view) === undefined ? strings.name : `${strings.live.stage} — ${strings.name}`;
}

/** The note for a text that was refused whole. */
export function pasteTooLongNote(characters: number): { text: string } {
  return { text: strings.pasteTooLong(characters, MAX_TYPED_CHARACTERS) };
}
