import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { lettersKey, roomKey, roomsOfKey, SERVERS_KEY } from "../../signaling/cluster/keys.ts";
import { writeLetter } from "../../signaling/cluster/letter.ts";
import { LEASE_MS, renewLease } from "../../signaling/cluster/membership.ts";
import { RedisLink } from "../../signaling/cluster/redis-link.ts";
import { serverOf } from "../../signaling/core/socket-name.ts";
import { ServerError } from "../../signaling/errors.ts";
import { readRoom, writeRoom } from "../../signaling/store/room-record.ts";
import { startServe } from "../support/deskbeam.ts";
import { freePort } from "../support/free-port.ts";
import { parallel } from "../support/parallel.ts";
import { startRedis, type TestRedis } from "../support/redis-server.ts";
import { MeetingPair } from "./meeting-pair.ts";
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

const SOON = { timeout: 10_000, interval: 50 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.end());

const startServer = (options: Parameters<typeof startTestServer>[0] = {}) =>
  startTestServer({ redisUrl: redis.url, relay: { at: "nowhere" }, mjpeg: false, ...options });

async function roomOf(number: string) {
  return readRoom((await redis.client.get(roomKey(number))) ?? "");
}
const viewersIn = async (number: string) => {
  const room = await roomOf(number);
  return room === undefined || room.state === "resting" ? [] : room.viewers;
};
/** The numbers that came, in the order they came. */
function listen(client: Client): number[] {
  const heard: number[] = [];
  client.on("signal", ({ data }) => heard.push(data[0] ?? -1));
  return heard;
}
const health = async ({ url }: Pick<TestServer, "url">) => (await fetch(`${url}/healthz`)).status;

/** Server `server` is taken for dead by the first that looks, as after a stop of a few seconds. */
const runOutLease = (server: string) => redis.client.call("ZADD", SERVERS_KEY, "XX", "LT", "1", server);

describe("two servers and one Redis", () => {
  it("bring 200 of 200 pairs together, and lose, double or reorder none of 50 signals each way", async () => {
    const [a, b] = [await startServer(), await startServer()];
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
    const letters = await redis.client.keys(lettersKey("*"));
    await vi.waitFor(async () => {
      const waiting = await Promise.all(letters.map((key) => redis.client.xlen(key)));
      expect(waiting.reduce((sum, one) => sum + one, 0)).toBe(0);
    }, SOON);
  }, 60_000);

  it("tell each other who leaves, who comes back, and cut the connection that was taken over", async () => {
    const [a, b] = [await startServer(), await startServer()];
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
    const [a, b] = [await startServer(), await startServer()];
    const host = await openRoom(a);
    const { viewer } = await joinRoom(b, host);
    const left = nextEvent(host.client, "room.left");
    await b.close();
    expect(await left).toEqual({ viewer });
    expect(await viewersIn(host.room)).toEqual([]);
    expect(await redis.client.zcard(SERVERS_KEY)).toBe(1);
  });

  it("drop what somebody else writes into Redis, say so, and go on", async () => {
    const [a, b] = [await startServer(), await startServer()];
    const host = await openRoom(a);
    const { client, viewer } = await joinRoom(b, host);
    const key = lettersKey(serverOf(viewer) ?? "");
    const garbage = ["{", '{"do":"tell"}', '{"do":"tell","socket":"x","notice":{"event":"signal","payload":{}}}', ""];
    for (const text of garbage) await redis.client.xadd(key, "*", "letter", text);
    await redis.client.xadd(key, "*", "nsp", "/", "data", "x");
    const heard = listen(client);
    host.client.emit("signal", { peer: viewer, data: new Uint8Array([7]) });
    await vi.waitFor(() => expect(heard).toEqual([7]), SOON);
    expect(b.logged.filter((line) => line.includes("dropped what is no letter"))).toHaveLength(5);

    await redis.client.del(key);
    await redis.client.set(key, "no stream");
    await vi.waitFor(() => expect(b.logged.join()).toContain("dropped what is no box of letters"), SOON);
    host.client.emit("signal", { peer: viewer, data: new Uint8Array([8]) });
    await vi.waitFor(() => expect(heard).toEqual([7, 8]), SOON);

    // Of two servers that said whether the host is here, the one that spoke first may be heard last.
    const told: boolean[] = [];
    client.on("room.host", ({ present }) => told.push(present));
    const notice = { event: "room.host", payload: { present: false } } as const;
    await redis.client.xadd(key, "*", "letter", writeLetter({ do: "tell", socket: viewer, notice }));
    host.client.emit("signal", { peer: viewer, data: new Uint8Array([9]) });
    await vi.waitFor(() => expect(heard).toEqual([7, 8, 9]), SOON);
    expect(told).toEqual([]);

    await redis.client.set(roomKey(host.room), "no room");
    const stranger = await connect(b);
    const answer = await stranger.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
    expect(answer).toEqual({ ok: false, error: "no-such-room" });
    expect(b.logged.join()).toContain("dropped what is no room");
  });
});

