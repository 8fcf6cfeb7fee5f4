import type { CloseReason } from "../../protocol/errors.ts";
import type { Path } from "../../protocol/pipe.ts";
import type { HostUi } from "../ui/host-ui.ts";
import type { Seat } from "./seat.ts";
import { ANSWER_LIMIT_MS } from "./unsealed-wish.ts";
import type { Guest } from "./visitor.ts";

const WAY_WORDS: { readonly [Way in Path]: string } = {
  direct: "direct connection",
  turn: "connection over TURN",
  relay: "sealed relay through the server",
  mjpeg: "plain picture through the server",
};

/** What the host tells and asks the person who started it, in one place and in full sentences. */
export class HostWords {
  private readonly ui: HostUi;
  private readonly serverUrl: string;

  constructor(ui: HostUi, serverUrl: string) {
    this.ui = ui;
    this.serverUrl = serverUrl;
  }

  knocked({ id: viewer, label, from, onlyMjpeg: mjpeg }: Guest): void {
    this.ui.event({ event: "knock", viewer, label, from, mjpeg });
  }

  asksToEnter({ id: viewer, label, from, onlyMjpeg: mjpeg }: Guest): void {
    this.ui.ask({ kind: "admit", viewer, label, from, mjpeg, timeoutMs: ANSWER_LIMIT_MS });
  }

  /** Already inside, but no sealed way was found: may the picture go out unsealed? */
  asksForUnsealed(guest: Guest): void {
    this.knocked({ ...guest, onlyMjpeg: true });
    this.asksToEnter({ ...guest, onlyMjpeg: true });
  }

  /** What was asked about this viewer needs no answer any more. */
  withdraw(viewer: string): void {
    this.ui.withdraw(viewer);
  }

  joined({ id: viewer, role }: Seat, path: Path): void {
    this.ui.event({ event: "joined", viewer, role, path });
  }

  path({ id: viewer }: Seat, path: Path, rttMs: number): void {
    this.ui.event({ event: "path", viewer, path, rttMs });
  }

  /** The viewer's page says the same from its side, step by step. */
  noWay({ label }: Seat, path: Path, why: string): void {
    this.ui.notice("info", `${label}: no ${WAY_WORDS[path]}: ${why}. Other ways go on.`);
  }

  left({ id: viewer }: Seat, reason: CloseReason): void {
    this.ui.event({ event: "left", viewer, reason });
  }

  slept(): void {
    this.ui.notice(
      "info",
      "This computer was asleep: viewers prove themselves again before they see or control anything.",
    );
  }

  /** The session has lasted long. */
  asksToContinue({ id: viewer, label, from }: Seat, timeoutMs: number): void {
    this.ui.ask({ kind: "continue", viewer, label, from, mjpeg: false, timeoutMs });
  }

  /** The host's policy, not a person, says no. */
  unsealedRefused(label: string): void {
    this.ui.notice(
      "warning",
      `${label} could only get an unsealed picture (no WebRTC there), which is not allowed here. Start with --mjpeg allow to permit it.`,
    );
  }

  /** Two were asked about under one code, and the other was let in first. */
  codeTaken(label: string): void {
    this.ui.notice(
      "warning",
      `${label} was not let in: the code had let in somebody else meanwhile. Give them the fresh code.`,
    );
  }

  noRelay(label: string): void {
    this.ui.notice("warning", `${label} wants a sealed relay, but the server ${this.serverUrl} gives none.`);
  }

  server(connected: boolean): void {
    const { ui, serverUrl } = this;
    if (connected) ui.notice("info", `The server ${serverUrl} is back; new viewers can join again.`);
    else ui.notice("warning", `The server ${serverUrl} is out of reach. Viewers who are connected stay; trying again.`);
  }

  paused(paused: boolean): void {
    this.ui.paused(paused);
    this.ui.notice("info", paused ? "Paused: viewers see nothing and control nothing." : "Sharing goes on.");
  }
}
