import { describe, expect, it, onTestFinished, vi } from "vitest";
import { lettersKey } from "../../signaling/cluster/keys.ts";
import { serverOf } from "../../signaling/core/socket-name.ts";
import { ServerError } from "../../signaling/errors.ts";
import { freePort } from "../support/free-port.ts";
import { startRedis } from "../support/redis-server.ts";
import { MeetingPair } from "./meeting-pair.ts";
import { connect, disconnected, joinRoom, openRoom, ROOMY, randomNonce, randomToken } from "./running.ts";
import { health, listen, SharedRooms, SOON } from "./shared-rooms.ts";

const shared = new SharedRooms();

describe("a Redis that answers with errors", () => {
  it("is said once, and by /healthz for as long as it does", async () => {
    const full = await startRedis();
    onTestFinished(() => full.end());
    const server = await shared.startServer({ redisUrl: full.url });
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
    const [a, b] = [
      await shared.startServer({ redisUrl: strict.url }),
      await shared.startServer({ redisUrl: strict.url }),
    ];
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
      const [a, b] = [await shared.startServer(), await shared.startServer()];
      const pairs = Array.from({ length: 20 }, () => new MeetingPair(a.url, b.url));
      await Promise.all(pairs.map((pair) => pair.carry(10)));
      const all = Promise.all(pairs.map((pair) => pair.carry(50)));
      await shared.redis.stop(what);
      await vi.waitFor(async () => expect([await health(a), await health(b)]).toEqual([503, 503]), SOON);
      await shared.redis.start();
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
    const server = await shared.startServer();
    const host = await openRoom(server);
    const asked = async () => {
      const client = await connect(server);
      const startedMs = performance.now();
      const answer = await client.timeout(5_000).emitWithAck("room.open", { ownerToken: randomToken() });
      expect(answer).toEqual({ ok: false, error: "unavailable" });
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    };
    shared.redis.process().kill("SIGSTOP");
    await Promise.all([asked(), asked(), asked()]);
    shared.redis.process().kill("SIGCONT");
    await vi.waitFor(async () => expect(await health(server)).toBe(200), SOON);
    const viewer = await connect(server);
    await vi.waitFor(async () => {
      const answer = await viewer.emitWithAck("room.join", { room: host.room, nonce: randomNonce() });
      expect(answer).toEqual({ ok: true });
    }, SOON);

    await shared.redis.stop("lose");
    await asked();
    expect(await health(server)).toBe(503);
    const cutOff = disconnected(host.client, 10_000);
    await shared.redis.start();
    await cutOff;
    await vi.waitFor(async () => {
      const again = await connect(server);
      const { room, ownerToken } = host;
      expect(await again.emitWithAck("room.open", { room, ownerToken })).toMatchObject({ ok: true, room });
    }, SOON);
  });

  it("uses up nobody's limits", async () => {
    const limits = { ...ROOMY, roomOpensPerAddressPerMinute: 4, joinsPerAddressPerMinute: 4 };
    const server = await shared.startServer({ limits });
    const host = await openRoom(server);
    await shared.redis.stop("keep");
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
    await shared.redis.start();
    await vi.waitFor(async () => expect(await health(server)).toBe(200), SOON);
    await joinRoom(server, await openRoom(server));
  });

  it("at the start is an error that names it without its password", async () => {
    const port = await freePort();
    const error = await shared
      .startServer({ redisUrl: `redis://:hunter2@127.0.0.1:${port}` })
      .catch((one: unknown) => one);
    expect(error).toBeInstanceOf(ServerError);
    expect(String(error)).toContain(`Redis at redis://127.0.0.1:${port} cannot be used (connect ECONNREFUSED`);
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  });

  it("and wants a password gets it from the URL, and no log line repeats it", async () => {
    const locked = await startRedis(["--requirepass", "hunter2"]);
    onTestFinished(() => locked.end());
    const wrong = await shared.startServer({ redisUrl: locked.url }).catch((one: unknown) => one);
    expect(String(wrong)).toMatch(/cannot be used \(.*(NOAUTH|Authentication)/i);
    const server = await shared.startServer({ redisUrl: locked.url.replace("//", "//:hunter2@") });
    await openRoom(server);
    await locked.stop("lose");
    await vi.waitFor(async () => expect(await health(server)).toBe(503), SOON);
    expect(server.logged.join()).toContain("Redis is away");
    expect(server.logged.join()).not.toContain("hunter2");
  });
});
