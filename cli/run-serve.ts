import { fileURLToPath } from "node:url";

import { startRelay } from "../signaling/relay-server.ts";
import { startServer } from "../signaling/server.ts";
import { factoredLimits } from "./address-limits.ts";
import { jsonLog } from "./json-log.ts";
import type { ServeOptions } from "./serve-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

/**
 * Runs the signaling server, or only its relay, until it is stopped.
 * @returns the exit code
 * @throws ServerError when it cannot start
 */
export async function runServe(options: ServeOptions): Promise<number> {
  const { stop } = stopOnSignals();
  const server = await start(options);
  process.stdout.write(`${whereText(options, server.port)}\n`);
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  await server.close();
  return 0;
}

function start({ addressLimitFactor, logLevel, relay, ...rest }: ServeOptions) {
  const common = { ...rest, moveUpIfBusy: false, limits: factoredLimits(addressLimitFactor), log: jsonLog(logLevel) };
  if (relay.at === "only-here") return startRelay({ ...common, secret: relay.secret });
  return startServer({ ...common, relay, viewerRoot: fileURLToPath(new URL("../viewer", import.meta.url)) });
}

function whereText({ bind, tls, pathPrefix, relay }: ServeOptions, port: number): string {
  const everywhere = bind === undefined || bind === "0.0.0.0" || bind === "::";
  const host = everywhere ? "localhost" : bind.includes(":") ? `[${bind}]` : bind;
  const address = `${tls === undefined ? "http" : "https"}://${host}:${port}${pathPrefix}`;
  const does = relay.at === "only-here" ? "relays" : "serves";
  return `deskbeam ${does} at ${address}${everywhere ? " and on every other address of this machine" : ""}. Ctrl+C stops it.`;
}
