/**
 * What is said to the other end through a server while that end, or the server itself, is away for a moment: it is said when
 * it is back, in order. Sealed boxes are numbered without gaps, so one that is lost would end the meeting with the next one.
 *
 *   open    -- hold    --> holding      what is said waits, up to a limit
 *   holding -- release --> open         it is said, in order
 *   any     -- drop    --> dropping     nobody is there to hear it any more, until `release`
 */
export class HeldWords {
  private readonly maxHeld: number;
  private state: State = { at: "open" };

  /** @param maxHeld what is said beyond it is dropped: more is nobody's conversation, and its meeting is lost */
  constructor(maxHeld: number) {
    this.maxHeld = maxHeld;
  }

  get isOpen(): boolean {
    return this.state.at === "open";
  }

  /** How many wait. */
  get count(): number {
    return this.state.at === "holding" ? this.state.held.length : 0;
  }

  /** Exactly one of the two is called, once: now or later. */
  say(words: () => void, dropped: () => void = () => {}): void {
    const { state } = this;
    if (state.at === "open") words();
    else if (state.at === "holding" && state.held.length < this.maxHeld) state.held.push({ words, dropped });
    else dropped();
  }

  hold(): void {
    if (this.state.at === "open") this.state = { at: "holding", held: [] };
  }

  release(): void {
    const { state } = this;
    this.state = { at: "open" };
    if (state.at === "holding") for (const { words } of state.held) words();
  }

  drop(): void {
    const { state } = this;
    this.state = { at: "dropping" };
    if (state.at === "holding") for (const { dropped } of state.held) dropped();
  }
}

type State =
  | { readonly at: "open" }
  | { readonly at: "holding"; readonly held: { readonly words: () => void; readonly dropped: () => void }[] }
  | { readonly at: "dropping" };