describe("a server that dies", () => {
  it("is replaced within five seconds for its host, and its viewers are ghosts for one lease only; one that was only slow begins anew", async () => {
    const b = await startServer();
    const port = await freePort();
    const args = ["--redis-url", redis.url, "--relay", "off", "--address-limit-factor", "10", "--log-level", "error"];
    const a = await startServe(port, args);
    onTestFinished(async () => void (await a.stop()));
    const host = await openRoom({ ...b, url: a.url });
    const here = await joinRoom(b, host);
    const there = await joinRoom({ ...b, url: a.url }, host);
    const deserted = await openRoom({ ...b, url: a.url });
    const waiting = await joinRoom(b, deserted);
    const slow = await startServer();
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
    expect(await viewersIn(room)).toEqual([here.viewer]);
    expect(await roomOf(deserted.room)).toMatchObject({ state: "orphaned", viewers: [waiting.viewer] });

    // One that lives and was only slow is taken for dead just so: its host is cut off, and comes back to its own room.
    const lateRoom = await roomOf(late.room);
    const lateAway = nextEvent(lateViewer, "room.host");
    const cutOff = disconnected(late.client);
    const name = lateRoom?.state === "open" ? (serverOf(lateRoom.host) ?? "") : "";
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
  const room = await roomOf(number);
  if (room?.state !== "open") throw new Error("the room is not open");
  await redis.client.set(roomKey(number), writeRoom({ ...room, viewers: ["dead.viewer"] }));
  await redis.client.sadd(roomsOfKey("dead"), number);
  await redis.client.zadd(SERVERS_KEY, 1, "dead");
  const box = redis.client.pipeline();
  for (let waiting = 0; waiting < 5_000; waiting += 1) box.xadd(lettersKey("dead"), "*", "letter", "x");
  await box.exec();
}

describe("a server that died with a full box", () => {
  it("is buried, also while somebody goes on talking to it, and keeps nobody's connection from them", async () => {
    const server = await startServer();
    const host = await openRoom(server);
    await leaveDeadServer(host.room);
    const left = nextEvent(host.client, "room.left", LEASE_MS + 8_000);
    const talk = setInterval(() => {
      host.client.emit("signal", { peer: "dead.viewer", data: new Uint8Array([1]) });
    }, 200);
    onTestFinished(() => clearInterval(talk));
    expect(await left).toEqual({ viewer: "dead.viewer" });
    expect(host.client.connected).toBe(true);
    await vi.waitFor(async () => expect(await redis.client.zscore(SERVERS_KEY, "dead")).toBeNull(), SOON);
    expect(await redis.client.exists(lettersKey("dead"))).toBe(0);
  });

  it("begins anew with all its connections if it lives after all: it has perhaps not been told everything", async () => {
    const link = await RedisLink.open(redis.url, () => undefined);
    onTestFinished(() => link.close());
    const server = await startServer();
    const host = await openRoom(server);
    const room = await roomOf(host.room);
    const name = room?.state === "open" ? (serverOf(room.host) ?? "") : "";
    const cutOff = disconnected(host.client);
    await redis.client.zadd(SERVERS_KEY, -1, name);
    expect(await cutOff).toBe("transport close");
    await vi.waitFor(async () => expect((await roomOf(host.room))?.state).toBe("orphaned"), SOON);
    expect((await renewLease(link, name)).standing).toBe("known");
  });
});

describe("a server that compares many rooms", () => {
  it("renews its lease between every hundred of them", async () => {
    const server = await startServer();
    const host = await openRoom(server);
    const room = await roomOf(host.room);
    const name = room?.state === "open" ? (serverOf(room.host) ?? "") : "";
    const numbers = Array.from({ length: 1_000 }, (_, index) => `none-${index}`);
    await redis.client.sadd(roomsOfKey(name), ...numbers);
    const missing = new Set(numbers.map(roomKey));
    let renewals = 0;
    const monitor = await redis.client.monitor();
    onTestFinished(() => monitor.disconnect());
    monitor.on("monitor", (_time: string, [command, ...values]: string[]) => {
      if (command === "get") missing.delete(values[0] ?? "");
      if (missing.size < numbers.length && command === "ZADD" && values.at(-1) === name) renewals += 1;
    });
    await redis.client.zrem(SERVERS_KEY, name);
    await vi.waitFor(() => expect(missing.size).toBe(0), SOON);
    expect(renewals).toBeGreaterThanOrEqual(9);
  });
});

describe("a server that cannot listen", () => {
  it("leaves nothing in Redis, although it had joined the others", async () => {
    const first = await startServer();
    const servers = await redis.client.zcard(SERVERS_KEY);
    await expect(startServer({ port: first.port })).rejects.toThrow(ServerError);
    expect(await redis.client.zcard(SERVERS_KEY)).toBe(servers);
  });
});

describe("a Redis that answers with errors", () => {
  it("is said once, and by /healthz for as long as it does", async () => {
    const full = await startRedis();
    onTestFinished(() => full.end());
    const server = await startServer({ redisUrl: full.url });
    await full.client.config("SET", "maxmemory", "1");
    await vi.waitFor(async () => expect(await health(server)).toBe(503), SOON);
    const client = await connect(server);
    expect(await client.emitWithAck("room.open", { ownerToken: randomToken() })).toMatchObject({
      error: "unavailable",
    });
    expect(server.logged.filter((line) => line.includes("OOM"))).toHaveLength(1);
    await full.client.config("SET", "maxmemory", "0");
    await vi.waitFor(async () => expect(await health(server)).toBe(200), SOON);
    await openRoom(server);
  });

  it("and refuses to delete letters is not asked all the time, and delivers each of them once", async () => {
    const strict = await startRedis();
    onTestFinished(() => strict.end());
    const [a, b] = [await startServer({ redisUrl: strict.url }), await startServer({ redisUrl: strict.url })];
    const host = await openRoom(a);
    const { client, viewer } = await joinRoom(b, host);
    const heard = listen(client);
    await strict.client.call("ACL", "SETUSER", "default", "-xdel");
    await strict.client.config("RESETSTAT");
    for (const number of [1, 2, 3]) {
      host.client.emit("signal", { peer: viewer, data: new Uint8Array([number]) });
      await vi.waitFor(() => expect(heard.at(-1)).toBe(number), SOON);
    }
    const refused = async () =>
      Number(/cmdstat_xdel:.*rejected_calls=(\d+)/.exec(await strict.client.info("commandstats"))?.[1] ?? 0);
    await vi.waitFor(async () => expect(await refused()).toBeGreaterThan(5), SOON);
    const [before, startedMs] = [await refused(), performance.now()];
    await vi.waitFor(async () => expect(await refused()).toBeGreaterThan(before + 5), SOON);
    expect(performance.now() - startedMs).toBeGreaterThan(400);
    expect(heard).toEqual([1, 2, 3]);
    await strict.client.call("ACL", "SETUSER", "default", "+xdel");
    await vi.waitFor(async () => {
      expect(await strict.client.xlen(lettersKey(serverOf(viewer) ?? ""))).toBe(0);
    }, SOON);
  });
});

describe("a Redis that is away", () => {
  it.each(["keep", "lose"] as const)(
    "and comes back (%s its data) costs none of 1,000 messages: each is repeated by an end that was told, or was never lost",
    async (what) => {
      const [a, b] = [await startServer(), await startServer()];
      const pairs = Array.from({ length: 20 }, () => new MeetingPair(a.url, b.url));
      await Promise.all(pairs.map((pair) => pair.carry(10)));
      const all = Promise.all(pairs.map((pair) => pair.carry(50)));
      await redis.stop(what);
      await vi.waitFor(async () => expect([await health(a), await health(b)]).toEqual([503, 503]), SOON);
      await redis.start();
      const backMs = performance.now();
      await all;
      expect(performance.now() - backMs).toBeLessThan(10_000);
      await vi.waitFor(async () => expect([await health(a), await health(b)]).toEqual([200, 200]), SOON);
      for (const pair of pairs) {
        // Repeated ones are dropped by whoever numbers them, as the two ends of a meeting do; none is missing, none out of order.
        expect(pair.heard.filter((one, index) => one !== pair.heard[index - 1])).toEqual(
          Array.from({ length: 50 }, (_, index) => index),
        );
      }
      // Newcomers find what they need as well.
      await joinRoom(b, await openRoom(a));
    },
  );

  it("is said within two seconds to whoever asks, whether it is gone or hangs, and what was begun by then goes on after it", async () => {
    const server = await startServer();
    const host = await openRoom(server);
    const asked = async () => {
      const client = await connect(server);
      const startedMs = performance.now();
      const answer = await client.timeout(5_000).emitWithAck("room.open", { ownerToken: randomToken() });
      expect(answer).toEqual({ ok: false, error: "unavailable" });
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    };
    redis.process().kill("SIGSTOP");
    await Promise.all([asked(), asked(), asked()]);
    redis.process().kill("SIGCONT");
    await vi.waitFor(async () => expect(await health(server)).toBe(200), SOON);
    const viewer = await connect(server);
    await vi.waitFor(async () => {
      const answer = await viewer.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
      expect(answer).toEqual({ ok: true });
    }, SOON);

    await redis.stop("lose");
    await asked();
    expect(await health(server)).toBe(503);
    const cutOff = disconnected(host.client, 10_000);
    await redis.start();
    await cutOff;
    await vi.waitFor(async () => {
      const again = await connect(server);
      const { room, ownerToken } = host;
      expect(await again.emitWithAck("room.open", { room, ownerToken })).toMatchObject({ ok: true, room });
    }, SOON);
  });

  it("uses up nobody's limits", async () => {
    const limits = { ...ROOMY, roomOpensPerAddressPerMinute: 4, joinsPerAddressPerMinute: 4 };
    const server = await startServer({ limits });
    const host = await openRoom(server);
    await redis.stop("keep");
    const unavailable = { ok: false, error: "unavailable" };
    // As long as it has only just gone it is waited for, and that counts.
    await vi.waitFor(async () => {
      const startedMs = performance.now();
      const client = await connect(server);
      expect(await client.emitWithAck("room.open", { ownerToken: randomToken() })).toEqual(unavailable);
      expect(performance.now() - startedMs).toBeLessThan(500);
    }, SOON);
    for (let tries = 0; tries < 5; tries += 1) {
      const [opener, joiner] = [await connect(server), await connect(server)];
      expect(await opener.emitWithAck("room.open", { ownerToken: randomToken() })).toEqual(unavailable);
      const knock = { room: host.room, nonce: randomNonce() };
      expect(await joiner.emitWithAck("room.join", knock)).toEqual(unavailable);
    }
    await redis.start();
    await vi.waitFor(async () => expect(await health(server)).toBe(200), SOON);
    await joinRoom(server, await openRoom(server));
  });

  it("at the start is an error that names it without its password", async () => {
    const port = await freePort();
    const error = await startServer({ redisUrl: `redis://:hunter2@127.0.0.1:${port}` }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(ServerError);
    expect(String(error)).toContain(`Redis at redis://127.0.0.1:${port} cannot be used (connect ECONNREFUSED`);
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  });

  it("and wants a password gets it from the URL, and no log line repeats it", async () => {
    const locked = await startRedis(["--requirepass", "hunter2"]);
    onTestFinished(() => locked.end());
    const wrong = await startServer({ redisUrl: locked.url }).catch((one: unknown) => one);
    expect(String(wrong)).toMatch(/cannot be used \(.*(NOAUTH|Authentication)/i);
    const server = await startServer({ redisUrl: locked.url.replace("//", "//:hunter2@") });
    await openRoom(server);
    await locked.stop("lose");
    await vi.waitFor(async () => expect(await health(server)).toBe(503), SOON);
    expect(server.logged.join()).toContain("Redis is away");
    expect(server.logged.join()).not.toContain("hunter2");
  });
});
