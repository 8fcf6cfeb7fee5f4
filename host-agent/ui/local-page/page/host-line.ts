import type { PageCommand } from "../wire/page-command.ts";
import { type PageView, readPageView } from "../wire/page-view.ts";

const COMMAND_LIMIT_MS = 5_000;
/** The browser tries again once a second; a program that is gone this long does not come back under this address. */
const MAX_FAILURES = 15;

/** What the page hears of the program on this computer. `lost`: it is out of reach, for now or for good. */
export type HostWord = { readonly kind: "view"; readonly view: PageView } | { readonly kind: "lost" };

/** Listens until sharing has ended or the program is gone. */
export function followHost(hear: (word: HostWord) => void): void {
  const source = new EventSource("events");
  let failures = 0;
  source.addEventListener("message", ({ data }) => {
    const view = readPageView(JSON.parse(String(data)));
    // Another version of the program sits at the same address: the page is too old for it.
    if (view === undefined) return location.reload();
    failures = 0;
    hear({ kind: "view", view });
    if (view.at === "ended") source.close();
  });
  source.addEventListener("error", () => {
    failures += 1;
    hear({ kind: "lost" });
    if (failures >= MAX_FAILURES) source.close();
  });
}

/** Resolves with undefined when the host took it, else with a sentence for the person who pressed. */
export async function tellHost(command: PageCommand): Promise<string | undefined> {
  try {
    // The default mode "cors" stays: under "no-referrer" only that sends our Origin, which the host asks for.
    const response = await fetch("command", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(COMMAND_LIMIT_MS),
    });
    return response.ok ? undefined : (await response.text()).trim();
  } catch {
    // Refused, broken off or too slow: for the person it is all one.
    return "deskbeam did not answer. Look whether it is still running.";
  }
}
