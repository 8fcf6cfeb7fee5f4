import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openSignaling } from "../../../host-agent/signaling/client.ts";
import {
  type ClientToServerEvents,
  type OpenAnswer,
  type ServerToClientEvents,
  SIGNALING_PATH,
} from "../../../protocol/signaling.ts";

const LIMIT = { timeout: 8_000 };
const OPEN: OpenAnswer = { ok: true, room: "7316" };
const TICKET = "x".repeat(22);
/** What a server answers to the host of an open room, and to nobody else. */
const ANSWERS: Record<string, object> = {
  "room.ice": { ok: true, stunPort: 3478, host: [], viewer: [] },
  "room.relay": { ok: true, host: TICKET, viewer: TICKET },
  "mjpeg.publish": { ok: true },
};

/** A server that answers to `room.open` what the test says, in order, and to nothing that is `ignored`, and keeps a record. */
async function serverAnswering(...answers: (OpenAnswer | "silence")[]) {
  const web = createServer();
  const server = new Server<ClientToServerEvents, ServerToClientEvents>(web, {
    path: SIGNALING_PATH,
    transports: ["websocket"],
  });
  const heard: string[] = [];
  const ignored = new Set<string>();
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    let isOpen = false;
    sockets.push(socket);
    socket.onAny((event: string, _request: unknown, answer?: (answer: unknown) => void) => {
      heard.push(event);
      if (ignored.has(event)) return;
      if (event !== "room.open") return answer?.(isOpen ? ANSWERS[event] : { ok: false, error: "bad-request" });
      const next = answers.shift() ?? OPEN;
      if (next === "silence") return;
      isOpen = next.ok;
      answer?.(next);
    });
  });
  await new Promise<void>((listening) => web.listen(0, "127.0.0.1", listening));
  onTestFinished(() => server.close());
  // An address, not a pipe's name, because it listens on a port.
  const { port } = web.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, heard, ignored, sockets, server, close: () => server.close() };
}

async function clientOf(url: string) {
  const told: string[] = [];
  const remaining: string[][] = [];
  const client = await openSignaling(url, "owner", {
    knock: () => {},
    signal: () => {},
    left: () => {},
    remaining: (viewers) => remaining.push([...viewers]),
    watchers: () => {},
    connected: (connected) => told.push(connected ? "back" : "away"),
    lost: (error) => told.push(error.code),
  });
  onTestFinished(() => client.close());
  return { client, told, remaining };
}

describe("the host's connection to its server", () => {
  it("comes back after the server has ended it on purpose", async () => {
    const { url, sockets } = await serverAnswering();
    const { told } = await clientOf(url);
    sockets[0]?.disconnect(true);
    await vi.waitFor(() => expect(told).toEqual(["away", "back"]), LIMIT);
  });

  it("asks again for its room when the refusal is one that passes, and says so only once", async () => {
    const { url, sockets } = await serverAnswering(OPEN, { ok: false, error: "too-many" });
    const { told } = await clientOf(url);
    sockets[0]?.conn.close();
    await vi.waitFor(() => expect(told).toEqual(["away", "back"]), LIMIT);
  });

  it("says that the room is lost when somebody else has it", async () => {
    const { url, sockets } = await serverAnswering(OPEN, { ok: false, error: "room-taken" });
    const { told } = await clientOf(url);
    sockets[0]?.conn.close();
    await vi.waitFor(() => expect(told).toEqual(["away", "room-refused"]), LIMIT);
  });

  it("stays closed, though the server still owes an answer", async () => {
    const { url, sockets } = await serverAnswering(OPEN, "silence");
    const { client } = await clientOf(url);
    sockets[0]?.conn.close();
    await vi.waitFor(() => expect(sockets).toHaveLength(2), LIMIT);
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sockets.map(({ connected }) => connected)).toEqual([false, false]);
  });

  it("says to viewers what it wanted to say meanwhile, in order, once the room is open again", async () => {
    const { url, sockets, heard } = await serverAnswering();
    const { client, told } = await clientOf(url);
    expect(await client.publish("token")).toBe(true);
    sockets[0]?.conn.close();
    await vi.waitFor(() => expect(told).toEqual(["away"]), LIMIT);
    heard.length = 0;
    client.signal("viewer", Uint8Array.of(1));
    client.dismiss("viewer");
    client.revoke("token");
    await vi.waitFor(() => expect(told).toEqual(["away", "back"]), LIMIT);
    await vi.waitFor(() => expect(heard).toEqual(["room.open", "signal", "room.dismiss", "mjpeg.revoke"]), LIMIT);
  });

  it("says who is still in the room, and counts those who came just before the answer", async () => {
    const { url, sockets, server } = await serverAnswering(OPEN, { ...OPEN, viewers: ["anna", "ben"] }, OPEN);
    const { told, remaining } = await clientOf(url);
    server.once("connection", (socket) => {
      socket.emit("room.knock", { viewer: "carl", nonce: new Uint8Array(16), from: "192.0.2.7" });
    });
    sockets[0]?.conn.close();
    await vi.waitFor(() => expect(told).toEqual(["away", "back"]), LIMIT);
    expect(remaining).toEqual([["anna", "ben", "carl"]]);
    // The next answer is one of a server that does not say.
    sockets[1]?.conn.close();
    await vi.waitFor(() => expect(told).toEqual(["away", "back", "away", "back"]), LIMIT);
    expect(remaining).toHaveLength(1);
  });

  it("remembers no more than a conversation's worth of it", async () => {
    const { url, sockets, heard } = await serverAnswering();
    const { client, told } = await clientOf(url);
    sockets[0]?.conn.close();
    await vi.waitFor(() => expect(told).toEqual(["away"]), LIMIT);
    for (let said = 0; said < 1_000; said++) client.signal("viewer", Uint8Array.of(1));
    await vi.waitFor(() => expect(told).toEqual(["away", "back"]), LIMIT);
    client.dismiss("viewer");
    await vi.waitFor(() => expect(heard.at(-1)).toBe("room.dismiss"), LIMIT);
    expect(heard.filter((event) => event === "signal")).toHaveLength(256);
  });
});

