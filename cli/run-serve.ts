import { fileURLToPath } from "node:url";

import { startServer } from "../signaling/server.ts";
import { factoredLimits } from "./address-limits.ts";
import { jsonLog } from "./json-log.ts";
import type { ServeOptions } from "./serve-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

/**
 * Runs the signaling server until it is stopped.
 * @returns the exit code
 * @throws ServerError when it cannot start
 */
export async function runServe(options: ServeOptions): Promise<number> {
  const { stop } = stopOnSignals();
  const { addressLimitFactor, logLevel, ...rest } = options;
  const server = await startServer({
    ...rest,
    moveUpIfBusy: false,
    viewerRoot: fileURLToPath(new URL("../viewer", import.meta.url)),
    limits: factoredLimits(addressLimitFactor),
    log: jsonLog(logLevel),
  });
  process.stdout.write(`${whereText(options, server.port)}\n`);
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  await server.close();
  return 0;
}

function whereText({ bind, tls, pathPrefix }: ServeOptions, port: number): string {
  const everywhere = bind === undefined || bind === "0.0.0.0" || bind === "::";
  const host = everywhere ? "localhost" : bind.includes(":") ? `[${bind}]` : bind;
  const address = `${tls === undefined ? "http" : "https"}://${host}:${port}${pathPrefix}`;
  return `deskbeam serves at ${address}${everywhere ? " and on every other address of this machine" : ""}. Ctrl+C stops it.`;
}
