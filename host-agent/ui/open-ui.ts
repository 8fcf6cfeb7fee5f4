import type { ShareOptions } from "../options.ts";
import type { HostUi } from "./host-ui.ts";
import { openJsonLines } from "./json-lines.ts";
import { openTerminal } from "./terminal.ts";
import { type Streams, terminalOf } from "./terminal-streams.ts";

/**
 * How the host talks, as the options say.
 * @param interrupt what Ctrl+C does where the terminal sends no signal for it
 */
export function openUi(
  options: ShareOptions,
  streams: Streams,
  environment: NodeJS.ProcessEnv,
  interrupt: () => void,
): HostUi {
  const embedded = options.server === undefined;
  if (options.json) return openJsonLines({ ...streams, embedded, quiet: options.quiet });
  return openTerminal(terminalOf(streams, environment), { ...options, embedded }, interrupt);
}
