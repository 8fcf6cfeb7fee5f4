import { describe, expect, it, vi } from "vitest";
import { lettersKey, roomKey, SERVERS_KEY } from "../../signaling/cluster/keys.ts";
import { writeLetter } from "../../signaling/cluster/letter.ts";
import { serverOf } from "../../signaling/core/socket-name.ts";
import { ServerError } from "../../signaling/errors.ts";
import { parallel } from "../support/parallel.ts";
import { connect, disconnected, joinRoom, nextEvent, openRoom, randomNonce } from "./running.ts";
import { listen, SharedRooms, SOON } from "./shared-rooms.ts";

const shared = new SharedRooms();

describe("two servers and one Redis", () => {
  it("bring 200 of 200 pairs together, and lose, double or reorder none of 50 signals each way", async () => {
    const [a, b] = [await shared.startServer(), await shared.startServer()];
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const meet = async (index: number) => {
      const [hosts, viewers] = index % 2 === 0 ? [a, b] : [b, a];
      const host = await openRoom(hosts);
      const { client, viewer } = await joinRoom(viewers, host);
      const heard = [listen(host.client), listen(client)];
      for (const number of numbers) {
        const data = new Uint8Array([number, ...new Uint8Array(40)]);
        host.client.emit("signal", { peer: viewer, data });
        client.emit("signal", { peer: "host", data });
      }
      const isComplete = (one: number[]) => one.length >= numbers.length;
      await vi.waitFor(() => expect(heard.every(isComplete)).toBe(true), { timeout: 10_000, interval: 10 });
      return heard;
    };
    const pairs = Array.from({ length: 200 }, (_, index) => index);
    const heard = (await parallel(pairs, 20, meet)).flat();
    expect(heard).toHaveLength(400);
    expect(heard).toEqual(heard.map(() => numbers));
    expect([...a.logged, ...b.logged].filter((line) => /^(warn|error)/.test(line))).toEqual([]);
    // What was read is gone: Redis holds rooms, not what was said in them.
    const letters = await shared.redis.client.keys(lettersKey("*"));
    await vi.waitFor(async () => {
      const waiting = await Promise.all(letters.map((key) => shared.redis.client.xlen(key)));
      expect(waiting.reduce((sum, one) => sum + one, 0)).toBe(0);
    }, SOON);
  }, 60_000);

  it("tell each other who leaves, who comes back, and cut the connection that was taken over", async () => {
    const [a, b] = [await shared.startServer(), await shared.startServer()];
    const host = await openRoom(a);
    const { client, viewer } = await joinRoom(b, host);
    const cutOff = disconnected(host.client);
    const again = await connect(b);
    const present = nextEvent(client, "room.host");
    const { room, ownerToken } = host;
    expect(await again.emitWithAck("room.open", { room, ownerToken })).toMatchObject({ ok: true, viewers: [viewer] });
    expect(await present).toEqual({ present: true });
    expect(await cutOff).toBe("io server disconnect");
    const left = nextEvent(again, "room.left");
    client.close();
    expect(await left).toEqual({ viewer });
  });

  it("leave nothing of a server that is stopped, and its viewers' hosts hear of it", async () => {
    const [a, b] = [await shared.startServer(), await shared.startServer()];
    const host = await openRoom(a);
    const { viewer } = await joinRoom(b, host);
    const left = nextEvent(host.client, "room.left");
    await b.close();
    expect(await left).toEqual({ viewer });
    expect(await shared.viewersIn(host.room)).toEqual([]);
    expect(await shared.redis.client.zcard(SERVERS_KEY)).toBe(1);
  });

  it("drop what somebody else writes into Redis, say so, and go on", async () => {
    const [a, b] = [await shared.startServer(), await shared.startServer()];
    const host = await openRoom(a);
    const { client, viewer } = await joinRoom(b, host);
    const key = lettersKey(serverOf(viewer) ?? "");
    const garbage = ["{", '{"do":"tell"}', '{"do":"tell","socket":"x","notice":{"event":"signal","payload":{}}}', ""];
    for (const text of garbage) await shared.redis.client.xadd(key, "*", "letter", text);
    await shared.redis.client.xadd(key, "*", "nsp", "/", "data", "x");
    const heard = listen(client);
    host.client.emit("signal", { peer: viewer, data: new Uint8Array([7]) });
    await vi.waitFor(() => expect(heard).toEqual([7]), SOON);
    expect(b.logged.filter((line) => line.includes("dropped what is no letter"))).toHaveLength(5);

    await shared.redis.client.del(key);
    await shared.redis.client.set(key, "no stream");
    await vi.waitFor(() => expect(b.logged.join()).toContain("dropped what is no box of letters"), SOON);
    host.client.emit("signal", { peer: viewer, data: new Uint8Array([8]) });
    await vi.waitFor(() => expect(heard).toEqual([7, 8]), SOON);

    // Of two servers that said whether the host is here, the one that spoke first may be heard last.
    const told: boolean[] = [];
    client.on("room.host", ({ present }) => told.push(present));
    const notice = { event: "room.host", payload: { present: false } } as const;
    await shared.redis.client.xadd(key, "*", "letter", writeLetter({ do: "tell", socket: viewer, notice }));
    host.client.emit("signal", { peer: viewer, data: new Uint8Array([9]) });
    await vi.waitFor(() => expect(heard).toEqual([7, 8, 9]), SOON);
    expect(told).toEqual([]);

    await shared.redis.client.set(roomKey(host.room), "no room");
    const stranger = await connect(b);
    const answer = await stranger.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
    expect(answer).toEqual({ ok: false, error: "no-such-room" });
    expect(b.logged.join()).toContain("dropped what is no room");
  });
});

describe("a server that cannot listen", () => {
  it("leaves nothing in Redis, although it had joined the others", async () => {
    const first = await shared.startServer();
    const servers = await shared.redis.client.zcard(SERVERS_KEY);
    await expect(shared.startServer({ port: first.port })).rejects.toThrow(ServerError);
    expect(await shared.redis.client.zcard(SERVERS_KEY)).toBe(servers);
  });
});
