import { describe, expect, it } from "vitest";
import { MAX_SIGNAL_BYTES } from "../../protocol/signaling.ts";
import {
  connect,
  disconnected,
  joinRoom,
  nextEvent,
  openRoom,
  randomNonce,
  randomToken,
  startTestServer,
} from "./running.ts";

describe("a meeting through the signaling server", () => {
  it("gives a host a room number of four digits", async () => {
    const server = await startTestServer();
    const { room } = await openRoom(server);
    expect(room).toMatch(/^[1-9][0-9]{3}$/);
  });

  it("announces a viewer to the host with its nonce and its address", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const viewer = await connect(server);
    const nonce = randomNonce();
    const knock = nextEvent(host.client, "room.knock");
    expect(await viewer.emitWithAck("room.join", { room: host.room, nonce })).toEqual({ ok: true });
    const { viewer: name, nonce: seen, from } = await knock;
    expect({ from, nonce: new Uint8Array(seen) }).toEqual({ from: "127.0.0.1", nonce: new Uint8Array(nonce) });
    expect(name.length).toBeGreaterThan(8);
  });

  it("carries signals both ways, in order and byte for byte, up to the limit", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const { client, viewer } = await joinRoom(server, host);
    const heard: string[] = [];
    client.on("signal", ({ peer, data }) => heard.push(`${peer} ${data[0]} ${data.length}`));
    const last = new Promise<void>((resolve) => client.on("signal", ({ data }) => data[0] === 9 && resolve()));
    for (let count = 0; count < 10; count += 1) {
      const data = new Uint8Array(count === 5 ? MAX_SIGNAL_BYTES : 40).fill(count);
      host.client.emit("signal", { peer: viewer, data });
    }
    await last;
    expect(heard).toEqual(
      Array.from({ length: 10 }, (_, count) => `host ${count} ${count === 5 ? MAX_SIGNAL_BYTES : 40}`),
    );

    const back = nextEvent(host.client, "signal");
    client.emit("signal", { peer: "host", data: new Uint8Array([1, 2, 3]) });
    const { peer, data } = await back;
    expect({ peer, data: [...data] }).toEqual({ peer: viewer, data: [1, 2, 3] });
  });

  it("keeps viewers of one room apart, and rooms apart", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const other = await openRoom(server);
    const anna = await joinRoom(server, host);
    const ben = await joinRoom(server, host);
    const carl = await joinRoom(server, other);
    const strays: unknown[] = [];
    ben.client.on("signal", (event) => strays.push(event));
    carl.client.on("signal", (event) => strays.push(event));
    other.client.on("signal", (event) => strays.push(event));
    anna.client.emit("signal", { peer: ben.viewer, data: new Uint8Array([1]) });
    anna.client.emit("signal", { peer: carl.viewer, data: new Uint8Array([2]) });
    other.client.emit("signal", { peer: anna.viewer, data: new Uint8Array([3]) });
    const arrived = nextEvent(host.client, "signal");
    anna.client.emit("signal", { peer: "host", data: new Uint8Array([4]) });
    expect([...(await arrived).data]).toEqual([4]);
    // A round trip on every connection: whatever was on its way has arrived by now.
    for (const client of [ben.client, carl.client, other.client]) {
      await client.emitWithAck("mjpeg.publish", { token: randomToken() });
    }
    expect(strays).toEqual([]);
  });

  it("tells the host when a viewer leaves, and lets it dismiss one", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const anna = await joinRoom(server, host);
    const ben = await joinRoom(server, host);
    const left = nextEvent(host.client, "room.left");
    anna.client.close();
    expect(await left).toEqual({ viewer: anna.viewer });

    host.client.emit("room.dismiss", { viewer: ben.viewer });
    await host.client.emitWithAck("mjpeg.publish", { token: randomToken() });
    const again = nextEvent(host.client, "room.knock");
    const strays: unknown[] = [];
    host.client.on("signal", (event) => strays.push(event));
    ben.client.emit("signal", { peer: "host", data: new Uint8Array([1]) });
    expect(await ben.client.emitWithAck("room.join", { room: host.room, nonce: randomNonce() })).toEqual({ ok: true });
    await again;
    expect(strays).toEqual([]);
  });

  it("tells viewers when the host is gone and when it is back under its number", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const anna = await joinRoom(server, host);
    const gone = nextEvent(anna.client, "room.host");
    host.client.close();
    expect(await gone).toEqual({ present: false });

    const back = nextEvent(anna.client, "room.host");
    const again = await connect(server);
    const reopened = await again.emitWithAck("room.open", { room: host.room, ownerToken: host.ownerToken });
    expect(reopened).toEqual({ ok: true, room: host.room, viewers: [anna.viewer] });
    expect(await back).toEqual({ present: true });
    const signal = nextEvent(again, "signal");
    anna.client.emit("signal", { peer: "host", data: new Uint8Array([5]) });
    expect((await signal).peer).toBe(anna.viewer);
  });

  it("lets the owner take over from a connection that is not yet known to be dead", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const ended = disconnected(host.client);
    const again = await connect(server);
    const answer = await again.emitWithAck("room.open", { room: host.room, ownerToken: host.ownerToken });
    expect(answer).toEqual({ ok: true, room: host.room, viewers: [] });
    expect(await ended).toBe("io server disconnect");
    const { viewer } = await joinRoom(server, { ...host, client: again });
    expect(viewer).not.toBe("");
  });

  it("gives a room to nobody without its owner token", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const thief = await connect(server);
    const taken = { ok: false, error: "room-taken" };
    expect(await thief.emitWithAck("room.open", { room: host.room, ownerToken: randomToken() })).toEqual(taken);
    const gone = nextEvent((await joinRoom(server, host)).client, "room.host");
    host.client.close();
    await gone;
    expect(await thief.emitWithAck("room.open", { room: host.room, ownerToken: randomToken() })).toEqual(taken);
  });

  it("has the room back after a restart, when its host returns by itself", async () => {
    const first = await startTestServer();
    const host = await openRoom(first);
    await joinRoom(first, host);
    const returned = new Promise<void>((resolve) => host.client.io.once("reconnect", () => resolve()));
    await first.close();
    const second = await startTestServer({ port: first.port });
    await returned;
    const answer = await host.client.emitWithAck("room.open", { room: host.room, ownerToken: host.ownerToken });
    expect(answer).toEqual({ ok: true, room: host.room, viewers: [] });
    const { client } = await joinRoom(second, host);
    expect(client.connected).toBe(true);
  });

  it("answers the same for a room that never was and for one whose host is away", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const anna = await joinRoom(server, host);
    const gone = nextEvent(anna.client, "room.host");
    host.client.close();
    await gone;
    const viewer = await connect(server);
    const absent = await viewer.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
    const never = await viewer.emitWithAck("room.join", { room: "999999", nonce: randomNonce() });
    const nonsense = await viewer.emitWithAck("room.join", { room: "0x1", nonce: randomNonce() });
    expect(absent).toEqual({ ok: false, error: "no-such-room" });
    expect(never).toEqual(absent);
    expect(nonsense).toEqual(absent);
  });

  it("lets a socket be one thing: the host of one room, or a viewer of one", async () => {
    const server = await startTestServer();
    const host = await openRoom(server);
    const other = await openRoom(server);
    const { client, viewer } = await joinRoom(server, host);
    const ownerToken = randomToken();
    expect(await host.client.emitWithAck("room.open", { ownerToken })).toEqual({ ok: false, error: "too-many" });
    expect(await client.emitWithAck("room.open", { ownerToken })).toEqual({ ok: false, error: "bad-request" });
    const join = { room: other.room, nonce: randomNonce() };
    expect(await host.client.emitWithAck("room.join", join)).toEqual({ ok: false, error: "bad-request" });
    const left = nextEvent(host.client, "room.left");
    expect(await client.emitWithAck("room.join", join)).toEqual({ ok: true });
    expect(await left).toEqual({ viewer });
  });
});
