import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { iceUrls, MAX_ICE_URLS_IN_ALL } from "../../../protocol/ice-server.ts";
import type { IceServer } from "../../../protocol/signaling.ts";
import type { StunAddress } from "../../../protocol/stun.ts";
import type { TurnAccess } from "../driver.ts";
import { askServer } from "./ask-server.ts";
import { formatIceUrl, type IceCarrier, type IceUrl, parseIceUrl } from "./ice-url.ts";
import { untilAborted } from "./until-aborted.ts";

/** What came of one URL. */
export type ProbeOutcome =
  | {
      readonly kind: "ok";
      /** The address that answered. */
      readonly address: string;
      readonly roundTripMs: number;
      /** STUN: where our packets seem to come from. */
      readonly seenAs: StunAddress | undefined;
    }
  | { readonly kind: "no-answer"; readonly afterMs: number }
  /** Something better had answered before. */
  | { readonly kind: "not-needed" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "name-not-found"; readonly why: string }
  | { readonly kind: "not-trusted"; readonly why: string }
  /** Nothing was asked: the URL, or the way it is meant, is none we can use. */
  | { readonly kind: "unusable"; readonly why: string };

export type TriedUrl = { readonly url: string; readonly outcome: ProbeOutcome };

/** werift uses the first STUN and the first TURN URL only, so each is one that has just answered. */
export type IceProbe = {
  readonly stunUrl: string | undefined;
  readonly turn: TurnAccess | undefined;
  /** Every URL once, in the order given. */
  readonly tried: readonly TriedUrl[];
};

export type ProbeLimits = {
  /** For everything together: names, connections, answers. */
  readonly limitMs: number;
  /** How much longer the others are waited for, once a STUN server and a TURN server over UDP have answered. */
  readonly graceMs: number;
};

export const PROBE_LIMITS: ProbeLimits = { limitMs: 1_000, graceMs: 100 };
/** A list that was taken, and the STUN of the server itself; each is a socket. */
const MAX_URLS = MAX_ICE_URLS_IN_ALL + 1;

/** What a TURN server says to whoever shows no credentials; 438 asks for a fresh nonce. */
const WANTS_PASSWORD = [401, 438];

const LIMIT_REACHED = new Error("no answer in time");
const NOT_NEEDED = new Error("something better answered");

/** Asks all servers at once. Never rejects: what went wrong is in `tried`. */
export async function probeIceServers(servers: readonly IceServer[], limits = PROBE_LIMITS): Promise<IceProbe> {
  return chooseServers(servers, await tryUrls(urlsOf(servers), limits));
}

/** The distinct URLs of a list of servers. */
export function urlsOf(servers: readonly IceServer[]): readonly string[] {
  return [...new Set(servers.flatMap(iceUrls))].slice(0, MAX_URLS);
}

/** Nothing of it depends on credentials. */
export async function tryUrls(
  urls: readonly string[],
  { limitMs, graceMs }: ProbeLimits,
): Promise<readonly TriedUrl[]> {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(LIMIT_REACHED), limitMs);
  let grace: NodeJS.Timeout | undefined;
  const asked = urls.map((url) => ({ url, server: parseIceUrl(url) }));
  const missing = new Set(asked.flatMap(({ server }) => (server === undefined ? [] : [server.kind])));
  const tried = asked.map(async ({ url, server }): Promise<TriedUrl> => {
    const outcome = await tryUrl(server, stop.signal);
    if (server !== undefined && outcome.kind === "ok" && server.carrier === "udp") missing.delete(server.kind);
    if (missing.size === 0) grace ??= setTimeout(() => stop.abort(NOT_NEEDED), graceMs);
    return { url, outcome };
  });
  return Promise.all(tried).finally(() => {
    clearTimeout(limit);
    clearTimeout(grace);
    // Of two addresses of one server the slower may still be waiting.
    stop.abort(NOT_NEEDED);
  });
}

const CARRIERS: readonly IceCarrier[] = ["udp", "tcp", "tls"];

