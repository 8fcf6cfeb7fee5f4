import { connect as netConnect } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_SIGNAL_BYTES, MAX_SIGNALING_MESSAGE_BYTES } from "../../protocol/signaling.ts";
import { openLine } from "../support/tcp-line.ts";
import {
  type Client,
  connect,
  disconnected,
  joinRoom,
  nextEvent,
  openRoom,
  ROOMY,
  randomNonce,
  randomToken,
  startTestServer,
  type TestServer,
} from "./running.ts";

/** A client without the types that keep it honest. */
type RawClient = {
  emit(event: string, ...args: unknown[]): unknown;
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>;
};
const raw = (client: Client): RawClient => client as RawClient;

async function stillServes(server: TestServer): Promise<void> {
  const host = await openRoom(server);
  const { client, viewer } = await joinRoom(server, host);
  const signal = nextEvent(client, "signal");
  host.client.emit("signal", { peer: viewer, data: new Uint8Array([1]) });
  expect((await signal).peer).toBe("host");
}

describe("messages that are not part of the protocol", () => {
  it("are answered bad-request where there is an answer, and the connection goes on", async () => {
    const server = await startTestServer();
    const client = await connect(server);
    const refusal = { ok: false, error: "bad-request" };
    expect(await raw(client).emitWithAck("room.open", { ownerToken: "short" })).toEqual(refusal);
    expect(await raw(client).emitWithAck("room.open")).toEqual(refusal);
    expect(await raw(client).emitWithAck("room.join", { room: 7316, nonce: "no bytes" })).toEqual(refusal);
    expect(await raw(client).emitWithAck("no such event", { a: 1 })).toEqual(refusal);
    expect(await client.emitWithAck("room.open", { ownerToken: randomToken() })).toMatchObject({ ok: true });
  });

  it("end the connection when they keep coming, and no other", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, malformedPerSocket: 20 } });
    const bystander = await connect(server);
    const client = await connect(server);
    const ended = disconnected(client);
    for (let count = 0; count < 20; count += 1) raw(client).emit("nonsense", count);
    expect(await ended).toBe("io server disconnect");
    expect(await bystander.emitWithAck("room.open", { ownerToken: randomToken() })).toMatchObject({ ok: true });
  });

  it("never stop the server or show its insides, whatever they hold", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, malformedPerSocket: 1e9, viewerMessageBurst: 1e9 } });
    const client = await connect(server);
    const events = ["room.open", "room.join", "room.dismiss", "signal", "mjpeg.publish", "mjpeg.revoke", "other"];
    const value = fc.oneof(
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 100 }),
      fc.dictionary(fc.string(), fc.jsonValue()),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...events), fc.array(value, { maxLength: 2 }), async (event, args) => {
        const reply = await raw(client).emitWithAck(event, ...args);
        expect(reply).toEqual({ ok: false, error: "bad-request" });
      }),
      { numRuns: 300 },
    );
    await stillServes(server);
  });

  it("that are larger than the limit close the socket, and nobody else notices", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const { client, viewer } = await joinRoom(server, host);
    const ended = disconnected(client);
    client.emit("signal", { peer: "host", data: new Uint8Array(MAX_SIGNALING_MESSAGE_BYTES + 1) });
    expect(await ended).toMatch(/^transport/);
    expect(viewer).not.toBe("");
    await stillServes(server);
  });

  it("that are larger than a signal but fit a message are dropped", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const { client } = await joinRoom(server, host);
    const next = nextEvent(host.client, "signal");
    client.emit("signal", { peer: "host", data: new Uint8Array(MAX_SIGNAL_BYTES + 1) });
    client.emit("signal", { peer: "host", data: new Uint8Array([7]) });
    expect([...(await next).data]).toEqual([7]);
  });

  it("that break socket.io itself close their own connection only", async () => {
    const server = await startTestServer();
    const bystander = await connect(server);
    // Packets of socket.io: 0 connect, 1 disconnect, 2 event, 3 answer, 4 error, 5 event with attachments.
    const broken = [
      "",
      "x",
      "9",
      '2["connect"]',
      '2["newListener"]',
      "2",
      "2{}",
      "5",
      "5999999999-[]",
      '51-["signal"]2',
      `2${"[".repeat(5_000)}`,
    ];
    for (const packet of broken) {
      const client = await connect(server);
      const ended = disconnected(client);
      client.io.engine.send(packet);
      client.io.engine.send(new Uint8Array([1, 2, 3]));
      expect(await ended, packet).toMatch(/^transport/);
    }
    expect(await bystander.emitWithAck("room.open", { ownerToken: randomToken() })).toMatchObject({ ok: true });
  });

  it("that are no WebSocket frames at all close their own connection only", async () => {
    const server = await startTestServer();
    const bystander = await connect(server);
    for (const noise of [Buffer.alloc(4_096, 0xff), Buffer.alloc(4_096), Buffer.from("GET / HTTP/1.1\r\n\r\n")]) {
      const socket = netConnect(server.port, "127.0.0.1");
      const over = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.resume();
      socket.write(
        "GET /signaling/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n" +
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
      );
      await new Promise((resolve) => socket.once("data", resolve));
      socket.write(noise);
      await over;
    }
    expect(await bystander.emitWithAck("room.open", { ownerToken: randomToken() })).toMatchObject({ ok: true });
  });
});

