import { z } from "zod";
import type { IceServer } from "../protocol/signaling.ts";
import { ICE_SERVERS_FORM, iceServersGiven } from "./ice-servers.ts";

/** The person used the program wrongly: what is wrong, and what to write instead. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Without --port: this one, or the next free one above it. */
export const DEFAULT_PORT = 7440;

/*
 * Every value may come as text (flag, environment) or as JSON (configuration file); the schemas below take both.
 * Their messages complete the sentence "--flag VALUE …".
 */

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const number = typeof value === "number" || /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    context.addIssue({ code: "custom", message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });
}

/** A flag of the contract whose function this version lacks: refused, so that nobody believes it works. */
export function notYet(instead: string) {
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      if (value !== undefined) context.addIssue({ code: "custom", message: `not yet in this version; ${instead}` });
    });
}

/** One word of a list. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(", ")}` });
}

/** Flags without a value are true; the environment says true, false, 1, 0, yes, no, on or off. */
export function yesOrNo() {
  return z.union([z.boolean(), z.string()]).transform((value, context) => {
    if (typeof value === "boolean") return value;
    const word = value.trim().toLowerCase();
    if (["true", "1", "yes", "on"].includes(word)) return true;
    if (["false", "0", "no", "off", ""].includes(word)) return false;
    context.addIssue({ code: "custom", message: "must be true or false" });
    return z.NEVER;
  });
}

const MS_BY_UNIT: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `30s`, `10m`, `2h`, in milliseconds. */
export function duration(minMs: number, maxMs: number) {
  return z.string().transform((value, context) => {
    const match = /^(\d+)([smh])$/.exec(value.trim());
    const ms = Number(match?.[1]) * (MS_BY_UNIT[match?.[2] ?? ""] ?? Number.NaN);
    if (ms >= minMs && ms <= maxMs) return ms;
    context.addIssue({
      code: "custom",
      message: `must be a time such as 30s, 10m or 2h, at most ${maxMs / 3_600_000}h`,
    });
    return z.NEVER;
  });
}

