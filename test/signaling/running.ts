import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import {
  type ClientToServerEvents,
  type OpenAnswer,
  PICTURES_PATH,
  type PictureClientToServerEvents,
  type PicturesAuth,
  RELAY_PATH,
  type RelayAnswer,
  type RelayAuth,
  type RelayClientToServerEvents,
  type RelayServerToClientEvents,
  type ServerToClientEvents,
  SIGNALING_PATH,
} from "../../protocol/signaling.ts";
import type { Limits } from "../../signaling/core/limits.ts";
import type { RelayServerOptions } from "../../signaling/options.ts";
import { startRelay } from "../../signaling/relay-server.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../signaling/server.ts";

/** Everybody in a test comes from 127.0.0.1, so the limits per address are out of the way unless they are the point. */
export const ROOMY: Partial<Limits> = {
  connectionsPerAddressPerMinute: 10_000,
  openConnectionsPerAddress: 10_000,
  roomOpensPerAddressPerMinute: 10_000,
  roomsPerAddress: 10_000,
  joinsPerAddressPerMinute: 10_000,
  joinsPerSocketPerMinute: 10_000,
  unknownRoomsPerAddressPerMinute: 10_000,
  unknownRoomsPerSocket: 10_000,
};

export type TestServer = RunningServer & { readonly url: string; readonly logged: string[] };
export type Client = Socket<ServerToClientEvents, ClientToServerEvents>;
export type RelayClient = Socket<RelayServerToClientEvents, RelayClientToServerEvents>;
export type PictureClient = Socket<Record<string, never>, PictureClientToServerEvents>;

/** A server on a free port, closed when the test ends. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const logged: string[] = [];
  const server = await startServer({
    port: 0,
    bind: "127.0.0.1",
    moveUpIfBusy: false,
    viewerRoot: options.viewerRoot ?? emptyViewer(),
    iceServers: [],
    allowedOrigins: [],
    mjpeg: true,
    relay: { at: "here" },
    trustProxy: false,
    pathPrefix: "",
    limits: ROOMY,
    log: (level, message, fields) => logged.push(`${level}: ${message} ${JSON.stringify(fields)}`),
    ...options,
  });
  onTestFinished(() => server.close());
  const scheme = options.tls === undefined ? "http" : "https";
  return { ...server, url: `${scheme}://127.0.0.1:${server.port}`, logged };
}

export type TestRelay = Pick<RunningServer, "port" | "close"> & {
  readonly url: string;
  readonly logged: string[];
  readonly secret: string;
};

/** A relay and nothing else, on a free port, closed when the test ends. */
export async function startTestRelay(options: Partial<RelayServerOptions> = {}): Promise<TestRelay> {
  const logged: string[] = [];
  const secret = randomToken();
  const relay = await startRelay({
    port: 0,
    bind: "127.0.0.1",
    moveUpIfBusy: false,
    allowedOrigins: [],
    trustProxy: false,
    pathPrefix: "",
    limits: ROOMY,
    secret,
    log: (level, message, fields) => logged.push(`${level}: ${message} ${JSON.stringify(fields)}`),
    ...options,
  });
  onTestFinished(() => relay.close());
  return { ...relay, url: `http://127.0.0.1:${relay.port}`, logged, secret };
}

/** Where a test's relay is: with the rooms, or a relay of its own that shares a secret with their server. */
export type Relaying = { readonly server: TestServer; readonly relay: Omit<TestRelay, "secret"> };

/** The two ways to run a relay, by name. */
export const RELAYING: readonly (readonly [string, (limits?: Partial<Limits>) => Promise<Relaying>])[] = [
  [
    "inside the server",
    async (limits = ROOMY) => {
      const server = await startTestServer({ limits });
      return { server, relay: server };
    },
  ],
  [
    "apart from it",
    async (limits = ROOMY) => {
      const relay = await startTestRelay({ limits });
      const { url, secret } = relay;
      return { server: await startTestServer({ relay: { at: "apart", url, secret }, limits }), relay };
    },
  ],
];

