import { fileURLToPath } from "node:url";

import { share } from "../host-agent/main.ts";
import type { ShareOptions } from "../host-agent/options.ts";
import type { EmbeddedServer } from "../host-agent/ui/host-ui.ts";
import { openUi } from "../host-agent/ui/open-ui.ts";
import { startServer } from "../signaling/server.ts";
import { factoredLimits } from "./address-limits.ts";
import { plainLog } from "./plain-log.ts";
import { stopOnSignals } from "./stop-signals.ts";

/**
 * Shares the desktop until it is stopped.
 * @returns the exit code
 * @throws HostError, ServerError when it cannot begin or go on
 */
export async function runShare(options: ShareOptions): Promise<number> {
  const { stop, interrupt } = stopOnSignals();
  const streams = { input: process.stdin, output: process.stdout, errors: process.stderr };
  const ui = await openUi(options, streams, process.env, builtFolder("local-page"), interrupt);
  try {
    return await share(options, options.server === undefined ? embeddedServer(options) : undefined, { ui, stop });
  } finally {
    ui.close();
  }
}

/** The server and the viewer inside the host. Only the launcher knows both programs. */
function embeddedServer(options: ShareOptions): EmbeddedServer {
  return {
    async start() {
      return startServer({
        port: options.port,
        bind: options.bind,
        moveUpIfBusy: options.moveUpIfBusy,
        viewerRoot: builtFolder("viewer"),
        iceServers: options.iceServers,
        // No STUN: who reaches this server reaches the desktop's own addresses the same way, and whoever comes from
        // farther away needs a server between them, which has its own.
        allowedOrigins: [],
        mjpeg: options.mjpeg !== "off",
        relay: { at: "here" },
        trustProxy: false,
        pathPrefix: "",
        limits: factoredLimits(options.addressLimitFactor),
        log: plainLog(options.logLevel, process.stderr),
      });
    },
  };
}

/** A page that was built next to this program. */
function builtFolder(name: "viewer" | "local-page"): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}
