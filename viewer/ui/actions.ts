import type { KeyCode } from "../../protocol/key-code.ts";

/** What a person at this page can ask of the session. Fit and full screen stay inside the page: see model.ts, fullscreen.ts. */
export interface Actions {
  /** From the join form, also after an end: a code or a whole link, as typed or pasted. */
  join(codeOrLink: string): void;
  askControl(): void;
  /** Also gives up while waiting, approving or connecting. */
  disconnect(): void;
  /** A lost session waits for its next try: it is made now. */
  tryNow(): void;
  /** Presses the keys in this order and lets go in the reverse one. */
  pressKeys(codes: readonly KeyCode[]): void;
  /** Types this on the shared desktop; newlines are Enter. core/typed-text.ts makes the events. */
  typeText(text: string): void;
  /** The text of a report on this session, made at the moment of asking (core/report-text.ts). */
  reportText(): string;
}
