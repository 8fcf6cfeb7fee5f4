import { readFileSync } from "node:fs";
import { z } from "zod";

import {
  addressLimitFactor,
  bindAddress,
  DEFAULT_PORT,
  duration,
  iceServerList,
  logLevel,
  oneOf,
  portNumber,
  UsageError,
  wholeNumber,
  yesOrNo,
} from "../host-agent/options.ts";
import { iceProblem } from "../protocol/ice-server.ts";
import { type IceServer, MAX_RELAY_URL_BYTES, RELAY_URL_PATTERN } from "../protocol/signaling.ts";
import { STUN_PORT } from "../protocol/stun.ts";
import type { RelayPlace } from "../signaling/options.ts";

/**
 * A list as flags and the environment write it, or as JSON.
 * @param message completes the sentence "--flag VALUE …"
 */
function commaList(isEntry: (entry: string) => boolean, message: string) {
  return z
    .union([z.string().transform((text) => text.split(",")), z.array(z.string())])
    .transform((entries, context) => {
      const trimmed = entries.map((entry) => entry.trim()).filter((entry) => entry !== "");
      if (trimmed.every(isEntry)) return trimmed;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
}

const originList = () =>
  commaList(
    (entry) => URL.canParse(entry.includes("://") ? entry : `http://${entry}`),
    "must be names or origins such as desk.example.org,https://example.org",
  );

const turnUrlList = () =>
  commaList(
    (entry) => /^turns?:[^\s?]+(\?transport=(udp|tcp))?$/.test(entry),
    "must be TURN servers such as turn:turn.example.org:3478,turns:turn.example.org:5349?transport=tcp",
  );

/** Where another process is reached from outside, as both ends are told it: without a slash at its end. */
const relayUrl = () =>
  z.string().transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text).href.replace(/\/+$/, "") : "";
    if (RELAY_URL_PATTERN.test(url) && url.length <= MAX_RELAY_URL_BYTES) return url;
    context.addIssue({ code: "custom", message: "must be an address such as https://relay.example.org" });
    return z.NEVER;
  });

/** Where a Redis is. A password in it is repeated nowhere. */
const redisUrl = () =>
  z.string().refine((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname, pathname, search, hash } = new URL(text);
    return /^rediss?:$/.test(protocol) && hostname !== "" && /^(\/\d*)?$/.test(pathname) && search + hash === "";
  }, "must be an address such as redis://redis.example.org:6379, or rediss:// for TLS");

/** @param mischief completes "whoever guesses it …" */
const secretText = (mischief: string) =>
  z.string().min(16, `must have 16 characters or more: whoever guesses it ${mischief}`).optional();

/** `10m`, or a bare number of seconds, as TURN servers say it. In milliseconds. */
function turnTtl() {
  const longest = 24 * 3_600_000;
  const text = z.union([z.string(), z.number().transform(String)]).transform((value) => value.trim());
  return text.transform((value) => (/^\d+$/.test(value) ? `${value}s` : value)).pipe(duration(60_000, longest));
}

/** What `serve` takes, by the flag's name in camelCase. An option that is missing was given nowhere. */
export const serveSchema = z.object({
  port: portNumber().default(DEFAULT_PORT),
  bind: bindAddress().optional(),
  stunPort: z
    .union([z.literal("off"), wholeNumber(0, 65_535)], { error: "must be off or a whole number from 0 to 65535" })
    .optional(),
  iceServers: iceServerList().default([]),
  turnUrls: turnUrlList().default([]),
  turnSecret: secretText("uses the TURN server"),
  turnTtl: turnTtl().default(600_000),
  allowedOrigins: originList().default([]),
  relay: oneOf(["on", "off", "only"]).default("on"),
  relayUrl: relayUrl().optional(),
  relaySecret: secretText("relays through that process"),
  mjpeg: oneOf(["on", "off"]).optional(),
  redisUrl: redisUrl().optional(),
  trustProxy: yesOrNo().default(false),
  pathPrefix: z
    .string()
    .regex(/^(\/[A-Za-z0-9._~-]+)*\/?$/, "must be a path such as /desk")
    .transform((path) => path.replace(/\/$/, ""))
    .default(""),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
  addressLimitFactor: addressLimitFactor(),
  logLevel: logLevel().default("info"),
});

/** How to run the signaling server, complete and checked. */
export type ServeOptions = {
  readonly port: number;
  /** undefined: all interfaces. */
  readonly bind: string | undefined;
  /** undefined: no STUN here. */
  readonly stun: { readonly port: number; readonly doWithoutIfBusy: boolean } | undefined;
  readonly iceServers: readonly IceServer[];
  /** undefined: no TURN passwords are made here. */
  readonly turn: { readonly urls: readonly string[]; readonly secret: string; readonly ttlS: number } | undefined;
  readonly allowedOrigins: readonly string[];
  /** `only-here`: this process is a relay and nothing else, and what is not about listening has no meaning. */
  readonly relay: RelayPlace | { readonly at: "only-here"; readonly secret: string };
  readonly mjpeg: boolean;
  /** Where this server shares its rooms with others, with a password if there is one. undefined: it is alone. */
  readonly redisUrl: string | undefined;
  readonly trustProxy: boolean;
  /** Empty, or begins with a slash and ends without. */
  readonly pathPrefix: string;
  /** PEM text. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Multiplies what one address may ask. */
  readonly addressLimitFactor: number;
  readonly logLevel: "error" | "warn" | "info" | "debug";
};

