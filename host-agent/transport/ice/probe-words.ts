import type { TriedUrl } from "./probe.ts";

/** What came of one URL, as a sentence for people: in the host's terminal, in `doctor`, in a report. */
export function probeSentence({ url, outcome }: TriedUrl): string {
  switch (outcome.kind) {
    case "ok": {
      const { seenAs, roundTripMs } = outcome;
      const seen = seenAs === undefined ? "" : ` It sees this machine as ${seenAs.address}, port ${seenAs.port}.`;
      return `${url} answers in ${roundTripMs} ms.${seen}`;
    }
    case "no-answer":
      return `${url} gives no answer within ${outcome.afterMs} ms: it is down, or a firewall is in between.`;
    case "not-needed":
      return `${url} was not waited for: something better had answered.`;
    case "refused":
      return `${url} cannot be used: ${outcome.why}.`;
    case "name-not-found":
      return `${url} is not known by that name: ${outcome.why}.`;
    case "not-trusted":
      return `${url} shows a certificate that this machine does not trust: ${outcome.why}.`;
    case "unusable":
      return `${url} was not asked: ${outcome.why}.`;
  }
}
