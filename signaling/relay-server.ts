import { commonParts } from "./common-parts.ts";
import { healthListener } from "./http.ts";
import { createWebServer, listen, ownConnections } from "./listen.ts";
import type { RelayServerOptions, RunningServer } from "./options.ts";
import { openRelay } from "./relay-endpoint.ts";

/**
 * Starts a process's only task: the sealed relay, for signaling servers elsewhere that have the same secret. It knows nothing
 * but tickets, so any number of servers may share it, and the load of pictures is not on the server that brings people
 * together.
 * @throws ServerError when it cannot listen
 */
export async function startRelay(options: RelayServerOptions): Promise<Pick<RunningServer, "port" | "close">> {
  const common = commonParts(options);
  const web = createWebServer(healthListener(common), options.tls, common.limits.openConnections);
  const connections = ownConnections(web);
  const relay = openRelay(web, { ...common, secret: options.secret });
  const port = await listen(web, options);
  const { bind, tls } = options;
  common.log("info", "listening as a relay", { port, bind, pathPrefix: common.pathPrefix, secure: tls !== undefined });
  let closing: Promise<void> | undefined;
  return {
    port,
    close: () => {
      closing ??= connections.endAfter([relay]);
      return closing;
    },
  };
}
