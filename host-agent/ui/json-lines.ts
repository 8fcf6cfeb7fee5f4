import type { Readable, Writable } from "node:stream";
import { z } from "zod";

import type { HostCommand, HostEvent, HostUi, NoticeLevel } from "./host-ui.ts";
import { LineSplitter } from "./line-splitter.ts";
import { reachSentence } from "./sentences.ts";

const MAX_COMMAND_LENGTH = 4096;
/** Commands that arrive before the host listens; a program that sends more that early is not well. */
const MAX_EARLY_COMMANDS = 64;

const viewer = z.string().min(1).max(128);
const commandSchema = z.discriminatedUnion("command", [
  z.object({
    command: z.literal("approve"),
    viewer,
    role: z.enum(["view", "control"]),
    mjpeg: z.boolean().optional(),
  }),
  z.object({ command: z.enum(["deny", "grant", "revoke", "kick"]), viewer }),
  z.object({ command: z.enum(["pause", "resume", "invite", "stop"]) }),
]);

export type JsonLinesOptions = {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  /** The server is the one inside this program. */
  readonly embedded: boolean;
  readonly quiet: boolean;
};

/** `--json`: events out and commands in, one JSON object per line; sentences for people go to standard error. */
export function openJsonLines(options: JsonLinesOptions): HostUi {
  const { input, output, errors } = options;
  const early: HostCommand[] = [];
  let deliver: ((command: HostCommand) => void) | undefined;

  const say = (text: string): void => {
    errors.write(`deskbeam: ${text}\n`);
  };
  const take = (line: string): void => {
    const command = parseCommand(line);
    if (typeof command === "string") say(command);
    else if (deliver !== undefined) deliver(command);
    else if (early.length < MAX_EARLY_COMMANDS) early.push(command);
    else say(`the command "${command.command}" came too early and was dropped`);
  };
  const lines = new LineSplitter(MAX_COMMAND_LENGTH, take, () =>
    say(`a command of more than ${MAX_COMMAND_LENGTH} characters was dropped`),
  );

  // Whoever started us may stop reading or writing; the sharing goes on without them.
  const ignore = (): void => {};
  output.on("error", ignore);
  errors.on("error", ignore);
  input.on("error", ignore);
  input.setEncoding("utf8");
  const onData = (text: string): void => lines.push(text);
  input.on("data", onData);

  return {
    event(event: HostEvent): void {
      output.write(`${JSON.stringify(event)}\n`);
      if (event.event === "ready" && !options.quiet) say(reachSentence(options.embedded, event.server));
    },
    notice(level: NoticeLevel, text: string): void {
      if (level !== "info" || !options.quiet) say(text);
    },
    // The `knock` or `asks-control` event has asked already.
    ask(): void {},
    withdraw(): void {},
    paused(): void {},
    listen(onCommand): void {
      deliver = onCommand;
      for (const command of early.splice(0)) onCommand(command);
    },
    close(): void {
      deliver = ignore;
      input.off("data", onData);
      input.destroy();
    },
  };
}

/** The command of one line, or a sentence on what is wrong with the line. */
function parseCommand(line: string): HostCommand | string {
  const parsed = commandSchema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  return `not a command${where}: ${line.slice(0, 200)}\n  A command is a line such as {"command":"approve","viewer":"ID","role":"view"}.`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Not JSON: the schema refuses undefined.
  }
}
