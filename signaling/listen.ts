import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import {
  createServer as createTlsServer,
  type ServerOptions as HttpsOptions,
  type Server as HttpsServer,
} from "node:https";
import type { Socket as TcpSocket } from "node:net";
import { ServerError } from "./errors.ts";

export type WebServer = HttpServer | HttpsServer;

/** How far a busy port moves up: enough for a few shares side by side, few enough to still be recognised. */
const PORTS_TO_TRY = 20;
const HIGHEST_PORT = 65_535;

/** @throws ServerError `tls-invalid` */
export function createWebServer(
  listener: RequestListener,
  tls: { readonly cert: string; readonly key: string } | undefined,
  maxConnections: number,
): WebServer {
  // A slow request holds a connection; ten seconds are plenty for a few hundred bytes.
  const limits = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 };
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
      if (codeOf(error) !== "EADDRINUSE" || port >= last) throw explained(error, want.port, last, want.bind);
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

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

function explained(cause: unknown, first: number, last: number, bind: string | undefined): unknown {
  switch (codeOf(cause)) {
    case "EADDRINUSE": {
      const what = first === last ? `Port ${first} is` : `Ports ${first} to ${last} are`;
      const hint = "Stop the program that uses it, or choose another with --port (0: any free one).";
      return new ServerError("port-busy", `${what} in use by another program.`, hint, { cause });
    }
    case "EACCES": {
      const hint = "Choose a port from 1024 up with --port.";
      return new ServerError("port-forbidden", `Port ${first} needs rights this user does not have.`, hint, { cause });
    }
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL": {
      const hint = "Give --bind an address of this machine, or leave it out to listen on all of them.";
      return new ServerError("address-unavailable", `This machine does not have the address ${bind}.`, hint, { cause });
    }
    default:
      return cause;
  }
}

/** Ends connections that do not end by themselves. Call it before the server listens. */
export function ownConnections(server: WebServer): { readonly destroyAll: () => void } {
  const open = new Set<TcpSocket>();
  server.on("connection", (socket: TcpSocket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return {
    destroyAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
}
