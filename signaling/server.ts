import { randomBytes } from "node:crypto";
import { stunOnly } from "../protocol/ice-server.ts";
import { MAX_FRAME_BYTES, MAX_SIGNALING_MESSAGE_BYTES, PICTURES_PATH, SIGNALING_PATH } from "../protocol/signaling.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { commonParts } from "./common-parts.ts";
import { changeRoom, type Exchange } from "./conversation.ts";
import { MAX_WAITING_BYTES } from "./core/limits.ts";
import { expireRoom } from "./core/rooms.ts";
import { serverOf, socketName } from "./core/socket-name.ts";
import { openEndpoint } from "./endpoint.ts";
import { StoreError } from "./errors.ts";
import { requestListener } from "./http.ts";
import { createWebServer, listen, ownConnections } from "./listen.ts";
import { MjpegStreams } from "./mjpeg.ts";
import type { RelayPlace, RunningServer, ServerOptions } from "./options.ts";
import { takePictures } from "./pictures-endpoint.ts";
import { openRelay } from "./relay-endpoint.ts";
import { carryConversation } from "./rooms-endpoint.ts";
import { Roster } from "./roster.ts";
import { MemoryRoomStore } from "./store/memory.ts";
import { openStun } from "./stun-server.ts";

export type { LogLevel, RelayPlace, RunningServer, ServerOptions, StunPlace } from "./options.ts";

/**
 * Starts signaling, viewer, MJPEG and, unless it is elsewhere, the sealed relay on one port, and STUN on a UDP port.
 * @throws ServerError when it cannot listen, or reach what it shares with other servers
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { bind, log, redisUrl } = options;
  if (redisUrl !== undefined && (options.mjpeg || options.relay.at === "here")) {
    throw new TypeError("a server that shares its rooms has no pictures and no relay inside");
  }
  const stun = options.stun && (await openStun({ ...options.stun, bind }, log));
  let cluster: Cluster | undefined;
  try {
    cluster = redisUrl === undefined ? undefined : await joinCluster(redisUrl, log);
    const server = await startWeb(options, stun?.port, cluster);
    return {
      port: server.port,
      stunPort: stun?.port,
      close: async () => {
        await Promise.all([stun?.close(), server.close()]);
      },
    };
  } catch (error) {
    await Promise.all([stun?.close(), cluster?.close()]);
    throw error;
  }
}

/** Loaded only where it is asked for: the client of Redis takes a tenth of a second and 20 MB, and nobody who shares needs it. */
async function joinCluster(redisUrl: string, log: ServerOptions["log"]): Promise<Cluster> {
  const { Cluster } = await import("./cluster/cluster.ts");
  return Cluster.join(redisUrl, log);
}

async function startWeb(
  options: ServerOptions,
  stunPort: number | undefined,
  cluster: Cluster | undefined,
): Promise<Omit<RunningServer, "stunPort">> {
  const common = commonParts(options);
  const { pathPrefix, limits, throttle, log } = common;
  const store = cluster?.store ?? new MemoryRoomStore();
  const roster = new Roster();
  const streams = new MjpegStreams(limits, (room, token, watchers) => {
    tellHost(room, token, watchers).catch((error: unknown) => log("error", "could not tell a host", { error }));
  });

  const { iceServers, turn, mjpeg } = options;
  const offer = relayOffer(options.relay);
  const config = { iceServers: stunOnly(iceServers), stunPort, mjpeg, relay: offer !== undefined };
  const web = createWebServer(
    requestListener({
      ...common,
      viewerRoot: options.viewerRoot,
      config,
      streams,
      isHealthy: () => cluster?.isReachable ?? true,
    }),
    options.tls,
    limits.openConnections,
  );
  const connections = ownConnections(web);
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
  const isRelayHere = offer !== undefined && offer.url === undefined;
  const relays = isRelayHere ? [openRelay(web, { ...common, secret: offer.secret })] : [];

  const isHere = (socket: string): boolean => serverOf(socket) === cluster?.server;
  const exchange: Exchange = {
    store,
    throttle,
    limits,
    streams: options.mjpeg ? streams : undefined,
    relay: offer,
    ice: { iceServers, turn, stunPort },
    tell: async (socket, notice) => {
      if (isHere(socket)) roster.tell(socket, notice);
      else await cluster?.send({ socket, do: "tell", notice });
    },
    disconnect: async (socket) => {
      if (isHere(socket)) roster.disconnect(socket);
      else await cluster?.send({ socket, do: "disconnect" });
    },
    isStoreThere: () => cluster?.isGivenUp !== true,
    doubt: (why) => cluster?.doubt(why),
  };
  const tellHost = async (number: string, token: string, watchers: number): Promise<void> => {
    const room = await store.read(number);
    if (room?.state === "open") await exchange.tell(room.host, { event: "mjpeg.watch", payload: { token, watchers } });
  };
  signaling.endpoint.on("connection", (socket) => {
    const name = socketName(cluster?.server, socket.id);
    carryConversation(exchange, roster, socket, { name, address: signaling.addressOf(socket), log });
  });
  takePictures(pictures.endpoint, exchange, streams, log);

  const port = await listen(web, options);
  cluster?.start(exchange, roster);
  log("info", "listening", { port, stunPort, bind: options.bind, pathPrefix, secure: options.tls !== undefined });
  const endWatch = store.watchDeadlines(() =>
    expireRooms(exchange).catch((error: unknown) => {
      // That a shared store is away is said once, by what is connected to it.
      if (!(error instanceof StoreError)) log("error", "could not end rooms whose time is over", { error });
    }),
  );

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    endWatch();
    streams.close();
    await connections.endAfter([signaling.endpoint, pictures.endpoint, ...relays]);
    await (cluster ?? store).close();
  };
  return {
    port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function expireRooms(exchange: Exchange): Promise<void> {
  const nowMs = Date.now();
  for (const number of await exchange.store.due(nowMs)) {
    await changeRoom(exchange, number, (room) => expireRoom(room, nowMs));
  }
}

/** What the hosts of this server are told. Tickets for this very process are made like all others, with a secret of its own. */
function relayOffer(place: RelayPlace): Exchange["relay"] {
  switch (place.at) {
    case "here":
      return { url: undefined, secret: randomBytes(32).toString("base64url") };
    case "apart":
      return { url: place.url, secret: place.secret };
    case "nowhere":
      return undefined;
  }
}
