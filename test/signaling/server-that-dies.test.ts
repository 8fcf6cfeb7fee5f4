import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { lettersKey, roomKey, roomsOfKey, SERVERS_KEY } from "../../signaling/cluster/keys.ts";
import { LEASE_MS, renewLease } from "../../signaling/cluster/membership.ts";
import { RedisLink } from "../../signaling/cluster/redis-link.ts";
import { writeRoom } from "../../signaling/store/room-record.ts";
import { startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";
import { connect, disconnected, joinRoom, nextEvent, openRoom } from "./running.ts";
import { listen, SharedRooms, SOON } from "./shared-rooms.ts";

const shared = new SharedRooms();

/** Server `server` is taken for dead by the first that looks, as after a stop of a few seconds. */
const runOutLease = (server: string) => shared.redis.client.call("ZADD", SERVERS_KEY, "XX", "LT", "1", server);

describe("a server that dies", () => {
  it("is replaced within five seconds for its host, and its viewers are ghosts for one lease only; one that was only slow begins anew", async () => {
    const b = await shared.startServer();
    const port = await freePort();
    const args = [
      "--redis-url",
      shared.redis.url,
      "--relay",
      "off",
      "--address-limit-factor",
      "10",
      "--log-level",
      "error",
    ];
    const a = await startServe(port, args);
    onTestFinished(async () => void (await a.stop()));
    const host = await openRoom({ ...b, url: a.url });
    const here = await joinRoom(b, host);
    const there = await joinRoom({ ...b, url: a.url }, host);
    const deserted = await openRoom({ ...b, url: a.url });
    const waiting = await joinRoom(b, deserted);
    const slow = await shared.startServer();
    const late = await openRoom(slow);
    const { client: lateViewer } = await joinRoom(b, late);

    const back = nextEvent(here.client, "room.host");
    const away = nextEvent(waiting.client, "room.host", 15_000);
    const gone = once(a.process, "exit");
    a.process.kill("SIGKILL");
    await gone;
    const killedMs = performance.now();
    const again = await connect(b);
    const { room, ownerToken } = host;
    expect(await again.emitWithAck("room.open", { room, ownerToken })).toMatchObject({ ok: true });
    expect(await back).toEqual({ present: true });
    expect(performance.now() - killedMs).toBeLessThan(5_000);
    const heard = listen(here.client);
    again.emit("signal", { peer: here.viewer, data: new Uint8Array([1]) });
    await vi.waitFor(() => expect(heard).toEqual([1]), SOON);

    // Nobody comes for the other room: its viewer is told, and the number kept for the owner as always.
    const left = nextEvent(again, "room.left", 15_000);
    expect(await away).toEqual({ present: false });
    expect(await left).toEqual({ viewer: there.viewer });
    expect(performance.now() - killedMs).toBeLessThan(LEASE_MS + 5_000);
    expect(await shared.viewersIn(room)).toEqual([here.viewer]);
    expect(await shared.room(deserted.room)).toMatchObject({ state: "orphaned", viewers: [waiting.viewer] });

    // One that lives and was only slow is taken for dead just so: its host is cut off, and comes back to its own room.
    const name = await shared.serverOfHost(late.room);
    const lateAway = nextEvent(lateViewer, "room.host");
    const cutOff = disconnected(late.client);
    const isBuried = () => b.logged.concat(slow.logged).some((line) => line.includes(name));
    while (!isBuried()) {
      await runOutLease(name);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await lateAway).toEqual({ present: false });
    expect(await cutOff).toBe("transport close");
    const lateBack = nextEvent(lateViewer, "room.host");
    await new Promise<void>((resolve) => late.client.once("connect", resolve));
    const claim = { room: late.room, ownerToken: late.ownerToken };
    expect(await late.client.emitWithAck("room.open", claim)).toMatchObject({
      ok: true,
      viewers: [expect.any(String)],
    });
    expect(await lateBack).toEqual({ present: true });
  });
});

/** A server `dead` that wrote what it had to, and was never heard of again: its lease is over and its box is full. */
async function leaveDeadServer(number: string): Promise<void> {
  const room = await shared.room(number);
  if (room?.state !== "open") throw new Error("the room is not open");
  await shared.redis.client.set(roomKey(number), writeRoom({ ...room, viewers: ["dead.viewer"] }));
  await shared.redis.client.sadd(roomsOfKey("dead"), number);
  await shared.redis.client.zadd(SERVERS_KEY, 1, "dead");
  const box = shared.redis.client.pipeline();
  for (let waiting = 0; waiting < 5_000; waiting += 1) box.xadd(lettersKey("dead"), "*", "letter", "x");
  await box.exec();
}

describe("a server that died with a full box", () => {
  it("is buried, also while somebody goes on talking to it, and keeps nobody's connection from them", async () => {
    const server = await shared.startServer();
    const host = await openRoom(server);
    await leaveDeadServer(host.room);
    const left = nextEvent(host.client, "room.left", LEASE_MS + 8_000);
    const talk = setInterval(() => {
      host.client.emit("signal", { peer: "dead.viewer", data: new Uint8Array([1]) });
    }, 200);
    onTestFinished(() => clearInterval(talk));
    expect(await left).toEqual({ viewer: "dead.viewer" });
    expect(host.client.connected).toBe(true);
    await vi.waitFor(async () => expect(await shared.redis.client.zscore(SERVERS_KEY, "dead")).toBeNull(), SOON);
    expect(await shared.redis.client.exists(lettersKey("dead"))).toBe(0);
  });

  it("begins anew with all its connections if it lives after all: it has perhaps not been told everything", async () => {
    const link = await RedisLink.open(shared.redis.url, () => undefined);
    onTestFinished(() => link.close());
    const server = await shared.startServer();
    const host = await openRoom(server);
    const name = await shared.serverOfHost(host.room);
    const cutOff = disconnected(host.client);
    await shared.redis.client.zadd(SERVERS_KEY, -1, name);
    expect(await cutOff).toBe("transport close");
    await vi.waitFor(async () => expect((await shared.room(host.room))?.state).toBe("orphaned"), SOON);
    expect((await renewLease(link, name)).standing).toBe("known");
  });
});

describe("a server that compares many rooms", () => {
  it("renews its lease between every hundred of them", async () => {
    const server = await shared.startServer();
    const host = await openRoom(server);
    const name = await shared.serverOfHost(host.room);
    const numbers = Array.from({ length: 1_000 }, (_, index) => `none-${index}`);
    await shared.redis.client.sadd(roomsOfKey(name), ...numbers);
    const missing = new Set(numbers.map(roomKey));
    let renewals = 0;
    const monitor = await shared.redis.client.monitor();
    onTestFinished(() => monitor.disconnect());
    monitor.on("monitor", (_time: string, [command, ...values]: string[]) => {
      if (command === "get") missing.delete(values[0] ?? "");
      if (missing.size < numbers.length && command === "ZADD" && values.at(-1) === name) renewals += 1;
    });
    await shared.redis.client.zrem(SERVERS_KEY, name);
    await vi.waitFor(() => expect(missing.size).toBe(0), SOON);
    expect(renewals).toBeGreaterThanOrEqual(9);
  });
});