describe("while the server is away", () => {
  /** A host that has lost its server, which takes it back with these answers. */
  async function hostWithoutServer(...answers: OpenAnswer[]) {
    const server = await serverAnswering(OPEN, ...answers);
    const { client, told } = await clientOf(server.url);
    expect(await client.publish("camera")).toBe(true);
    const away = async () => {
      server.sockets[0]?.conn.close();
      await vi.waitFor(() => expect(told).toEqual(["away"]), LIMIT);
      server.heard.length = 0;
    };
    return { ...server, client, told, away };
  }

  it("what the host asks waits for the room, as what it says does, and is answered there", async () => {
    const { client, heard, away } = await hostWithoutServer();
    await away();
    const asked = Promise.all([client.ice("viewer"), client.relay(), client.publish("picture")]);
    client.signal("viewer", Uint8Array.of(1));
    const [ice, relay, published] = await asked;
    relay?.line.close();
    expect(ice).toEqual({ stunPort: 3478, host: [], viewer: [] });
    expect(relay?.invitation).toEqual({ url: "", ticket: TICKET });
    expect(published).toBe(true);
    expect(heard.slice(0, 5)).toEqual(["room.open", "room.ice", "room.relay", "mjpeg.publish", "signal"]);
  });

  it("an answer has as long as ever once the room is open, however long that took", async () => {
    // The second try comes after two seconds, by when addresses would have been given up.
    const { client, told, away } = await hostWithoutServer({ ok: false, error: "too-many" });
    await away();
    const startMs = performance.now();
    expect(await client.ice("viewer")).toBeDefined();
    expect(performance.now() - startMs).toBeGreaterThan(2_000);
    expect(told).toEqual(["away", "back"]);
  });

  it("viewers hear what waited before a picture is published anew, though the server never answers to that", async () => {
    const { client, told, heard, ignored, away } = await hostWithoutServer();
    await away();
    ignored.add("mjpeg.publish");
    client.signal("viewer", Uint8Array.of(1));
    await vi.waitFor(() => expect(heard).toEqual(["room.open", "signal", "mjpeg.publish"]), LIMIT);
    expect(told).toEqual(["away", "back"]);
  });

  it("a question ends without an answer when the host stops, or somebody else has the room", async () => {
    const stopped = await hostWithoutServer();
    await stopped.away();
    const unanswered = stopped.client.ice("viewer");
    stopped.client.close();
    expect(await unanswered).toBeUndefined();

    const taken = await hostWithoutServer({ ok: false, error: "room-taken" });
    await taken.away();
    expect(await taken.client.publish("picture")).toBe(false);
    expect(taken.told).toEqual(["away", "room-refused"]);
    // Nor does anybody wait for a room that is not to be had.
    expect(await taken.client.relay()).toBeUndefined();
  });

  it("a question ends without an answer after a minute: the server has given the room up by then", async () => {
    const { client, away, close } = await hostWithoutServer();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    onTestFinished(() => void vi.useRealTimers());
    void close();
    await away();
    let answer: unknown = "none yet";
    void client.ice("viewer").then((given) => {
      answer = given;
    });
    await vi.advanceTimersByTimeAsync(50_000);
    expect(answer).toBe("none yet");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(answer).toBeUndefined();
  });
});
