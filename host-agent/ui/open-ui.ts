import type { ShareOptions } from "../options.ts";
import type { HostUi } from "./host-ui.ts";
import { openJsonLines } from "./json-lines.ts";
import { bothUis } from "./local-page/both-uis.ts";
import { type LocalPage, openLocalPage } from "./local-page/local-page.ts";
import { openTerminal } from "./terminal.ts";
import { type Streams, terminalOf } from "./terminal-streams.ts";

/**
 * How the host talks, as the options say.
 * @param pageFolder the built approval page
 * @param interrupt what Ctrl+C does where the terminal sends no signal for it
 */
export async function openUi(
  options: ShareOptions,
  streams: Streams,
  environment: NodeJS.ProcessEnv,
  pageFolder: string,
  interrupt: () => void,
): Promise<HostUi> {
  const settings = { ...options, embedded: options.server === undefined };
  if (options.json) return openJsonLines({ ...streams, embedded: settings.embedded, quiet: options.quiet });
  const terminal = terminalOf(streams, environment);
  const inTerminal = openTerminal(terminal, settings, interrupt);
  // There is no flag for the page. It comes with the terminal where somebody reads it, and not with --json and --quiet.
  // Nor where the output goes to a file or a journal: who reads that later finds the link there, and must not find the
  // way to approve it as well.
  if (options.quiet || !terminal.look.interactive) return inTerminal;
  try {
    return withPage(inTerminal, await openLocalPage(pageFolder, settings, () => performance.now()));
  } catch (error) {
    // Not built, or no loopback address: the terminal alone will do.
    const why = error instanceof Error ? error.message : String(error);
    inTerminal.notice("warning", `No page in a browser on this computer: ${why}. Everything works from here.`);
    return inTerminal;
  }
}

function withPage(terminal: HostUi, page: LocalPage): HostUi {
  const ui = bothUis(terminal, page.ui);
  return {
    ...ui,
    event(event): void {
      ui.event(event);
      if (event.event === "ready") terminal.notice("info", `Or in a browser on this computer: ${page.url}`);
    },
    listen(onCommand): void {
      ui.listen((command) => {
        page.heard(command);
        onCommand(command);
      });
    },
  };
}
