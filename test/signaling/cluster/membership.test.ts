import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lettersKey, roomsOfKey, SERVERS_KEY } from "../../../signaling/cluster/keys.ts";
import { post } from "../../../signaling/cluster/mailbox.ts";
import { claimBurial, forgetServer, keepRooms, renewLease } from "../../../signaling/cluster/membership.ts";
import { RedisLink } from "../../../signaling/cluster/redis-link.ts";
import { StoreError } from "../../../signaling/errors.ts";
import { startRedis, type TestRedis } from "../../support/redis-server.ts";

let redis: TestRedis;
let link: RedisLink;
beforeAll(async () => {
  redis = await startRedis();
  link = await RedisLink.open(redis.url, () => undefined);
});
beforeEach(() => redis.client.flushall());
afterAll(async () => {
  link.close();
  await redis.end();
});

/** As if it had not renewed its lease in time. */
const runOutLease = (server: string) => redis.client.zadd(SERVERS_KEY, 1, server);
const standing = async (server: string) => (await renewLease(link, server)).standing;

describe("a server among others", () => {
  it("is known for as long as its lease lasts, and told so when it was not", async () => {
    expect([await standing("a"), await standing("a")]).toEqual(["unknown", "known"]);
    await runOutLease("a");
    expect((await renewLease(link, "b")).overdue).toEqual(["a"]);
    expect([await standing("a"), await standing("a")]).toEqual(["unknown", "known"]);
  });

  it("is not buried any further once it speaks again, and hears of it", async () => {
    await renewLease(link, "a");
    expect(await claimBurial(link, "a", false)).toBe(false);
    await runOutLease("a");
    expect(await claimBurial(link, "a", false)).toBe(true);
    expect(await claimBurial(link, "a", false)).toBe(true);
    expect(await standing("a")).toBe("buried");
    expect(await claimBurial(link, "a", false)).toBe(false);
    await forgetServer(link, "a");
    expect(await standing("a")).toBe("known");
  });

  it("whose box is full refuses letters while it lives, and counts as buried when its lease is over", async () => {
    const letter = { socket: "a.x", do: "disconnect" } as const;
    await renewLease(link, "a");
    const box = redis.client.pipeline();
    for (let waiting = 0; waiting < 5_000; waiting += 1) box.xadd(lettersKey("a"), "*", "letter", "x");
    await box.exec();
    await expect(post(link, "a", letter)).rejects.toThrow(StoreError);
    await runOutLease("a");
    await post(link, "a", letter);
    expect(await redis.client.xlen(lettersKey("a"))).toBe(5_000);
    expect(await standing("a")).toBe("buried");
  });

  it("that is only late still gets its letters", async () => {
    await renewLease(link, "a");
    await runOutLease("a");
    await post(link, "a", { socket: "a.x", do: "disconnect" });
    expect(await redis.client.xlen(lettersKey("a"))).toBe(1);
  });

  it("hears of it when its rooms could not be kept", async () => {
    await redis.client.set(roomsOfKey("a"), "no set");
    await expect(keepRooms(link, "a", ["7316"])).rejects.toThrow(StoreError);
  });
});
