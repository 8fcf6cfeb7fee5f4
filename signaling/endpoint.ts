import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { Server, type Socket } from "socket.io";
import type { ServerToClientEvents } from "../protocol/signaling.ts";
import { type AccessRules, judgeAccess } from "./core/access.ts";
import { clientAddress } from "./core/address.ts";
import { PACKET_FLOOR_BYTES } from "./core/limits.ts";
import { TokenBucket } from "./core/token-bucket.ts";
import type { Log } from "./options.ts";
import type { Throttle } from "./throttle.ts";

/**
 * Events arrive untyped, because schema.ts parses them, and leave as a `Notice` (core/rooms.ts), whose union holds
 * event and payload together.
 */
type Incoming = Record<string, never>;
type Payload = Parameters<ServerToClientEvents[keyof ServerToClientEvents]>[0];
type Outgoing = Record<keyof ServerToClientEvents, (payload: Payload) => void>;
export type Endpoint = Server<Incoming, Outgoing>;
export type EndpointSocket = Socket<Incoming, Outgoing>;

export type EndpointParts = {
  readonly path: string;
  readonly maxMessageBytes: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  readonly access: AccessRules;
  readonly trustProxy: boolean;
  readonly throttle: Throttle;
  readonly log: Log;
};

/** A socket.io server on its own path that lets in whom the rules allow, and ends whoever sends too much. */
export function openEndpoint(
  http: HttpServer | HttpsServer,
  parts: EndpointParts,
): { readonly endpoint: Endpoint; readonly addressOf: (socket: EndpointSocket) => string } {
  const { log, throttle } = parts;
  const addressOfRequest = (request: IncomingMessage): string =>
    clientAddress(request.socket.remoteAddress, request.headers["x-forwarded-for"]?.toString(), parts.trustProxy);

  const admit = async (request: IncomingMessage): Promise<string | undefined> => {
    const access = judgeAccess(parts.access, request.headers.host, request.headers.origin);
    if (!access.allowed) return access.sentence;
    return (await throttle.mayConnect(addressOfRequest(request))) ? undefined : "Too many connections: wait a minute.";
  };

  const endpoint: Endpoint = new Server(http, {
    path: parts.path,
    // Long polling would make each message a request of its own; every browser in use has WebSockets.
    transports: ["websocket"],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: parts.maxMessageBytes,
    connectTimeout: 10_000,
    pingInterval: 20_000,
    pingTimeout: 10_000,
    allowRequest: (request, decide) => {
      admit(request).then(
        (refusal) => {
          if (refusal !== undefined) log("info", "refused a connection", { path: parts.path, refusal });
          decide(refusal, refusal === undefined);
        },
        (error: unknown) => {
          log("error", "could not judge a connection", { error });
          decide("The server could not answer: try again.", false);
        },
      );
    },
  });

  const addresses = new WeakMap<Socket["conn"], string>();
  endpoint.engine.on("connection", (connection: Socket["conn"]) => {
    const address = addressOfRequest(connection.request);
    addresses.set(connection, address);
    connection.once("close", throttle.connected(address));
    // socket.io keeps the first request of each connection for its whole life (about 2 KiB) although it can do
    // without; its type says otherwise.
    (connection as { request: unknown }).request = null;

    const allowance = new TokenBucket(parts.bytesPerSecond, parts.byteBurst, performance.now());
    // Every packet counts, also an answer to a ping and an empty one, which has no data at all.
    connection.on("packet", (packet: { readonly data?: string | Uint8Array }) => {
      if (allowance.take(Math.max(packet.data?.length ?? 0, PACKET_FLOOR_BYTES), performance.now())) return;
      log("warn", "closed a connection that sent too much", { path: parts.path, address });
      connection.close(true);
    });
  });

  return { endpoint, addressOf: (socket) => addresses.get(socket.conn) ?? "unknown" };
}