/**
 * Turns what the schema took into options, and reads the TLS files.
 * @throws UsageError
 */
export function serveOptions(given: z.output<typeof serveSchema>): ServeOptions {
  const {
    tlsCert,
    tlsKey,
    turnUrls,
    turnSecret,
    turnTtl: ttlMs,
    stunPort,
    redisUrl,
    relay,
    relayUrl: url,
    relaySecret,
    mjpeg,
    bind,
    ...rest
  } = given;
  const turn = turnAccess(turnUrls, turnSecret, ttlMs);
  refuseTooMuchIce(rest.iceServers, turnUrls);
  const place = relayPlace(relay, url, relaySecret);
  if (redisUrl !== undefined) refuseWhatStaysInOneProcess(place, mjpeg);
  return {
    ...rest,
    bind,
    stun: stunPlace(stunPort),
    turn,
    relay: place,
    mjpeg: mjpeg === undefined ? redisUrl === undefined : mjpeg === "on",
    redisUrl,
    tls: readTls(tlsCert, tlsKey),
  };
}

/** Another program may well have the port that is STUN's everywhere, coturn above all; a port that was asked for must be free. */
function stunPlace(port: number | "off" | undefined): ServeOptions["stun"] {
  return port === "off" ? undefined : { port: port ?? STUN_PORT, doWithoutIfBusy: port === undefined };
}

function turnAccess(urls: readonly string[], secret: string | undefined, ttlMs: number): ServeOptions["turn"] {
  if (urls.length === 0 && secret === undefined) return undefined;
  if (urls.length === 0 || secret === undefined) {
    throw new UsageError(
      "the TURN servers (--turn-urls) and the secret shared with them belong together, and one is missing",
      "Give both; the secret as DESKBEAM_TURN_SECRET, or in a file that DESKBEAM_TURN_SECRET_FILE names.",
    );
  }
  return { urls, secret, ttlS: ttlMs / 1000 };
}

/** Both ends of a session get them in one list, the TURN servers with their password as the last entry. */
function refuseTooMuchIce(iceServers: readonly IceServer[], turnUrls: readonly string[]): void {
  if (turnUrls.length === 0) return;
  const problem = iceProblem([...iceServers, { urls: turnUrls }]);
  if (problem === undefined) return;
  throw new UsageError(
    `the servers of --ice-servers and --turn-urls (one more) together must ${problem}`,
    "Leave out the ones that are needed least.",
  );
}

function relayPlace(
  relay: "on" | "off" | "only",
  url: string | undefined,
  secret: string | undefined,
): ServeOptions["relay"] {
  if (relay === "only") {
    if (secret !== undefined) return { at: "only-here", secret };
    throw new UsageError(
      "--relay only needs the secret it shares with the server whose sessions it relays",
      "Give both DESKBEAM_RELAY_SECRET, or a file that DESKBEAM_RELAY_SECRET_FILE names.",
    );
  }
  if (url === undefined && secret === undefined) return { at: relay === "on" ? "here" : "nowhere" };
  if (url === undefined || secret === undefined) {
    throw new UsageError(
      "the relay elsewhere (--relay-url) and the secret shared with it belong together, and one is missing",
      "Give both; the secret as DESKBEAM_RELAY_SECRET, or in a file that DESKBEAM_RELAY_SECRET_FILE names.",
    );
  }
  if (relay === "on") return { at: "apart", url, secret };
  throw new UsageError("--relay off and --relay-url contradict each other", "Leave one of them out.");
}

/** Behind a Redis the two ends of a session may be at different servers. */
function refuseWhatStaysInOneProcess(relay: ServeOptions["relay"], mjpeg: "on" | "off" | undefined): void {
  if (relay.at === "here") {
    throw new UsageError(
      "--redis-url shares rooms among servers, and the relay inside a server only joins ends that came to the same one",
      "Run a relay apart (serve --relay only) and name it with --relay-url and DESKBEAM_RELAY_SECRET, or give --relay off.",
    );
  }
  if (mjpeg === "on" && relay.at !== "only-here") {
    throw new UsageError(
      "--redis-url shares rooms among servers, and unsealed pictures (--mjpeg on) are only shown by the one they came to",
      "Leave out --mjpeg on: it is off with --redis-url.",
    );
  }
}

function readTls(certPath: string | undefined, keyPath: string | undefined): ServeOptions["tls"] {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    throw new UsageError("--tls-cert and --tls-key belong together, and one is missing", "Give both, or neither.");
  }
  return { cert: readPem(certPath, "--tls-cert"), key: readPem(keyPath, "--tls-key") };
}

function readPem(path: string, flag: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${flag} names a file that cannot be read: ${reason}`,
      "Correct the path or the file's rights.",
    );
  }
  if (!text.includes("-----BEGIN "))
    throw new UsageError(`${flag} ${path}: holds no PEM`, "It must begin with -----BEGIN.");
  return text;
}
