import type { Path } from "../../protocol/pipe.ts";
import type { HostCommand, HostEvent, HostUi, NoticeLevel, Question } from "./host-ui.ts";
import { END_SENTENCES, FRESH_CODE_SENTENCES, PATH_WORDS, plainText, ROLE_WORDS, spokenCode } from "./sentences.ts";
import {
  bold,
  invitationText,
  type Look,
  questionText,
  readyText,
  type Seat,
  seatsText,
  type TerminalSettings,
  unaskableText,
} from "./terminal-text.ts";

/** The screen and keyboard of the person at the host; terminal-streams.ts makes it of the process's own. */
export type Terminal = {
  readonly look: Look;
  /** Text for people, whole lines. */
  print(text: string): void;
  printError(text: string): void;
  /** Single keys from here on, until close. */
  readKeys(onKey: (key: string) => void): void;
  close(): void;
};

/** How long a viewer's name is remembered after it left, in viewers: it may come back by itself. */
const MAX_REMEMBERED_LABELS = 64;

/**
 * Tells people what happens and turns single keys into commands.
 * @param interrupt Ctrl+C: while single keys are read, the terminal sends no signal for it
 */
export function openTerminal(terminal: Terminal, settings: TerminalSettings, interrupt: () => void): HostUi {
  const { look } = terminal;
  const labels = new Map<string, string>();
  const seats = new Map<string, Seat & { readonly path: Path }>();
  // The oldest is the one on the screen, and the one that keys answer.
  const questions: Question[] = [];
  let room = "";
  let server = "";
  let paused = false;
  let send: (command: HostCommand) => void = () => {};

  const nameOf = (viewer: string): string => labels.get(viewer) ?? `Viewer ${plainText(viewer).slice(0, 8)}`;
  const say = (text: string): void => {
    if (!settings.quiet) terminal.print(text);
  };
  const remember = (viewer: string, label: string): void => {
    const oldest = labels.keys().next().value;
    if (labels.size >= MAX_REMEMBERED_LABELS && oldest !== undefined) labels.delete(oldest);
    labels.set(viewer, plainText(label) || "Somebody");
  };
  const show = (question: Question | undefined): void => {
    if (question !== undefined) terminal.print(`${look.color ? "\x07" : ""}${questionText(question, settings, look)}`);
  };
  const drop = (question: Question): void => {
    const wasShown = questions[0] === question;
    questions.splice(questions.indexOf(question), 1);
    if (wasShown) show(questions[0]);
  };

  const answer = (question: Question, key: "a" | "v" | "d"): void => {
    const { viewer } = question;
    if (key === "a" && settings.viewOnly) {
      terminal.print("Started with --view-only: nobody gets control. v lets in to view, d denies.");
      return;
    }
    if (question.kind === "control") send(key === "a" ? { command: "grant", viewer } : { command: "deny", viewer });
    else if (key === "d") send({ command: "deny", viewer });
    else {
      const role = key === "a" ? "control" : "view";
      send({ command: "approve", viewer, role, ...(question.mjpeg ? { mjpeg: true } : {}) });
    }
    drop(question);
  };

  /** Without a question on the screen. */
  const takeControlBack = (): void => {
    const controlling = [...seats].filter(([, seat]) => seat.role === "control").map(([viewer]) => viewer);
    for (const viewer of controlling) send({ command: "revoke", viewer });
    if (controlling.length === 0) terminal.print("Nobody has control.");
  };

  const onKey = (key: string): void => {
    const question = questions[0];
    switch (key) {
      case "\x03":
        interrupt();
        return;
      case "a":
      case "d":
        if (question !== undefined) answer(question, key);
        else terminal.print("Nobody asks for anything.");
        return;
      case "v":
        if (question !== undefined) answer(question, key);
        else takeControlBack();
        return;
      case "\r":
      case "\n":
        // The safer of the two yeses: to be seen, never to be controlled.
        if (question !== undefined) answer(question, "v");
        return;
      case "p":
        send({ command: paused ? "resume" : "pause" });
        return;
      case "i":
        send({ command: "invite" });
        return;
      case "q":
        send({ command: "stop" });
    }
  };

  const onEvent = (event: HostEvent): void => {
    switch (event.event) {
      case "ready":
        room = event.room;
        server = event.server;
        terminal.print(readyText(event, settings, look, hourOf(event.expires)));
        return;
      case "code":
        terminal.print(FRESH_CODE_SENTENCES[event.why]);
        terminal.print(invitationText(event.link, spokenCode(event.code, room), server, settings, look));
        return;
      case "knock":
        remember(event.viewer, event.label);
        return;
      case "asks-control":
        // The question that follows says it.
        return;
      case "joined":
        seats.set(event.viewer, { label: nameOf(event.viewer), role: event.role, path: event.path });
        say(
          `${bold(nameOf(event.viewer), look)} ${ROLE_WORDS[event.role]} (${PATH_WORDS[event.path]}). ${seatsText(seats.values())}`,
        );
        return;
      case "path": {
        const seat = seats.get(event.viewer);
        if (seat === undefined || seat.path === event.path) return;
        seats.set(event.viewer, { ...seat, path: event.path });
        say(`${nameOf(event.viewer)} is now connected ${PATH_WORDS[event.path]}, ${Math.round(event.rttMs)} ms.`);
        return;
      }
      case "role": {
        const seat = seats.get(event.viewer);
        if (seat !== undefined) seats.set(event.viewer, { ...seat, role: event.role });
        say(`${bold(nameOf(event.viewer), look)} now ${ROLE_WORDS[event.role]}. ${seatsText(seats.values())}`);
        return;
      }
      case "left":
        // Somebody who was not let in leaves too, and never had a seat.
        if (seats.delete(event.viewer))
          say(`${nameOf(event.viewer)} left: ${END_SENTENCES[event.reason]}. ${seatsText(seats.values())}`);
        else say(`${nameOf(event.viewer)}: ${END_SENTENCES[event.reason]}.`);
        return;
      case "ended":
        say(`The sharing has ended: ${END_SENTENCES[event.reason]}.`);
    }
  };

  return {
    event: onEvent,
    notice(level: NoticeLevel, text: string): void {
      if (level === "info") say(text);
      else terminal.printError(`${level === "warning" ? "Warning" : "Error"}: ${text}`);
    },
    ask(question: Question): void {
      remember(question.viewer, question.label);
      if (!look.interactive) {
        terminal.printError(unaskableText(question));
        return;
      }
      questions.push(question);
      if (questions.length === 1) show(question);
      else terminal.print(`${nameOf(question.viewer)} waits for an answer too.`);
    },
    paused(now: boolean): void {
      paused = now;
    },
    withdraw(viewer: string): void {
      for (const question of questions.filter((asked) => asked.viewer === viewer)) {
        terminal.print(`The question about ${nameOf(viewer)} needs no answer any more.`);
        drop(question);
      }
    },
    listen(onCommand): void {
      send = onCommand;
      if (look.interactive) terminal.readKeys(onKey);
    },
    close(): void {
      send = () => {};
      questions.length = 0;
      terminal.close();
    },
  };
}

/** An ISO time as hour and minute of this machine's clock. */
function hourOf(isoTime: string): string {
  return new Date(isoTime).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
