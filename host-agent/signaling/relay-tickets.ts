/** Tickets are good for a minute (signaling/relay-ticket.ts); a pair that waits is given up long before. */
const KEPT_MS = 20_000;

/**
 * A pair of relay tickets ahead: whoever knocks is likely to want a relay half a second later, and then waits for nobody's
 * answer. One pair, however many knock, and none where nobody does.
 */
export class RelayTickets<Pair> {
  private readonly ask: () => Promise<Pair | undefined>;
  private readonly nowMs: () => number;
  private kept: { readonly askedMs: number; readonly pair: Promise<Pair | undefined> } | undefined;

  /** @param ask undefined: the server gives none, or did not answer */
  constructor(ask: () => Promise<Pair | undefined>, nowMs: () => number) {
    this.ask = ask;
    this.nowMs = nowMs;
  }

  /** Somebody has knocked. */
  expect(): void {
    if (this.fresh === undefined) this.kept = { askedMs: this.nowMs(), pair: this.ask() };
  }

  /** A pair that nobody else is given. */
  take(): Promise<Pair | undefined> {
    const { fresh } = this;
    this.kept = undefined;
    return fresh === undefined ? this.ask() : fresh.then((pair) => pair ?? this.ask());
  }

  /** The server may have been started anew, and not know its own tickets. */
  forget(): void {
    this.kept = undefined;
  }

  private get fresh(): Promise<Pair | undefined> | undefined {
    const { kept } = this;
    return kept !== undefined && this.nowMs() - kept.askedMs < KEPT_MS ? kept.pair : undefined;
  }
}
