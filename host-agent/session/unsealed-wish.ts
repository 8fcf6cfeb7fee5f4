/** Silence of the person at the host is a refusal. */
export const ANSWER_LIMIT_MS = 30_000;

/** What becomes of the wish for an unsealed picture. */
export type UnsealedVerdict = "allowed" | "refused" | "asked";

/**
 * May this viewer's picture go out unsealed? The host's policy knows, or the person at the host is asked, once; the answer
 * holds as long as the seat does.
 */
export class UnsealedWish {
  private isAllowed: boolean;
  private readonly isAskable: boolean;
  private question: NodeJS.Timeout | undefined;

  constructor(policy: { readonly mjpegAllowed: boolean; readonly mjpegAskable: boolean }) {
    this.isAllowed = policy.mjpegAllowed;
    this.isAskable = policy.mjpegAskable;
  }

  /** @param unanswered called when the person has said nothing for ANSWER_LIMIT_MS */
  wish(unanswered: () => void): UnsealedVerdict {
    if (this.isAllowed) return "allowed";
    if (!this.isAskable) return "refused";
    this.question ??= setTimeout(unanswered, ANSWER_LIMIT_MS);
    return "asked";
  }

  get isAsked(): boolean {
    return this.question !== undefined;
  }

  /** The person has answered. False: that was not the question. */
  answer(allowed: boolean): boolean {
    if (!this.withdraw()) return false;
    this.isAllowed = allowed;
    return true;
  }

  /** Whoever it was about has gone, or tries again. False: there was no question. */
  withdraw(): boolean {
    if (this.question === undefined) return false;
    clearTimeout(this.question);
    this.question = undefined;
    return true;
  }
}
