import { renderUnicodeCompact } from "uqr";

import type { Role } from "../../protocol/control.ts";
import type { ShareOptions } from "../options.ts";
import type { HostEvent, Question } from "./host-ui.ts";
import { plainText, ROLE_WORDS, reachSentence, spokenCode } from "./sentences.ts";

/** What can be done with text on this terminal. */
export type Look = {
  /** Bold, dim and the QR code's black and white. */
  readonly color: boolean;
  /** Somebody sits here: single keys work, and questions can be asked. */
  readonly interactive: boolean;
  readonly columns: number;
};

/** What the texts depend on. */
export type TerminalSettings = Pick<ShareOptions, "approve" | "viewOnly" | "once" | "reusable" | "qr" | "quiet"> & {
  /** The server is the one inside this program. */
  readonly embedded: boolean;
};

type Ready = Extract<HostEvent, { event: "ready" }>;

export function bold(text: string, look: Look): string {
  return look.color ? `\x1b[1m${text}\x1b[22m` : text;
}

function dim(text: string, look: Look): string {
  return look.color ? `\x1b[2m${text}\x1b[22m` : text;
}

/** Everything a person needs to let somebody in, and to stop. `hour` is when the code runs out, as people write it. */
export function readyText(ready: Ready, settings: TerminalSettings, look: Look, hour: string): string {
  const invitation = invitationText(ready.link, spokenCode(ready.code, ready.room), ready.server, settings, look);
  if (settings.quiet) return invitation;
  const { width, height } = ready.display;
  const lines = [
    "",
    bold(`Sharing this desktop: ${width}×${height}, capture ${ready.capture}, input ${ready.input}`, look),
    "",
    invitation,
    `  Valid   until ${hour}${settings.reusable ? ", for several viewers (weaker against a lying server)" : ", for one viewer"}`,
    `  Rights  ${rightsSentence(settings)}`,
    `  Reach   ${wrapped(reachSentence(settings.embedded, ready.server), look)}`,
  ];
  if (ready.mjpeg !== null) lines.push(`  Stream  ${ready.mjpeg}  for ffmpeg, VLC or OBS: view only, NOT sealed`);
  lines.push(`  ${look.interactive ? keysText(settings, look) : "Stop    Ctrl+C, or end this process"}`, "");
  return lines.join("\n");
}

/** The link, the code and, where there is room for it, the QR code. */
export function invitationText(
  link: string,
  code: string,
  server: string,
  settings: TerminalSettings,
  look: Look,
): string {
  const lines = [
    `  Link    ${bold(link, look)}`,
    `  Code    ${bold(code, look)}  ${dim(`to type at ${server}`, look)}`,
  ];
  const qr = settings.qr && look.interactive ? qrText(link, look) : undefined;
  if (qr !== undefined && !settings.quiet) lines.push("", qr, "");
  return lines.join("\n");
}

/** Light squares are drawn as blocks; with colour they are white on black in every theme, so that a phone reads it. */
function qrText(link: string, look: Look): string | undefined {
  const rows = renderUnicodeCompact(link, { ecc: "L", border: 2 }).split("\n");
  if (rows.some((row) => row.length + 2 > look.columns)) return undefined;
  return rows.map((row) => (look.color ? `  \x1b[97;40m${row}\x1b[0m` : `  ${row}`)).join("\n");
}

/** Under the words that stand ten columns in; whole where a program may read it. */
function wrapped(text: string, look: Look): string {
  if (!look.interactive) return text;
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + 1 + word.length > Math.max(40, look.columns - 12)) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(10)}`);
}

function rightsSentence({ approve, viewOnly }: TerminalSettings): string {
  if (approve === "control") return "whoever has the link or the code watches AND controls, without a question";
  if (approve === "view")
    return "whoever has the link or the code watches, without a question; control only if you grant it";
  return viewOnly
    ? "you are asked about each viewer; nobody gets control"
    : "you are asked about each viewer: view, or view and control";
}

function keysText({ viewOnly }: TerminalSettings, look: Look): string {
  const keys = viewOnly ? ["v view", "d deny"] : ["a approve with control", "v view only", "d deny"];
  return `Keys    ${dim([...keys, "p pause", "i invite another", "q quit"].join(" · "), look)}`;
}

/** The question about one viewer and the keys that answer it. */
export function questionText(question: Question, settings: TerminalSettings, look: Look): string {
  const seconds = Math.round(question.timeoutMs / 1000);
  const who = `${bold(plainText(question.label) || "Somebody", look)}${question.from === "" ? "" : ` from ${plainText(question.from)}`}`;
  const lines: string[] = [];
  if (question.kind === "control") {
    lines.push(`? ${who} asks for control of keyboard and mouse.`);
    lines.push(`  a control · d keep view only (Enter)   ${dim(`in ${seconds} s: view only`, look)}`);
  } else if (question.kind === "continue") {
    const minutes = Math.round(seconds / 60);
    lines.push(`? ${who} has been here for long. Keyboard and mouse are blocked until you say that it goes on.`);
    lines.push(`  v go on (Enter) · d end it   ${dim(`in ${minutes} min: ended`, look)}`);
  } else {
    lines.push(`? ${who} has the code and wants to see this screen.`);
    if (question.mjpeg) {
      lines.push(
        "  Only an UNSEALED picture is possible: the server and whoever carries it can see it. Approving accepts that.",
      );
    }
    const control = settings.viewOnly ? "" : "a view and control · ";
    lines.push(`  v view (Enter) · ${control}d deny   ${dim(`in ${seconds} s: refused`, look)}`);
  }
  return lines.join("\n");
}

/** What is said instead where nobody can press a key. */
export function unaskableText(question: Question): string {
  const who = plainText(question.label) || "Somebody";
  const seconds = Math.round(question.timeoutMs / 1000);
  if (question.kind === "continue") {
    return `${who} has been here for long, but nobody can say here that it goes on: ended in ${Math.round(seconds / 60)} min.`;
  }
  return question.kind === "control"
    ? `${who} asks for control, but nobody can answer here: refused in ${seconds} s. Use a terminal, or --json.`
    : `${who} has the code, but nobody can answer here: refused in ${seconds} s. Use a terminal, --json, or start with --approve view (or control).`;
}

export type Seat = { readonly label: string; readonly role: Role };

/** Who is here right now. */
export function seatsText(seats: Iterable<Seat>): string {
  const words = [...seats].map(({ label, role }) => `${label} ${ROLE_WORDS[role]}`);
  return words.length === 0 ? "Nobody is watching." : `Now: ${words.join(", ")}.`;
}
