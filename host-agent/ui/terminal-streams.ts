import type { ReadStream, WriteStream } from "node:tty";

import type { Terminal } from "./terminal.ts";

/** Standard input and outputs of a process; any of them may or may not be a terminal. */
export type Streams = { readonly input: ReadStream; readonly output: WriteStream; readonly errors: WriteStream };

/** The process's own streams as a terminal: colours and single keys only where a person can see and press them. */
export function terminalOf({ input, output, errors }: Streams, environment: NodeJS.ProcessEnv): Terminal {
  // Node types isTTY as always true, but leaves it undefined for pipes and files.
  const interactive = Boolean(input.isTTY) && Boolean(output.isTTY);
  const plain = Boolean(environment.NO_COLOR) || environment.TERM === "dumb";
  const look = { color: Boolean(output.isTTY) && !plain, interactive, columns: output.columns || 80 };
  const ignore = (): void => {};
  // A closed pipe is no reason to end a session that runs.
  output.on("error", ignore);
  errors.on("error", ignore);
  let onData: ((text: string) => void) | undefined;

  return {
    look,
    print: (text) => void output.write(`${text}\n`),
    printError: (text) => void errors.write(`${text}\n`),
    readKeys(onKey): void {
      onData = (text) => {
        // More than one character is an arrow key or something pasted, and no answer; Ctrl+C counts wherever it is.
        if (text.includes("\x03")) onKey("\x03");
        else if (text.length === 1) onKey(text);
      };
      input.setRawMode(true);
      input.setEncoding("utf8");
      input.on("data", onData);
    },
    close(): void {
      if (onData === undefined) return;
      input.off("data", onData);
      input.setRawMode(false);
      input.pause();
      onData = undefined;
    },
  };
}
