import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import {
  createServer as createTlsServer,
  type ServerOptions as HttpsOptions,
  type Server as HttpsServer,
} from "node:https";
import type { Socket as TcpSocket } from "node:net";
import { ServerError } from "./errors.ts";
import { codeOf, listenRefusal, type PortWords } from "./listen-refusal.ts";

export type WebServer = HttpServer | HttpsServer;

/** How far a busy port moves up: enough for a few shares side by side, few enough to still be recognised. */
const PORTS_TO_TRY = 20;
const HIGHEST_PORT = 65_535;
/** socket.io says goodbye to its sockets when it closes; whoever does not answer by then is cut off. */
const GOODBYE_LIMIT_MS = 500;

/** @throws ServerError `tls-invalid` */
export function createWebServer(
  listener: RequestListener,
  tls: { readonly cert: string; readonly key: string } | undefined,
  maxConnections: number,
): WebServer {
  // A slow request holds a connection; ten seconds are plenty for a few hundred bytes, and fifteen, by when it is noticed.
  const limits = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 5_000 };
  const server = tls === undefined ? createServer(limits, listener) : createSecure(tls, limits, listener);
  server.maxConnections = maxConnections;
  return server;
}

function createSecure(
  tls: { readonly cert: string; readonly key: string },
  limits: HttpsOptions,
  listener: RequestListener,
): HttpsServer {
  try {
    return createTlsServer({ ...limits, cert: tls.cert, key: tls.key }, listener);
  } catch (cause) {
    // OpenSSL could not read the certificate or the key, or they do not belong together.
    const hint = "Check that --tls-cert and --tls-key are PEM files that belong together.";
    throw new ServerError("tls-invalid", "The TLS certificate or its key cannot be used.", hint, { cause });
  }
}

/**
 * Listens, on the next port above if that is allowed and the port is busy.
 * @returns the port it listens on
 * @throws ServerError `port-busy`, `port-forbidden`, `address-unavailable`
 */
export async function listen(
  server: WebServer,
  want: { readonly port: number; readonly bind: string | undefined; readonly moveUpIfBusy: boolean },
): Promise<number> {
  const last = want.moveUpIfBusy && want.port > 0 ? Math.min(want.port + PORTS_TO_TRY - 1, HIGHEST_PORT) : want.port;
  for (let port = want.port; ; port += 1) {
    try {
      return await listenOn(server, port, want.bind);
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE" || port >= last)
        throw listenRefusal(error, wordsFor(want.port, last), want.bind);
    }
  }
}

function listenOn(server: WebServer, port: number, bind: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: bind }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function wordsFor(first: number, last: number): PortWords {
  return {
    busy: first === last ? `Port ${first} is` : `Ports ${first} to ${last} are`,
    ifBusy: "Stop the program that uses it, or choose another with --port (0: any free one).",
    forbidden: `Port ${first} needs`,
    ifForbidden: "Choose a port from 1024 up with --port.",
  };
}

/** Knows every connection of a server, so that all of them end. Call it before the server listens. */
export function ownConnections(server: WebServer): {
  /** Closes what runs on the server, and cuts off whoever does not answer its goodbye. */
  readonly endAfter: (closing: readonly { close(): Promise<void> }[]) => Promise<void>;
} {
  const open = new Set<TcpSocket>();
  server.on("connection", (socket: TcpSocket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return {
    endAfter: async (closing) => {
      const cutOff = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, GOODBYE_LIMIT_MS);
      await Promise.all(closing.map((one) => one.close()));
      clearTimeout(cutOff);
    },
  };
}
