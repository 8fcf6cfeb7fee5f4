import { formatCode, formatLink } from "../../protocol/room-code.ts";
import type { InviteEnd, Invites } from "../core/invites.ts";
import type { ResumeSecrets } from "../core/resume-secrets.ts";
import type { FreshCodeReason } from "../ui/host-ui.ts";
import type { Room } from "./room.ts";

/** What a person hands on, spelled out. `expires` is the link's end as an ISO 8601 time. */
export type SpelledInvite = { readonly code: string; readonly link: string; readonly expires: string };

/**
 * The current code and link in words, and the one timer for whatever ends by itself: a code, a link, or the right of a
 * lost viewer to come back.
 */
export class InviteBoard {
  private readonly invites: Invites;
  private readonly resumes: ResumeSecrets;
  private readonly publicUrl: string;
  private readonly room: Pick<Room, "number">;
  private readonly nowMs: () => number;
  private readonly onFresh: (invite: SpelledInvite, why: FreshCodeReason) => void;
  private readonly onSeatExpired: (seat: string) => void;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: {
    invites: Invites;
    resumes: ResumeSecrets;
    /** Where viewers find the page. */
    publicUrl: string;
    room: Pick<Room, "number">;
    nowMs: () => number;
    onFresh: (invite: SpelledInvite, why: FreshCodeReason) => void;
    onSeatExpired: (seat: string) => void;
  }) {
    this.invites = options.invites;
    this.resumes = options.resumes;
    this.publicUrl = options.publicUrl;
    this.room = options.room;
    this.nowMs = options.nowMs;
    this.onFresh = options.onFresh;
    this.onSeatExpired = options.onSeatExpired;
  }

  current(): SpelledInvite {
    const { secretDigits, linkSecret, linkExpiresAtMs } = this.invites.current();
    return {
      code: formatCode(this.room.number, secretDigits).replace(/\D/g, ""),
      link: formatLink(this.publicUrl, this.room.number, linkSecret),
      expires: new Date(Date.now() + linkExpiresAtMs - this.nowMs()).toISOString(),
    };
  }

  /** The person at the host wants another. */
  invite(): void {
    this.invites.invite(this.nowMs());
    this.changed("invited");
  }

  changed(why: InviteEnd | FreshCodeReason): void {
    if (this.closed) return;
    this.onFresh(this.current(), why);
    this.watch();
  }

  /** Sets the timer anew: to be called when something else than an invite may now run out first. */
  watch(): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const nextAtMs = Math.min(this.invites.nextExpiryAtMs, this.resumes.nextExpiryAtMs ?? Number.POSITIVE_INFINITY);
    this.timer = setTimeout(() => this.expire(), Math.max(nextAtMs - this.nowMs(), 0) + 1);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private expire(): void {
    for (const seat of this.resumes.expire(this.nowMs())) this.onSeatExpired(seat);
    const expired = this.invites.expire(this.nowMs());
    if (expired !== undefined) this.changed(expired);
    else this.watch();
  }
}
