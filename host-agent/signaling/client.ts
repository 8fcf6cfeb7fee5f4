import { io, type Socket } from "socket.io-client";
import type { z } from "zod";
import { HeldWords } from "../../protocol/held-words.ts";
import type { RelayInvitation } from "../../protocol/meeting.ts";
import {
  type ClientToServerEvents,
  MAX_ROOM_VIEWERS,
  type OpenAnswer,
  PICTURES_PATH,
  type PicturesAuth,
  ROOM_GRACE_MS,
  type ServerToClientEvents,
  SIGNALING_PATH,
  type SignalingError,
} from "../../protocol/signaling.ts";
import { HostError } from "../errors.ts";
import type { RelayLine } from "../transport/driver.ts";
import { firstConnection, unreachable } from "./first-connection.ts";
import { PublishedPictures } from "./published-pictures.ts";
import { RelaySocket } from "./relay-socket.ts";
import { RelayTickets } from "./relay-tickets.ts";
import {
  knockSchema,
  leftSchema,
  readIce,
  readOpen,
  readRelay,
  type ServerIce,
  signalSchema,
  watchSchema,
} from "./schema.ts";

/** What the server tells a host. Everything is parsed before it gets here. */
export type SignalingEvents = {
  readonly knock: (viewer: string, nonce: Uint8Array, from: string) => void;
  readonly signal: (viewer: string, data: Uint8Array) => void;
  readonly left: (viewer: string) => void;
  /** The room is open again with these viewers in it: whoever else was there has left meanwhile. */
  readonly remaining: (viewers: ReadonlySet<string>) => void;
  readonly watchers: (token: string, watchers: number) => void;
  /** The server is out of reach, or the room is open (again). Sessions that run peer to peer go on meanwhile. */
  readonly connected: (connected: boolean) => void;
  /** The room cannot be had any more; without a room nobody new can join. */
  readonly lost: (error: HostError) => void;
};

export interface SignalingClient {
  readonly room: string;
  /** UDP port of the server's own STUN. */
  readonly stunPort: number | undefined;
  signal(viewer: string, data: Uint8Array): void;
  dismiss(viewer: string): void;
  /** Makes /mjpeg/TOKEN answer. False: the server does not offer it. */
  publish(token: string): Promise<boolean>;
  revoke(token: string): void;
  /** One picture for the watchers of a token; resolves when the server has taken it (false: it did not). */
  frame(token: string, jpeg: Uint8Array): Promise<boolean>;
  /** A way for records to the one viewer who gets the invitation. Undefined: the server does not offer it. */
  relay(): Promise<{ readonly line: RelayLine; readonly invitation: RelayInvitation } | undefined>;
  /** The server's STUN and TURN for a viewer that has proved the code, and for this end. Undefined: it did not say in time. */
  ice(viewer: string): Promise<ServerIce | undefined>;
  /** Something is wrong with the network: the server answers soon, or the connection to it is made anew. */
  verify(): void;
  close(): void;
}

const ANSWER_LIMIT_MS = 10_000;
/** Nobody's connection waits long for addresses: the other ways need none. */
const ICE_LIMIT_MS = 2_000;
/** TCP itself takes minutes to notice that the other end has gone, and socket.io half a minute. */
const VERIFY_LIMIT_MS = 2_000;
/** After a server that ended the connection, did not answer, or refused for a reason that passes. */
const ASK_AGAIN_MS = 2_000;
/**
 * What is said to viewers and asked of the server while it is away, until the room is open again. A person's answer is a
 * handful of words; more than this many are nobody's conversation. Whoever overflows loses its meeting: the boxes that were
 * dropped are missed by the viewer when the next one comes.
 */
const MAX_SAID_MEANWHILE = 256;
const PASSING: ReadonlySet<SignalingError> = new Set(["busy", "too-many", "unavailable"]);

/**
 * Opens a room on the server and keeps it: after a lost connection or a restarted server it is opened again under the
 * same number with the owner token.
 * @throws HostError `server-unreachable`, `room-refused`
 */
