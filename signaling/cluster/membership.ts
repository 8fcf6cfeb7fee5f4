import type { Redis } from "ioredis";
import { KEY_LIFE_MS, lettersKey, roomKey, roomsOfKey, SERVERS_KEY } from "./keys.ts";
import type { RedisLink } from "./redis-link.ts";

/** A server that did not renew its lease for so long is taken for dead. */
export const LEASE_MS = 6_000;

/** In place of its lease: somebody is taking it out of its rooms. It is dead, even if it speaks meanwhile, and has to begin anew. */
export const BURIED = -1;

/*
 * KEYS of each script: the servers, the rooms of one, its letters. By the clock of Redis, which all of them share.
 */
export const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local lease = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0')`;

/** ARGV: server, lease in ms, life of a key in ms. Answers what it was, then whose lease else has run out. */
const RENEW = `${NOW}
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  for at = 1, #KEYS do redis.call('PEXPIRE', KEYS[at], ARGV[3]) end
  local standing = lease == ${BURIED} and 'buried' or lease > now and 'known' or 'unknown'
  return {standing, unpack(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now))}`;

/** ARGV: server, 1: even if its lease is not over. Answers 1 if it is to be buried. */
const CLAIM = `${NOW}
  if lease == 0 or (lease > now and ARGV[2] == '0') then return 0 end
  redis.call('ZADD', KEYS[1], ${BURIED}, ARGV[1])
  return 1`;

/** ARGV: server. Not if it has begun anew meanwhile. */
const FORGET = `${NOW}
  if lease ~= ${BURIED} then return 0 end
  redis.call('ZREM', KEYS[1], ARGV[1])
  return redis.call('DEL', KEYS[2], KEYS[3])`;

const keysOf = (server: string): string[] => [SERVERS_KEY, roomsOfKey(server), lettersKey(server)];

export type Renewal = {
  /**
   * What it was until now. `unknown`: it is new, its lease was over, or Redis has forgotten everything. `buried`: others were taking
   * it out of its rooms, and it has perhaps not been told everything.
   */
  readonly standing: "known" | "unknown" | "buried";
  readonly overdue: readonly string[];
};

/** @throws StoreError */
export async function renewLease(link: RedisLink, server: string): Promise<Renewal> {
  const keys = keysOf(server);
  const answer = await link.use((redis) => redis.eval(RENEW, keys.length, ...keys, server, LEASE_MS, KEY_LIFE_MS));
  const [standing, ...overdue] = Array.isArray(answer) ? answer.map(String) : [];
  return { standing: standing === "known" || standing === "buried" ? standing : "unknown", overdue };
}

/**
 * Takes a server for dead, if it still looks so; false as well when somebody else has forgotten it. Others who look at the same
 * time may do the same, which does no harm, and so may whoever looks next if this one dies before it has forgotten the server.
 * @throws StoreError
 */
export async function claimBurial(link: RedisLink, server: string, evenIfAlive: boolean): Promise<boolean> {
  const keys = keysOf(server);
  return (await link.use((redis) => redis.eval(CLAIM, keys.length, ...keys, server, evenIfAlive ? 1 : 0))) === 1;
}

/**
 * Takes a dead server from the list, with what it had.
 * @throws StoreError
 */
export async function forgetServer(link: RedisLink, server: string): Promise<void> {
  const keys = keysOf(server);
  await link.use((redis) => redis.eval(FORGET, keys.length, ...keys, server));
}

/**
 * Numbers of the rooms in which sockets of a server are, or were a moment ago.
 * @throws StoreError
 */
export const roomsOf = (link: RedisLink, server: string): Promise<readonly string[]> =>
  link.use((redis) => redis.smembers(roomsOfKey(server)));

/**
 * Writes down that sockets of a server are in these rooms, and that they live on.
 * @throws StoreError
 */
export async function keepRooms(link: RedisLink, server: string, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return;
  await link.use(async (redis: Redis) => {
    const all = redis.pipeline().sadd(roomsOfKey(server), ...numbers);
    for (const number of numbers) all.pexpire(roomKey(number), KEY_LIFE_MS);
    for (const [error] of (await all.exec()) ?? []) if (error !== null) throw error;
  });
}
