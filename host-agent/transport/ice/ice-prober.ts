import { networkInterfaces } from "node:os";
import type { IceServer } from "../../../protocol/signaling.ts";
import {
  chooseServers,
  type IceProbe,
  PROBE_LIMITS,
  type ProbeLimits,
  type TriedUrl,
  tryUrls,
  urlsOf,
} from "./probe.ts";

const KEPT_MS = 60_000;
/** Nothing answered: the network may just be coming back. */
const FAILURE_KEPT_MS = 5_000;
/** One server has one list, with its own STUN port or without. */
const MAX_LISTS = 4;

type Kept = {
  readonly network: string;
  untilMs: number;
  readonly tried: Promise<readonly TriedUrl[]>;
  state: "asking" | "answered" | "in-vain";
};

/**
 * Remembers which servers answer: viewers who come at once share one probe, and while something answers only the first
 * ever waits for it: what is older than a minute is still told, and asked again for the next. What is remembered are URLs,
 * never credentials. It forgets when this machine's addresses change. It has no timer.
 */
export class IceProber {
  private readonly nowMs: () => number;
  private readonly limits: ProbeLimits;
  private readonly network: () => string;
  private readonly kept = new Map<string, Kept>();

  /** @param network a text that changes with this machine's addresses */
  constructor({
    nowMs,
    limits = PROBE_LIMITS,
    network = addressesNow,
  }: {
    readonly nowMs: () => number;
    readonly limits?: ProbeLimits;
    readonly network?: () => string;
  }) {
    this.nowMs = nowMs;
    this.limits = limits;
    this.network = network;
  }

  /** As probeIceServers: never rejects, and takes as long as its limits say at the most. */
  async probe(servers: readonly IceServer[]): Promise<IceProbe> {
    const urls = urlsOf(servers);
    return chooseServers(servers, await this.tried(urls));
  }

  private tried(urls: readonly string[]): Promise<readonly TriedUrl[]> {
    const key = JSON.stringify(urls);
    const network = this.network();
    for (const [list, { network: then }] of this.kept) if (then !== network) this.kept.delete(list);
    const known = this.kept.get(key);
    if (known !== undefined && (known.untilMs > this.nowMs() || known.state === "asking")) return known.tried;
    const asked = this.ask(key, urls, network);
    return known?.state === "answered" ? known.tried : asked;
  }

  private ask(key: string, urls: readonly string[], network: string): Promise<readonly TriedUrl[]> {
    const tried = tryUrls(urls, this.limits);
    const kept: Kept = { network, untilMs: this.nowMs() + KEPT_MS, tried, state: "asking" };
    void tried.then((outcomes) => {
      kept.state = outcomes.some(({ outcome }) => outcome.kind === "ok") ? "answered" : "in-vain";
      if (kept.state === "in-vain") kept.untilMs = this.nowMs() + FAILURE_KEPT_MS;
    });
    this.kept.delete(key);
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size === MAX_LISTS) this.kept.delete(oldest);
    this.kept.set(key, kept);
    return tried;
  }
}

function addressesNow(): string {
  return JSON.stringify(
    Object.entries(networkInterfaces()).map(([name, entries = []]) => [name, entries.map(({ address }) => address)]),
  );
}
