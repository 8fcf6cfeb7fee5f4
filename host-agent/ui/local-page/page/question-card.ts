import { h } from "../../../../pages/element.ts";
import type { PageCommand } from "../wire/page-command.ts";
import type { PageQuestion } from "../wire/page-view.ts";
import { button, type Part } from "./part.ts";

/**
 * A question that appears under a finger that is already coming down must not be answered by it. As with a browser's
 * own permission prompts, the buttons take nothing for this long.
 */
const GUARD_MS = 500;
const TICK_MS = 250;

/** The oldest question, and how many wait behind it. */
type Waiting = { readonly question: PageQuestion | undefined; readonly behind: number; readonly mayControl: boolean };

/** Who waits at the door, and the three answers. Shows one question at a time, so that no button ever moves. */
export function questionCard(tell: (command: PageCommand) => void): Part<Waiting> {
  const element = h("section", { class: "card question", hidden: true });
  let shownKey = "";
  let timer: ReturnType<typeof setInterval> | undefined;
  const behindLine = h("p", { class: "soft" });

  return {
    element,
    show({ question, behind, mayControl }) {
      behindLine.textContent = behind === 1 ? "One more waits behind." : `${behind} more wait behind.`;
      behindLine.hidden = behind === 0;
      const key = question === undefined ? "" : `${question.kind} ${question.viewer}`;
      if (key === shownKey) return;
      shownKey = key;
      clearInterval(timer);
      element.hidden = question === undefined;
      element.replaceChildren();
      if (question === undefined) return;
      const answers = answerButtons(question, mayControl, tell);
      const { line, bar, tick } = countdown(question);
      timer = setInterval(tick, TICK_MS);
      const heading = h("h2", { id: "question" }, ...sentenceOf(question));
      const details = h("div", { id: "question-details" }, ...detailsOf(question));
      // The focus comes here, and with it a screen reader tells what is asked and whether it is sealed.
      const spoken = { "aria-labelledby": "question", "aria-describedby": "question-details" };
      const row = h("div", { class: "answers", role: "group", ...spoken }, ...answers);
      element.append(heading, details, row, bar, line, behindLine);
      answers[0]?.focus();
      setTimeout(() => {
        for (const answer of answers) answer.removeAttribute("aria-disabled");
      }, GUARD_MS);
    },
  };
}

const WANTS: { readonly [Kind in PageQuestion["kind"]]: string } = {
  admit: " has the code and wants to see this screen",
  control: " asks for keyboard and mouse",
  continue: " has been here for long; keyboard and mouse are blocked until you say that it goes on",
};

const WITHOUT_ANSWER: { readonly [Kind in PageQuestion["kind"]]: string } = {
  admit: "not let in",
  control: "view only",
  continue: "ended",
};

function sentenceOf({ kind, name }: PageQuestion): (Node | string)[] {
  const who = h("bdi", {}, name);
  return [who, WANTS[kind]];
}

function detailsOf({ kind, from, sealed }: PageQuestion): HTMLElement[] {
  const lines: HTMLElement[] = [];
  if (from !== "") lines.push(h("p", { class: "soft" }, `From ${from}, says the server.`));
  if (kind !== "admit") return lines;
  lines.push(
    sealed
      ? h("p", { class: "seal" }, "Sealed end to end: nobody on the way can see the picture.")
      : h(
          "p",
          { class: "seal unsealed" },
          "NOT sealed: only a picture that the server and whoever carries it can see is possible. Letting in accepts that.",
        ),
  );
  return lines;
}

/** The safe answer first: it has the focus, so that Enter never gives more than a look. */
function answerButtons(
  question: PageQuestion,
  mayControl: boolean,
  tell: (command: PageCommand) => void,
): HTMLButtonElement[] {
  const { viewer, kind, sealed } = question;
  const answer = (words: string, look: string, command: PageCommand) => {
    const element = button(words, look, () => {
      if (element.getAttribute("aria-disabled") !== "true") tell(command);
    });
    element.setAttribute("aria-disabled", "true");
    return element;
  };
  const deny: PageCommand = { command: "deny", viewer };
  if (kind === "control") {
    return [
      answer("Keep view only", "primary", deny),
      ...(mayControl ? [answer("Give control", "", { command: "grant", viewer })] : []),
    ];
  }
  const approve = (role: "view" | "control"): PageCommand => ({
    command: "approve",
    viewer,
    role,
    ...(sealed ? {} : { mjpeg: true }),
  });
  if (kind === "continue") {
    return [answer("Go on", "primary", approve("view")), answer("End it", "danger", deny)];
  }
  return [
    answer("View only", "primary", approve("view")),
    ...(mayControl ? [answer("View and control", "", approve("control"))] : []),
    answer("Deny", "danger", deny),
  ];
}

/** Counts on this page's own clock from when the question came. The host owns the deadline and withdraws the question. */
function countdown({ kind, remainingMs, timeoutMs }: PageQuestion) {
  const endMs = performance.now() + remainingMs;
  const line = h("p", { class: "soft countdown" });
  const bar = h("progress", { max: String(timeoutMs), "aria-hidden": "true" });
  const consequence = WITHOUT_ANSWER[kind];
  const tick = () => {
    const leftMs = Math.max(0, endMs - performance.now());
    bar.value = leftMs;
    const leftS = Math.ceil(leftMs / 1000);
    const left = leftS > 90 ? `${Math.ceil(leftS / 60)} min` : `${leftS} s`;
    line.textContent = `Without an answer in ${left}: ${consequence}.`;
  };
  tick();
  return { line, bar, tick };
}
