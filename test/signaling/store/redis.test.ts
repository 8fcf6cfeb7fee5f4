import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DEADLINES_KEY, KEY_LIFE_MS, roomKey, roomsOfKey } from "../../../signaling/cluster/keys.ts";
import { RedisLink } from "../../../signaling/cluster/redis-link.ts";
import type { Decision, Room } from "../../../signaling/core/rooms.ts";
import { RedisRoomStore } from "../../../signaling/store/redis.ts";
import { describeRoomStore } from "../../conformance/room-store.ts";
import { startRedis, type TestRedis } from "../../support/redis-server.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.end());

const logged: string[] = [];
const createStore = async () => {
  await redis.client.flushall();
  logged.length = 0;
  return openStore();
};
async function openStore(): Promise<RedisRoomStore> {
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  return new RedisRoomStore(await RedisLink.open(redis.url, log), log);
}
async function freshStore(): Promise<RedisRoomStore> {
  const store = await createStore();
  onTestFinished(() => store.close());
  return store;
}

describeRoomStore("Redis", createStore);

const open = (host: string, viewers: readonly string[]): Room => ({ state: "open", ownerHash: "abc", host, viewers });
const become = (room: Room | undefined): Decision<void> => ({ room, effects: [], answer: undefined });

describe("rooms in a Redis", () => {
  it("lose no change when several servers make theirs at once", async () => {
    const stores = [await freshStore(), await openStore(), await openStore()];
    onTestFinished(() => void stores.map((store) => store.close()));
    await stores[0]?.change("7316", () => become(open("a.host", [])));
    const names = Array.from({ length: 60 }, (_, index) => `a.viewer-${index}`);
    await Promise.all(
      names.map((name, index) =>
        stores[index % stores.length]?.change("7316", (room) => {
          if (room?.state !== "open") throw new Error("the room is gone");
          return become({ ...room, viewers: [...room.viewers, name] });
        }),
      ),
    );
    const room = await stores[1]?.read("7316");
    expect(room?.state === "open" && new Set(room.viewers)).toEqual(new Set(names));
  });

  it("are listed under each server whose sockets are in them, for as long as they are", async () => {
    const store = await freshStore();
    await store.change("7316", () => become(open("a.host", ["b.anna", "c.ben"])));
    await store.change("7316", () => become(open("a.host", ["c.ben"])));
    const lists = await Promise.all(["a", "b", "c"].map((server) => redis.client.smembers(roomsOfKey(server))));
    expect(lists).toEqual([["7316"], [], ["7316"]]);
  });

  it("and all that belongs to them have an end, whatever becomes of the servers", async () => {
    const store = await freshStore();
    await store.change("7316", () => become(open("a.host", [])));
    await store.change("8000", () => become({ state: "resting", ownerHash: "abc", untilMs: 5 }));
    const keys = await redis.client.keys("*");
    expect(new Set(keys)).toEqual(new Set([roomKey("7316"), roomKey("8000"), DEADLINES_KEY, roomsOfKey("a")]));
    for (const key of keys) {
      const lifeMs = await redis.client.pttl(key);
      expect(lifeMs, key).toBeGreaterThan(KEY_LIFE_MS - 60_000);
      expect(lifeMs, key).toBeLessThanOrEqual(KEY_LIFE_MS);
    }
  });

  it.each([
    ["no JSON", "{"],
    ["another shape", '{"state":"open","host":7}'],
    ["a room with more in it", '{"state":"resting","ownerHash":"a","untilMs":1,"__proto__":{"x":1}}'],
    ["nothing", ""],
  ])("are not there where somebody wrote %s, and it is said and written over", async (_, garbage) => {
    const store = await freshStore();
    await redis.client.set(roomKey("7316"), garbage);
    expect(await store.read("7316")).toBeUndefined();
    await store.change("7316", (room) => {
      expect(room).toBeUndefined();
      return become(open("a.host", []));
    });
    expect(await store.read("7316")).toEqual(open("a.host", []));
    expect(logged).toContain("warn: dropped what is no room");
  });

  it("are not there where somebody made a list of one, and it goes", async () => {
    const store = await freshStore();
    await redis.client.rpush(roomKey("7316"), "x");
    expect(await store.read("7316")).toBeUndefined();
    await store.change("7316", () => become(open("a.host", [])));
    expect(await store.read("7316")).toEqual(open("a.host", []));
  });

  it("leave no deadline behind that leads to no room", async () => {
    const store = await freshStore();
    await redis.client.zadd(DEADLINES_KEY, 1, "7316");
    expect(await store.due(2)).toEqual([]);
    expect(await redis.client.zcard(DEADLINES_KEY)).toBe(0);
  });

  it("cost no write when somebody guesses a number", async () => {
    const store = await freshStore();
    await redis.client.config("RESETSTAT");
    await store.change("7316", (room) => become(room));
    const ran = await redis.client.info("commandstats");
    expect(ran).toMatch(/cmdstat_get:calls=1,/);
    expect(ran).not.toContain("cmdstat_eval");
  });

  it("let an error that is neither of Redis nor of the network through as it is", async () => {
    const store = await freshStore();
    const own = Object.assign(new TypeError("a mistake"), { code: "ERR_INVALID_ARG_TYPE" });
    const failing = store.change("7316", () => {
      throw own;
    });
    await expect(failing).rejects.toBe(own);
  });
});