/** A JSON array as in RTCConfiguration, as text or already parsed. */
export function iceServerList() {
  return z.unknown().transform((value, context): readonly IceServer[] => {
    const { data, error } = iceServersGiven.safeParse(typeof value === "string" ? parseJson(value) : value);
    if (data !== undefined) return data;
    const [issue] = error.issues;
    const message = issue?.code === "custom" ? issue.message : ICE_SERVERS_FORM;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the schema that reads it next refuses undefined.
  }
}

/** A signaling server's http(s) address, without its last slash; ws(s), which socket.io ends up with, means the same. */
function serverUrl() {
  return z.string().transform((value, context) => {
    const address = value.replace(/^ws(?=s?:)/i, "http");
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const plain =
      url !== undefined && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
    if (plain && (url.protocol === "http:" || url.protocol === "https:")) {
      return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
    }
    context.addIssue({ code: "custom", message: "must be a web address such as https://desk.example.org" });
    return z.NEVER;
  });
}

export const logLevel = () => oneOf(["error", "warn", "info", "debug"]);
/** 0 asks the system for any free port. */
export const portNumber = () => wholeNumber(0, 65_535);
/** An IP address or a host name of this machine. */
export const bindAddress = () =>
  z.string().regex(/^[A-Za-z0-9.:_%-]+$/, "must be an address of this machine such as 127.0.0.1");

/** How many times the ordinary share of connections and joins one address gets: offices behind one NAT need more. */
export const addressLimitFactor = () => wholeNumber(1, 1000).default(1);

/** What `share` takes, by the flag's name in camelCase. An option that is missing was given nowhere. */
export const shareSchema = z.object({
  server: serverUrl().optional(),
  port: portNumber().optional(),
  bind: bindAddress().optional(),
  display: z.string().min(1, "must name a display such as :0").optional(),
  monitor: z
    .union([z.literal("all"), wholeNumber(1, 16)], { error: "must be all or a number from 1 to 16" })
    .default("all"),
  capture: oneOf(["auto", "x11", "nut", "screenshot", "test-card"]).default("auto"),
  input: oneOf(["auto", "x11", "nut", "none"]).default("auto"),
  viewOnly: yesOrNo().default(false),
  approve: oneOf(["ask", "control", "view"]).default("ask"),
  once: yesOrNo().default(false),
  reusable: yesOrNo().default(false),
  expires: duration(10_000, 24 * 3_600_000).optional(),
  fps: wholeNumber(1, 120).default(60),
  quality: z
    .union([z.literal("auto"), wholeNumber(1, 100)], { error: "must be auto or a number from 1 to 100" })
    .default("auto"),
  iceServers: iceServerList().default([]),
  icePolicy: oneOf(["all", "relay"]).default("all"),
  path: oneOf(["auto", "direct", "relay", "mjpeg"]).default("auto"),
  virtual: notYet("start a display yourself, such as Xvfb, and name it with --display"),
  mjpeg: oneOf(["ask", "allow", "off"]).default("ask"),
  json: yesOrNo().default(false),
  quiet: yesOrNo().default(false),
  addressLimitFactor: addressLimitFactor(),
  noQr: yesOrNo().default(false),
  logLevel: logLevel().default("warn"),
});

/** How to share, complete and checked. */
export type ShareOptions = {
  /** The signaling server's address without a last slash; undefined: the one inside this program. */
  readonly server: string | undefined;
  /** Port of the embedded server. */
  readonly port: number;
  /** The port was not asked for by number, so the next free one above will do. */
  readonly moveUpIfBusy: boolean;
  /** Address the embedded server listens on; undefined: all interfaces. */
  readonly bind: string | undefined;
  readonly display: string | undefined;
  readonly monitor: number | "all";
  readonly capture: "auto" | "x11" | "nut" | "screenshot" | "test-card";
  readonly input: "auto" | "x11" | "nut" | "none";
  /** Nobody gets control, whatever is asked or granted. */
  readonly viewOnly: boolean;
  /** Who is let in without a question, and as what. */
  readonly approve: "ask" | "control" | "view";
  /** End when the first viewer has left. */
  readonly once: boolean;
  /** One link lets in several viewers. */
  readonly reusable: boolean;
  /** How long a code and link nobody has used stay good; undefined: the code 10 minutes, the link an hour. */
  readonly expiresMs: number | undefined;
  readonly maxFps: number;
  /** JPEG quality, 1 to 100. */
  readonly quality: number | "auto";
  readonly iceServers: readonly IceServer[];
  /** `relay`: WebRTC only through TURN, so that no viewer learns this host's address from it. */
  readonly icePolicy: "all" | "relay";
  /** The one rung of the ladder to use, or all of them. */
  readonly path: "auto" | "direct" | "relay" | "mjpeg";
  /** May the picture go out unsealed? `ask` puts it into the approval question. */
  readonly mjpeg: "ask" | "allow" | "off";
  /** Multiplies what the embedded server grants to one address. */
  readonly addressLimitFactor: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly qr: boolean;
  readonly logLevel: "error" | "warn" | "info" | "debug";
};

/**
 * Turns what the schema took into options: the rules that need two of them at once.
 * @throws UsageError
 */
export function shareOptions(given: z.output<typeof shareSchema>): ShareOptions {
  const { port, expires, fps, noQr, server, bind, display, virtual: _, ...rest } = given;
  if (rest.viewOnly && rest.approve === "control") {
    throw new UsageError("--view-only and --approve control contradict each other", "Leave one of them out.");
  }
  return {
    ...rest,
    server,
    bind,
    display,
    port: port ?? DEFAULT_PORT,
    moveUpIfBusy: port === undefined,
    expiresMs: expires,
    maxFps: fps,
    qr: !noQr,
  };
}