/** A folder that looks like a built viewer. */
export function emptyViewer(): string {
  const folder = mkdtempSync(join(tmpdir(), "viewer-"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>viewer</title>");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SETTINGS = { transports: ["websocket"], forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };

/** A connected client of SIGNALING_PATH, closed when the test ends. */
export async function connect(
  server: Pick<TestServer, "url">,
  headers: Record<string, string> = {},
  prefix = "",
): Promise<Client> {
  const client: Client = io(server.url, { ...SETTINGS, path: prefix + SIGNALING_PATH, extraHeaders: headers });
  onTestFinished(() => void client.close());
  await connected(client);
  return client;
}

/** A connected client of PICTURES_PATH, closed when the test ends. */
export async function connectPictures(server: TestServer, auth: PicturesAuth | object): Promise<PictureClient> {
  const client: PictureClient = io(server.url, { ...SETTINGS, path: PICTURES_PATH, auth });
  onTestFinished(() => void client.close());
  await connected(client);
  return client;
}

/**
 * A connected client of RELAY_PATH, closed when the test ends. `listen` comes before the connection, whose first word may be
 * `open`.
 */
export async function connectRelay(
  url: string,
  auth: RelayAuth | object,
  listen: (client: RelayClient) => void = () => undefined,
  more: { readonly extraHeaders?: Record<string, string> } = {},
): Promise<RelayClient> {
  const client: RelayClient = io(url, { ...SETTINGS, path: RELAY_PATH, reconnection: false, auth, ...more });
  onTestFinished(() => void client.close());
  listen(client);
  await connected(client);
  return client;
}

/** @throws the connect_error */
function connected(client: Pick<Socket, "once">): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", resolve);
    client.once("connect_error", reject);
  });
}

export const randomToken = (): string => randomBytes(16).toString("base64url");
export const randomNonce = (): Uint8Array => randomBytes(16);

export type TestHost = { readonly client: Client; readonly room: string; readonly ownerToken: string };

/** A host with an open room. */
export async function openRoom(server: TestServer, ownerToken = randomToken()): Promise<TestHost> {
  const client = await connect(server);
  const answer: OpenAnswer = await client.timeout(5_000).emitWithAck("room.open", { ownerToken });
  if (!answer.ok) throw new Error(`no room: ${answer.error}`);
  return { client, room: answer.room, ownerToken };
}

/** Tickets to a relay for the two ends. */
export async function askForRelay({ client }: TestHost): Promise<{ readonly host: string; readonly viewer: string }> {
  const answer: RelayAnswer = await client.timeout(5_000).emitWithAck("room.relay", {});
  if (!answer.ok) throw new Error(`no relay: ${answer.error}`);
  return answer;
}

/** A viewer inside the room, and the name the host knows it by. */
export async function joinRoom(
  server: TestServer,
  host: TestHost,
): Promise<{ readonly client: Client; readonly viewer: string }> {
  const client = await connect(server);
  const join = async () => {
    const answer = await client.timeout(5_000).emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
    if (!answer.ok) throw new Error(`not let in: ${answer.error}`);
  };
  const [{ viewer }] = await Promise.all([nextEvent(host.client, "room.knock"), join()]);
  return { client, viewer };
}

type Payload<Event extends keyof ServerToClientEvents> = Parameters<ServerToClientEvents[Event]>[0];

/** The next event of a name. Ask before doing what leads to it. */
export function nextEvent<Event extends keyof ServerToClientEvents>(
  client: Client,
  event: Event,
  limitMs = 5_000,
): Promise<Payload<Event>> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no ${event} within ${limitMs} ms`)), limitMs);
    // socket.io-client cannot type a listener for an event that is itself a type parameter.
    const plain = client as { once(event: string, listener: (payload: Payload<Event>) => void): unknown };
    plain.once(event, (payload) => {
      clearTimeout(limit);
      resolve(payload);
    });
  });
}

/** Resolves with the reason when the connection ends. */
export function disconnected(client: Pick<Socket, "once">, limitMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`still connected after ${limitMs} ms`)), limitMs);
    client.once("disconnect", (reason: string) => {
      clearTimeout(limit);
      resolve(reason);
    });
  });
}
