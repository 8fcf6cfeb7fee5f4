import type { CloseReason } from "../../protocol/errors.ts";
import { BackOff, type LastTry } from "../core/back-off.ts";
import { recoveryAfter } from "../core/link-failure.ts";
import { Link, type LinkSetting, type OpenLink } from "./link.ts";

/** As long as the host keeps the seat of a lost viewer. */
const GIVE_UP_AFTER_MS = 10 * 60_000;

export type RecoveryOptions = {
  readonly setting: LinkSetting;
  readonly room: string;
  /** The seat's newest secret: every admission renews it. */
  readonly secret: () => Uint8Array;
  readonly random: () => number;
  readonly nowMs: () => number;
};

export type RecoveryHandlers = {
  readonly admitted: (resumeSecret: Uint8Array) => void;
  readonly hostPresent: (present: boolean) => void;
  /** The seat is ours again, over this link. */
  readonly opened: (link: Link, open: OpenLink) => void;
  /** The host said no, or nothing worked for ten minutes. */
  readonly failed: (reason: CloseReason | "host-gone") => void;
};

/** Takes a held seat up again: link after link with back-off, until one opens or the host says no. */
export class Recovery {
  private readonly options: RecoveryOptions;
  private readonly handlers: RecoveryHandlers;
  private readonly endsAtMs: number;
  private readonly backOff = new BackOff();
  private link: Link | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RecoveryOptions, handlers: RecoveryHandlers) {
    this.options = options;
    this.handlers = handlers;
    this.endsAtMs = options.nowMs() + GIVE_UP_AFTER_MS;
  }

  start(): void {
    this.next("failed");
  }

  /** The host or the network is back: a wait that is under way ends now. */
  hurry(): void {
    if (this.waiting !== undefined) this.try();
  }

  /** Gives up; nothing is called after it. */
  close(): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    this.link?.close();
  }

  private next(last: LastTry): void {
    const nowMs = this.options.nowMs();
    const waitMs = this.backOff.after(last, nowMs, this.options.random());
    if (nowMs + waitMs > this.endsAtMs) {
      this.handlers.failed("host-gone");
      return;
    }
    this.waiting = setTimeout(() => this.try(), waitMs);
  }

  private try(): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    const { setting, room, secret } = this.options;
    setting.report.retried();
    const link = new Link(
      { ...setting, room, proof: { mode: "resume", secret: secret() }, hurry: true },
      {
        // A host may ask its person again; this page goes on saying that it reconnects.
        asking: () => {},
        progress: () => {},
        admitted: this.handlers.admitted,
        hostPresent: this.handlers.hostPresent,
        open: (open) => {
          // Theirs from here on: `close` leaves it alone.
          if (this.link === link) this.link = undefined;
          this.handlers.opened(link, open);
        },
        failed: (failure) => {
          const after = recoveryAfter(failure);
          if (after.kind === "again") this.next(after.after);
          else this.handlers.failed(after.reason);
        },
      },
    );
    this.link = link;
    void link.start();
  }
}
