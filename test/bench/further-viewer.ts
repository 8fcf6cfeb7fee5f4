import { parseFragment } from "../../protocol/room-code.ts";
import type { Update, UpdateStep } from "../../protocol/update.ts";
import type { Display } from "../../viewer/connection.ts";
import { ConnectReport } from "../../viewer/core/connect-report.ts";
import { NOTHING_PAINTED } from "../../viewer/core/screen-stats.ts";
import { installNodeBrowser } from "../support/node-browser.ts";
import { pagelessSession } from "../support/node-viewer.ts";

/** What a further viewer says on its standard output when it has been sent a whole update. */
const WATCHING = "watching\n";

/** Draws nothing and says at once that it has: nothing costs a host more than a viewer that keeps up. */
class BlindScreen {
  onPainted: Display["screen"]["onPainted"] = () => {};
  onBroken: Display["screen"]["onBroken"] = () => {};
  readonly stats = { ...NOTHING_PAINTED };

  apply(step: UpdateStep): void {
    if (step.kind === "end") this.painted(step.sequence);
  }

  applyShort({ sequence }: Update): void {
    this.painted(sequence);
  }

  private painted(sequence: number): void {
    this.stats.updates += 1;
    if (this.stats.updates === 1) process.stdout.write(WATCHING);
    this.onPainted({ sequence, paintTenthsMs: 1 });
  }

  reset(): void {}

  skip(): void {}
}

/**
 * A viewer without a browser, in a process of its own that ends with its standard input: several browsers would take the
 * processor time from the host they are to measure.
 * @param args the link
 */
export async function run(args: readonly string[]): Promise<void> {
  const page = new URL(args[0] ?? "");
  const link = parseFragment(page.hash);
  if (link.kind !== "link") throw new Error(`"${page.href}" is no link.`);
  const browser = installNodeBrowser();
  const report = new ConnectReport();
  const session = pagelessSession(new URL(page).origin, { relay: false, mjpeg: false }, new BlindScreen(), report, {
    changed: () => {},
    role: () => {},
  });
  session.enter(link);
  process.stdin.resume();
  process.stdin.once("end", () => {
    session.leavePage();
    browser.restore();
  });
}
