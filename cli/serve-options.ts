import { readFileSync } from "node:fs";
import { z } from "zod";

import {
  addressLimitFactor,
  bindAddress,
  DEFAULT_PORT,
  iceServerList,
  logLevel,
  notYet,
  oneOf,
  portNumber,
  UsageError,
  yesOrNo,
} from "../host-agent/options.ts";
import type { IceServer } from "../protocol/signaling.ts";

/** A list as flags and the environment write it, or as JSON. */
function commaList() {
  return z
    .union([z.string().transform((text) => text.split(",")), z.array(z.string())])
    .transform((entries, context) => {
      const trimmed = entries.map((entry) => entry.trim()).filter((entry) => entry !== "");
      if (trimmed.every((entry) => URL.canParse(entry.includes("://") ? entry : `http://${entry}`))) return trimmed;
      context.addIssue({
        code: "custom",
        message: "must be names or origins such as desk.example.org,https://example.org",
      });
      return z.NEVER;
    });
}

/** What `serve` takes, by the flag's name in camelCase. An option that is missing was given nowhere. */
export const serveSchema = z.object({
  port: portNumber().default(DEFAULT_PORT),
  bind: bindAddress().optional(),
  iceServers: iceServerList().default([]),
  allowedOrigins: commaList().default([]),
  relay: oneOf(["on", "off"]).default("on"),
  mjpeg: oneOf(["on", "off"]).default("on"),
  redisUrl: notYet("this server keeps its rooms itself, so run one of it"),
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
  readonly iceServers: readonly IceServer[];
  readonly allowedOrigins: readonly string[];
  readonly relay: boolean;
  readonly mjpeg: boolean;
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
  const { tlsCert, tlsKey, redisUrl: _, relay, mjpeg, bind, ...rest } = given;
  return { ...rest, bind, relay: relay === "on", mjpeg: mjpeg === "on", tls: readTls(tlsCert, tlsKey) };
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
