import type { IncomingMessage } from "node:http";
import { Server, type Socket } from "socket.io";
import type { RelayServerToClientEvents, ServerToClientEvents } from "../protocol/signaling.ts";
import { type AccessRules, judgeAccess } from "./core/access.ts";
import { clientAddress } from "./core/address.ts";
import { PACKET_FLOOR_BYTES } from "./core/limits.ts";
import { TokenBucket } from "./core/token-bucket.ts";
import type { WebServer } from "./listen.ts";
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
export type RelaySocket = Socket<Incoming, RelayServerToClientEvents>;
type Connection = EndpointSocket["conn"];

export type EndpointParts = {
  readonly path: string;
  readonly maxMessageBytes: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  /** What may wait for a connection that is slow to read; whoever is further behind is cut off. */
  readonly maxWaitingBytes: number;
  readonly access: AccessRules;
  readonly trustProxy: boolean;
  readonly throttle: Throttle;
  readonly log: Log;
};

/** A socket.io server on its own path that lets in whom the rules allow, and ends whoever sends too much. */
export function openEndpoint<Events extends Outgoing | RelayServerToClientEvents = Outgoing>(
  web: WebServer,
  parts: EndpointParts,
): {
  readonly endpoint: Server<Incoming, Events>;
  readonly addressOf: (socket: { readonly conn: Connection }) => string;
} {
  const { log, throttle } = parts;
  const addressOfRequest = (request: IncomingMessage): string =>
    clientAddress(request.socket.remoteAddress, request.headers["x-forwarded-for"]?.toString(), parts.trustProxy);

  const admit = async (request: IncomingMessage): Promise<string | undefined> => {
    const access = judgeAccess(parts.access, request.headers.host, request.headers.origin);
    if (!access.allowed) return access.sentence;
    return (await throttle.mayConnect(addressOfRequest(request))) ? undefined : "Too many connections: wait a minute.";
  };

  const endpoint = new Server<Incoming, Events>(web, {
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

  const addresses = new WeakMap<Connection, string>();
  endpoint.engine.on("connection", (connection: Connection) => {
    const address = addressOfRequest(connection.request);
    addresses.set(connection, address);
    connection.once("close", throttle.connected(address));
    // Not a WebSocket goodbye, for which somebody who floods or does not read could keep us waiting.
    const tcp = connection.request.socket;
    boundTraffic(connection, parts, (why) => {
      if (tcp.destroyed) return;
      log("warn", why, { path: parts.path, address });
      tcp.destroy();
    });
    // socket.io keeps the first request of each connection for its whole life (about 2 KiB) although it can do
    // without; its type says otherwise.
    (connection as { request: unknown }).request = null;
  });

  return { endpoint, addressOf: (socket) => addresses.get(socket.conn) ?? "unknown" };
}

type Packet = { readonly data?: string | Uint8Array };
// Every packet counts, also an answer to a ping and an empty one, which has no data at all.
const costOf = (packet: Packet): number => Math.max(packet.data?.length ?? 0, PACKET_FLOOR_BYTES);

/** Ends a connection that sends faster than it may, or that does not read what it is sent. */
function boundTraffic(connection: Connection, parts: EndpointParts, end: (why: string) => void): void {
  const allowance = new TokenBucket(parts.bytesPerSecond, parts.byteBurst, performance.now());
  connection.on("packet", (packet: Packet) => {
    if (!allowance.take(costOf(packet), performance.now())) end("closed a connection that sent too much");
  });
  // socket.io hands over all it has when the last batch has left: this counts what waits for that.
  let waitingBytes = 0;
  connection.on("packetCreate", (packet: Packet) => {
    waitingBytes += costOf(packet);
    if (waitingBytes > parts.maxWaitingBytes) end("closed a connection that did not read what it was sent");
  });
  connection.on("flush", () => {
    waitingBytes = 0;
  });
}
