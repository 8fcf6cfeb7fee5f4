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

/** A server that answers to `room.open` what the test says, in order, and keeps a record. */
async function serverAnswering(...answers: (OpenAnswer | "silence")[]) {
  const web = createServer();
  const server = new Server<ClientToServerEvents, ServerToClientEvents>(web, {
    path: SIGNALING_PATH,
    transports: ["websocket"],
  });
  const heard: string[] = [];
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.onAny((event: string, _request: unknown, answer?: (answer: unknown) => void) => {
      heard.push(event);
      if (event === "mjpeg.publish") answer?.({ ok: true });
      if (event !== "room.open") return;
      const next = answers.shift() ?? OPEN;
      if (next !== "silence") answer?.(next);
    });
  });
  await new Promise<void>((listening) => web.listen(0, "127.0.0.1", listening));
  onTestFinished(() => server.close());
  // An address, not a pipe's name, because it listens on a port.
  const { port } = web.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, heard, sockets };
}

async function clientOf(url: string) {
  const told: string[] = [];
  const client = await openSignaling(url, "owner", {
    knock: () => {},
    signal: () => {},
    left: () => {},
    watchers: () => {},
    connected: (connected) => told.push(connected ? "back" : "away"),
    lost: (error) => told.push(error.code),
  });
  onTestFinished(() => client.close());
  return { client, told };
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
    await vi.waitFor(() => expect(heard).toEqual(["room.open", "mjpeg.revoke", "signal", "room.dismiss"]), LIMIT);
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