describe("limits", () => {
  it("let a viewer send a burst, then close its socket", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const { client } = await joinRoom(server, host);
    const emit = (count: number) => {
      for (let sent = 0; sent < count; sent += 1) client.emit("signal", { peer: "host", data: new Uint8Array([1]) });
    };
    let arrived = 0;
    const burst = new Promise<void>((resolve) => {
      host.client.on("signal", () => {
        arrived += 1;
        if (arrived === 99) resolve();
      });
    });
    emit(99); // and the join before it: a hundred
    await burst;
    const ended = disconnected(client);
    const left = nextEvent(host.client, "room.left");
    emit(1_000);
    expect(await ended).toBe("io server disconnect");
    await left;
    expect(arrived).toBeLessThan(300);
  });

  it("close a socket that sends too many bytes in messages of the right size", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, byteBurst: 100_000, bytesPerSecond: 1_000 } });
    const host = await openRoom(server);
    const { client } = await joinRoom(server, host);
    const ended = disconnected(client);
    for (let count = 0; count < 6; count += 1) {
      client.emit("signal", { peer: "host", data: new Uint8Array(MAX_SIGNAL_BYTES) });
    }
    expect(await ended).toMatch(/^transport/);
    await stillServes(server);
  });

  it("cut off a viewer that does not read what it is sent, and tell the host", async () => {
    const generous = { bytesPerSecond: 1e9, byteBurst: 1e9, hostMessagesPerSecond: 1e9, hostMessageBurst: 1e9 };
    const server = await startTestServer({ limits: { ...ROOMY, ...generous } });
    const host = await openRoom(server);
    const line = await openLine(server.port);
    const { client, viewer } = await joinRoom({ ...server, url: line.url }, host);
    let left = false;
    const gone = nextEvent(host.client, "room.left", 15_000).then((event) => {
      left = true;
      return event;
    });
    line.stall();
    while (!left) {
      for (let count = 0; count < 20; count += 1) {
        host.client.emit("signal", { peer: viewer, data: new Uint8Array(MAX_SIGNAL_BYTES) });
      }
      // A round trip, so that this does not run ahead of the server.
      await host.client.emitWithAck("mjpeg.publish", { token: viewer.padEnd(22, "0") });
    }
    expect(await gone).toEqual({ viewer });
    client.close();
  });

  it("send a socket away that asks for three rooms that are not there", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, unknownRoomsPerSocket: 3 } });
    const client = await connect(server);
    const ended = disconnected(client);
    const ask = (room: string) => client.emitWithAck("room.join", { room, nonce: randomNonce() });
    const unknown = { ok: false, error: "no-such-room" };
    expect(await ask("1001")).toEqual(unknown);
    expect(await ask("1001")).toEqual(unknown);
    expect(await ask("1002")).toEqual(unknown);
    expect(await ask("1003")).toEqual(unknown);
    expect(await ended).toBe("io server disconnect");
  });

  it("block an address that tries many room numbers, also for rooms that exist", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, unknownRoomsPerAddressPerMinute: 5 } });
    const host = await openRoom(server);
    const client = await connect(server);
    const ask = (room: string) => client.emitWithAck("room.join", { room, nonce: randomNonce() });
    // The same number again and again is a viewer that waits for its host.
    for (let count = 0; count < 20; count += 1)
      expect(await ask("99999")).toEqual({ ok: false, error: "no-such-room" });
    for (let count = 1; count <= 5; count += 1) await ask(`9999${count}`);
    expect(await ask(host.room)).toEqual({ ok: false, error: "too-many" });
  });

  it("hold joins, rooms and connections per address to their figures", async () => {
    const joins = await startTestServer({ limits: { ...ROOMY, joinsPerAddressPerMinute: 2 } });
    const host = await openRoom(joins);
    const viewer = await connect(joins);
    const answers: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      answers.push(await viewer.emitWithAck("room.join", { room: host.room, nonce: randomNonce() }));
    }
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: false, error: "too-many" }]);

    const rooms = await startTestServer({ limits: { ...ROOMY, roomsPerAddress: 2 } });
    const first = await openRoom(rooms);
    await openRoom(rooms);
    await expect(openRoom(rooms)).rejects.toThrow("no room: too-many");
    const { client: inside } = await joinRoom(rooms, first);
    const gone = nextEvent(inside, "room.host");
    first.client.close();
    await gone;
    await openRoom(rooms);

    const connections = await startTestServer({ limits: { ...ROOMY, openConnectionsPerAddress: 1 } });
    await connect(connections);
    await expect(connect(connections)).rejects.toThrow();
    expect(connections.logged.join("\n")).toContain("Too many connections");
  });

  it("keep to one viewer's figure for each socket and to the room's for all viewers", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, viewersPerRoom: 2, joinsPerSocketPerMinute: 1 } });
    const host = await openRoom(server);
    const { client } = await joinRoom(server, host);
    const again = await client.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
    expect(again).toEqual({ ok: false, error: "too-many" });
    await joinRoom(server, host);
    await expect(joinRoom(server, host)).rejects.toThrow("not let in: busy");
  });

  it("count the address a trusted proxy names, and tell it to the host", async () => {
    const server = await startTestServer({ trustProxy: true, limits: { ...ROOMY, openConnectionsPerAddress: 2 } });
    const host = await openRoom(server);
    const viewer = await connect(server, { "X-Forwarded-For": "10.9.9.9, 203.0.113.5" });
    const knock = nextEvent(host.client, "room.knock");
    await viewer.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
    expect((await knock).from).toBe("203.0.113.5");
  });
});