export async function openSignaling(
  serverUrl: string,
  ownerToken: string,
  events: SignalingEvents,
): Promise<SignalingClient> {
  const base = new URL(serverUrl);
  const pathPrefix = base.pathname.replace(/\/$/, "");
  let room: string | undefined;
  let stunPort: number | undefined;
  const settings = { transports: ["websocket"], reconnectionDelay: 500, reconnectionDelayMax: 2_500, forceNew: true };
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(base.origin, {
    ...settings,
    path: pathPrefix + SIGNALING_PATH,
  });
  // Pictures have their own endpoint with its own size limit; nobody needs it until somebody watches.
  const pictureSocket = io(base.origin, {
    ...settings,
    path: pathPrefix + PICTURES_PATH,
    autoConnect: false,
    auth: (give) => give({ room: room ?? "", ownerToken } satisfies PicturesAuth),
  });

  /**
   * Closed also in the short time when there is a connection but no room yet: nothing reaches a viewer then, and what the
   * library buffers by itself arrives before `room.open`.
   */
  const words = new HeldWords(MAX_SAID_MEANWHILE);
  /** Whoever came between the server's opening of the room and its answer is not in that answer. */
  const cameMeanwhile = new Set<string>();

  /** Rejects when the server does not answer. */
  const open = async (): Promise<OpenAnswer> => {
    const answer = readOpen(await socket.timeout(ANSWER_LIMIT_MS).emitWithAck("room.open", { room, ownerToken }));
    if (!answer.ok) return answer;
    room = answer.room;
    stunPort = answer.stunPort;
    return answer;
  };

  /** What the server answers; `limitMs` counts from when the room is open. Undefined: nothing in time. */
  const ask = (question: (limited: ReturnType<typeof socket.timeout>) => Promise<unknown>, limitMs: number) =>
    new Promise<unknown>((answered) => {
      const none = () => answered(undefined);
      words.say(() => question(socket.timeout(limitMs)).then(answered, none), none);
    });
  const relayTickets = new RelayTickets(
    async () => readRelay(await ask((limited) => limited.emitWithAck("room.relay", {}), ANSWER_LIMIT_MS)),
    () => performance.now(),
  );

  onParsed(socket, "room.knock", knockSchema, (event) => {
    if (!words.isOpen && cameMeanwhile.size < MAX_ROOM_VIEWERS) cameMeanwhile.add(event.viewer);
    events.knock(event.viewer, event.nonce, event.from);
    relayTickets.expect();
  });
  onParsed(socket, "signal", signalSchema, (event) => events.signal(event.peer, event.data));
  onParsed(socket, "room.left", leftSchema, (event) => events.left(event.viewer));
  onParsed(socket, "mjpeg.watch", watchSchema, (event) => events.watchers(event.token, event.watchers));

  await firstConnection(socket, serverUrl);
  try {
    const answer = await open().catch((error: Error) => {
      throw unreachable(serverUrl, error.message);
    });
    if (!answer.ok) throw refusedRoom(answer.error);
  } catch (error) {
    socket.close();
    throw error;
  }

  const pictures = new PublishedPictures({ socket, pictureSocket, words, ask });
  let grace: NodeJS.Timeout | undefined;
  const tell = (connected: boolean): void => {
    if (connected === words.isOpen) return;
    clearTimeout(grace);
    if (connected) words.release();
    else {
      words.hold();
      relayTickets.forget();
      // By then the server has given the room up, and its viewers with it.
      grace = setTimeout(() => words.drop(), ROOM_GRACE_MS);
    }
    events.connected(connected);
  };
  let asking: NodeJS.Timeout | undefined;
  let verifying = false;
  const askAgain = (): void => {
    clearTimeout(asking);
    asking = setTimeout(() => socket.disconnect().connect(), ASK_AGAIN_MS);
  };
  const unanswered = (): void => {
    // A connection that ended meanwhile has its own event.
    if (socket.connected) askAgain();
  };
  socket.on("disconnect", (why) => {
    tell(false);
    // The only end after which the library does not come back by itself.
    if (why === "io server disconnect") askAgain();
  });
  socket.on("connect", () => {
    cameMeanwhile.clear();
    open().then((answer) => {
      if (answer.ok) {
        tell(true);
        if (answer.viewers !== undefined) events.remaining(new Set([...answer.viewers, ...cameMeanwhile]));
        pictures.publishAgain().catch(unanswered);
      } else if (PASSING.has(answer.error)) askAgain();
      else {
        words.drop();
        events.lost(refusedRoom(answer.error));
      }
    }, unanswered);
  });

  return {
    get room() {
      return room ?? "";
    },
    get stunPort() {
      return stunPort;
    },
    signal: (viewer, data) => words.say(() => socket.emit("signal", { peer: viewer, data })),
    dismiss: (viewer) => words.say(() => socket.emit("room.dismiss", { viewer })),
    publish: (token) => pictures.publish(token),
    revoke: (token) => pictures.revoke(token),
    frame: (token, jpeg) => pictures.frame(token, jpeg),
    relay: async () => {
      const relay = await relayTickets.take();
      if (relay === undefined) return undefined;
      const line = new RelaySocket(relay.url ?? serverUrl, relay.host);
      return { line, invitation: { url: relay.url ?? "", ticket: relay.viewer } };
    },
    ice: async (viewer) => readIce(await ask((limited) => limited.emitWithAck("room.ice", { viewer }), ICE_LIMIT_MS)),
    verify: () => {
      if (verifying || !socket.connected) return;
      verifying = true;
      socket
        .timeout(VERIFY_LIMIT_MS)
        .emitWithAck("room.open", { room, ownerToken })
        .catch(() => {
          if (socket.connected) socket.disconnect().connect();
        })
        .finally(() => {
          verifying = false;
        });
    },
    close: () => {
      clearTimeout(asking);
      clearTimeout(grace);
      socket.off("disconnect");
      socket.close();
      words.drop();
      pictures.close();
    },
  };
}

/** What does not fit its schema is not ours: dropped, as the server drops what does not fit its own. */
function onParsed<Event extends keyof ServerToClientEvents, Shape>(
  socket: Socket<ServerToClientEvents, ClientToServerEvents>,
  event: Event,
  schema: z.ZodType<Shape>,
  take: (value: Shape) => void,
): void {
  socket.onAny((name: string, value: unknown) => {
    if (name !== event) return;
    const parsed = schema.safeParse(value);
    if (parsed.success) take(parsed.data);
  });
}

function refusedRoom(error: string): HostError {
  const why = error === "room-taken" ? "the room now belongs to another host" : `the server says: ${error}`;
  return new HostError("room-refused", `The server gives no room (${why}).`, "Start sharing again for a new room.");
}
