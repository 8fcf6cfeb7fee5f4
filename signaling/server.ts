import {
  MAX_FRAME_BYTES,
  MAX_SIGNALING_MESSAGE_BYTES,
  PICTURES_PATH,
  RELAY_PATH,
  type RelayServerToClientEvents,
  SIGNALING_PATH,
} from "../protocol/signaling.ts";
import { changeRoom, type Exchange } from "./conversation.ts";
import { accessRules } from "./core/access.ts";
import { DEFAULT_LIMITS, type Limits, MAX_RELAY_WAITING_BYTES, MAX_WAITING_BYTES } from "./core/limits.ts";
import { expireRoom } from "./core/rooms.ts";
import { openEndpoint } from "./endpoint.ts";
import { requestListener } from "./http.ts";
import { publicIceServers } from "./ice.ts";
import { createWebServer, listen, ownConnections } from "./listen.ts";
import { MjpegStreams } from "./mjpeg.ts";
import type { RunningServer, ServerOptions } from "./options.ts";
import { takePictures } from "./pictures-endpoint.ts";
import { carryRelays } from "./relay-endpoint.ts";
import { Relays } from "./relays.ts";
import { carryConversation } from "./rooms-endpoint.ts";
import { MemoryRoomStore } from "./store/memory.ts";
import { openStun } from "./stun-server.ts";
import { Throttle } from "./throttle.ts";

export type { LogLevel, RunningServer, ServerOptions, StunPlace } from "./options.ts";

/** How often overdue rooms are looked for: they live this much longer at most. */
const SWEEP_MS = 1_000;
/** socket.io says goodbye to its sockets; whoever does not answer by then is cut off. */
const CLOSE_LIMIT_MS = 500;

/**
 * Starts signaling, viewer, MJPEG and the sealed relay on one port, and STUN on a UDP port.
 * @throws ServerError when it cannot listen
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { bind, log } = options;
  const stun = options.stun && (await openStun({ ...options.stun, bind }, log));
  try {
    const server = await startWeb(options, stun?.port);
    return {
      port: server.port,
      stunPort: stun?.port,
      close: async () => {
        await Promise.all([stun?.close(), server.close()]);
      },
    };
  } catch (error) {
    await stun?.close();
    throw error;
  }
}

async function startWeb(
  options: ServerOptions,
  stunPort: number | undefined,
): Promise<Omit<RunningServer, "stunPort">> {
  const { log, trustProxy } = options;
  const pathPrefix = normalPrefix(options.pathPrefix);
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const access = accessRules(options.allowedOrigins, options.bind);
  const store = new MemoryRoomStore();
  const throttle = new Throttle(limits);
  const streams = new MjpegStreams(limits, (room, token, watchers) => {
    tellHost(room, token, watchers).catch((error: unknown) => log("error", "could not tell a host", { error }));
  });
  const relays = new Relays(limits);

  const { iceServers, turn, mjpeg } = options;
  const config = { iceServers: publicIceServers(iceServers), stunPort, mjpeg, relay: options.relay };
  const web = createWebServer(
    requestListener({ viewerRoot: options.viewerRoot, pathPrefix, config, access, streams, log }),
    options.tls,
    limits.openConnections,
  );
  const connections = ownConnections(web);
  const common = { access, trustProxy, throttle, log };
  const signaling = openEndpoint(web, {
    ...common,
    path: pathPrefix + SIGNALING_PATH,
    maxMessageBytes: MAX_SIGNALING_MESSAGE_BYTES,
    bytesPerSecond: limits.bytesPerSecond,
    byteBurst: limits.byteBurst,
    maxWaitingBytes: MAX_WAITING_BYTES,
  });
  const pictures = openEndpoint(web, {
    ...common,
    path: pathPrefix + PICTURES_PATH,
    maxMessageBytes: MAX_FRAME_BYTES,
    bytesPerSecond: limits.pictureBytesPerSecond,
    byteBurst: limits.pictureByteBurst,
    maxWaitingBytes: MAX_WAITING_BYTES,
  });
  const relay = openEndpoint<RelayServerToClientEvents>(web, {
    ...common,
    path: pathPrefix + RELAY_PATH,
    maxMessageBytes: MAX_SIGNALING_MESSAGE_BYTES,
    // The pictures of a host that heeds the acks, and control besides. Whoever sends more is not held back but cut off.
    bytesPerSecond: 2 * limits.relayBytesPerSecond,
    byteBurst: 2 * limits.relayByteBurst,
    maxWaitingBytes: MAX_RELAY_WAITING_BYTES,
  });

  const exchange: Exchange = {
    store,
    throttle,
    limits,
    streams: options.mjpeg ? streams : undefined,
    relays: options.relay ? relays : undefined,
    ice: { iceServers, turn, stunPort },
    tell: (socket, notice) => void signaling.endpoint.to(socket).emit(notice.event, notice.payload),
    disconnect: (socket) => signaling.endpoint.in(socket).disconnectSockets(true),
  };
  const tellHost = async (number: string, token: string, watchers: number): Promise<void> => {
    const room = await store.read(number);
    if (room?.state === "open") exchange.tell(room.host, { event: "mjpeg.watch", payload: { token, watchers } });
  };
  signaling.endpoint.on("connection", (socket) => {
    carryConversation(exchange, socket, signaling.addressOf(socket), log);
  });
  takePictures(pictures.endpoint, exchange, streams, log);
  carryRelays(relay.endpoint, exchange, log);

  const port = await listen(web, options);
  log("info", "listening", { port, stunPort, bind: options.bind, pathPrefix, secure: options.tls !== undefined });
  const sweep = setInterval(() => {
    sweepRooms(exchange).catch((error: unknown) => log("error", "could not sweep rooms", { error }));
  }, SWEEP_MS);

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(sweep);
    streams.close();
    relays.close();
    const cutOff = setTimeout(connections.destroyAll, CLOSE_LIMIT_MS);
    await Promise.all([signaling.endpoint.close(), pictures.endpoint.close(), relay.endpoint.close()]);
    clearTimeout(cutOff);
    await store.close();
  };
  return {
    port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function sweepRooms(exchange: Exchange): Promise<void> {
  const nowMs = Date.now();
  for (const number of await exchange.store.due(nowMs)) {
    await changeRoom(exchange, number, (room) => expireRoom(room, nowMs));
  }
}

/** `desk`, `/desk` and `/desk/` are one; no prefix is the empty text. */
function normalPrefix(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}
