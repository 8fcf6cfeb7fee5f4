/** Silence of the person at the host is a refusal. */
export const ANSWER_LIMIT_MS = 30_000;

/** What becomes of the wish for an unsealed picture. `forbidden`: by the host's policy; `denied`: by the person there. */
export type UnsealedVerdict = "allowed" | "forbidden" | "denied" | "asked";

type State = { readonly at: "allowed" | "forbidden" | "denied" | "askable" } | Asked;
type Asked = { readonly at: "asked"; readonly limit: NodeJS.Timeout };

/**
 * May this viewer's picture go out unsealed? The host's policy knows, or the person at the host is asked, once: a yes or a
 * no holds as long as the seat does.
 */
export class UnsealedWish {
  private state: State;

  constructor(policy: { readonly mjpegAllowed: boolean; readonly mjpegAskable: boolean }) {
    if (policy.mjpegAllowed) this.state = { at: "allowed" };
    else this.state = { at: policy.mjpegAskable ? "askable" : "forbidden" };
  }

  /** @param unanswered called when the person has said nothing for ANSWER_LIMIT_MS */
  wish(unanswered: () => void): UnsealedVerdict {
    if (this.state.at !== "askable") return this.state.at;
    this.state = { at: "asked", limit: setTimeout(unanswered, ANSWER_LIMIT_MS) };
    return "asked";
  }

  get isAsked(): boolean {
    return this.state.at === "asked";
  }

  /** The person has answered, or let the time pass. False: that was not the question. */
  answer(allowed: boolean): boolean {
    if (!this.withdraw()) return false;
    this.state = { at: allowed ? "allowed" : "denied" };
    return true;
  }

  /** Whoever it was about has gone, or tries again. False: there was no question. */
  withdraw(): boolean {
    if (this.state.at !== "asked") return false;
    clearTimeout(this.state.limit);
    this.state = { at: "askable" };
    return true;
  }
}
