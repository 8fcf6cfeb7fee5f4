/** How far a connection had come when it was given up. */
export type Attempt = {
  readonly path: "direct" | "turn";
  readonly limitMs: number;
  /** Of this end: addresses offered, one more for each that a server saw or lent. */
  readonly offered: number;
  /** Whether a TURN server was to be used, and has lent an address. `missing`: nothing else may be, and none answered. */
  readonly turn: "not-used" | "missing" | "lent" | "refused";
  /** Of the other end: addresses to try, and those that were not to be tried or were no addresses. */
  readonly named: number;
  readonly dropped: number;
  /** Their questions that came here, our questions that were answered. */
  readonly questionsHeard: number;
  readonly answersHeard: number;
  /** A pair of addresses was agreed on. */
  readonly nominated: boolean;
};

/** Why no connection came of it, as a sentence for people. */
export function whyNoWay(attempt: Attempt): string {
  const { path, offered, turn, named, dropped, questionsHeard, answersHeard, nominated } = attempt;
  const seconds = `${Math.round(attempt.limitMs / 100) / 10} s`;
  if (nominated) return `the two ends reach each other, but their encrypted handshake did not end within ${seconds}`;
  if (offered === 0 && turn === "refused") {
    return "the TURN server lent no address: the password may have expired, or the server is gone";
  }
  if (offered === 0 && turn === "missing" && path === "turn") {
    return "this host is reached through TURN only (--ice-policy relay), and no TURN server answered";
  }
  if (offered === 0) return "this machine has no network address to be reached at";
  if (named === 0 && questionsHeard === 0) {
    const hidden = dropped === 0 ? "" : ` that can be used (${dropped} left out)`;
    return `the browser named no address${hidden}, and nothing came from it within ${seconds}`;
  }
  if (questionsHeard > 0 && answersHeard === 0) {
    return `the browser's packets arrive here, but nothing sent from here arrives there (tried for ${seconds})`;
  }
  const means = path === "turn" ? " through TURN" : "";
  return `none of the ${named} addresses the browser named answered${means} within ${seconds}: a firewall or NAT is in between`;
}