/** UDP before TCP before TLS, whatever was faster: a picture over TCP stands still at every lost packet. */
export function chooseServers(servers: readonly IceServer[], tried: readonly TriedUrl[]): IceProbe {
  const alive = tried.flatMap(({ url, outcome }) => {
    const server = parseIceUrl(url);
    return server !== undefined && outcome.kind === "ok" ? [{ url, server, ...outcome }] : [];
  });
  const best = (kind: IceUrl["kind"], usable: (url: string) => boolean) =>
    alive
      .filter(({ url, server }) => server.kind === kind && usable(url))
      .sort(
        (a, b) =>
          CARRIERS.indexOf(a.server.carrier) - CARRIERS.indexOf(b.server.carrier) || a.roundTripMs - b.roundTripMs,
      )[0];
  const accessOf = (url: string) =>
    servers.flatMap((server) => {
      const { username, credential } = server;
      const isKnown = username !== undefined && credential !== undefined && iceUrls(server).includes(url);
      return isKnown ? [{ username, credential }] : [];
    })[0];
  const stun = best("stun", () => true);
  const turn = best("turn", (url) => accessOf(url) !== undefined);
  const access = turn && accessOf(turn.url);
  return {
    stunUrl: stun && formatIceUrl(stun.server, stun.address),
    turn: turn &&
      access && {
        url: formatIceUrl(turn.server, turn.address),
        serverName: isIP(turn.server.host) === 0 ? turn.server.host : undefined,
        ...access,
      },
    tried,
  };
}

async function tryUrl(server: IceUrl | undefined, signal: AbortSignal): Promise<ProbeOutcome> {
  if (server === undefined) return { kind: "unusable", why: "it is no URL of a STUN or TURN server" };
  if (server.kind === "stun" && server.carrier !== "udp")
    return { kind: "unusable", why: "STUN is asked over UDP only" };
  const startMs = performance.now();
  const unlessStopped = (outcome: ProbeOutcome): ProbeOutcome => {
    if (!signal.aborted) return outcome;
    if (signal.reason === NOT_NEEDED) return { kind: "not-needed" };
    return { kind: "no-answer", afterMs: Math.round(performance.now() - startMs) };
  };
  let addresses: readonly string[];
  try {
    addresses = await addressesOf(server, signal);
  } catch (error) {
    return unlessStopped({ kind: "name-not-found", why: wordsOf(error) });
  }
  if (addresses.length === 0) return { kind: "unusable", why: "only a STUN server with an IPv4 address is of use" };
  try {
    return await Promise.any(addresses.map((address) => askAt(server, address, signal)));
  } catch (error) {
    // Of two addresses the first one's failure stands for both.
    const [first] = error instanceof AggregateError ? error.errors : [error];
    return unlessStopped(failureOf(first));
  }
}

/** One IPv4 address; of a TURN server also one IPv6 address. werift's STUN client speaks IPv4, and IPv6 knows no NAT. */
async function addressesOf({ kind, host }: IceUrl, signal: AbortSignal): Promise<readonly string[]> {
  const all =
    isIP(host) === 0
      ? await untilAborted<LookupAddress[]>(signal, (resolve, reject) => {
          lookup(host, { all: true }).then(resolve, reject);
        })
      : [{ address: host, family: isIP(host) }];
  const families = kind === "stun" ? [4] : [4, 6];
  return families.flatMap((wanted) => all.find(({ family }) => family === wanted)?.address ?? []);
}

async function askAt(server: IceUrl, address: string, signal: AbortSignal): Promise<ProbeOutcome> {
  const { message, roundTripMs } = await askServer(server, address, signal);
  const isAlive =
    message.class === "success" || (server.kind === "turn" && WANTS_PASSWORD.includes(message.errorCode ?? 0));
  if (!isAlive) throw new Error(`it answered with error ${message.errorCode}`);
  return {
    kind: "ok",
    address,
    roundTripMs: Math.round(roundTripMs),
    seenAs: server.kind === "stun" ? message.mapped : undefined,
  };
}

/** OpenSSL's names for what is wrong with a certificate, and Node's for one that is somebody else's. */
const CERTIFICATE_ERROR = /CERT|^UNABLE_TO_|INVALID_CA|PATH_LENGTH|INVALID_PURPOSE|HOSTNAME_MISMATCH/;

function failureOf(error: unknown): ProbeOutcome {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return { kind: CERTIFICATE_ERROR.test(code) ? "not-trusted" : "refused", why: wordsOf(error) };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
