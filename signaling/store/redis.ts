import type { Redis } from "ioredis";
import { DEADLINES_KEY, KEY_LIFE_MS, roomKey, roomsOfKey } from "../cluster/keys.ts";
import type { RedisLink } from "../cluster/redis-link.ts";
import { type Decision, type Room, roomDeadlineMs, socketsIn } from "../core/rooms.ts";
import { serverOf } from "../core/socket-name.ts";
import { StoreError } from "../errors.ts";
import type { Log } from "../options.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { RoomStore } from "./driver.ts";
import { readRoom, writeRoom } from "./room-record.ts";

/** Each time at least one of those who try has come through, so this many would have to change one room at once. */
const MAX_TRIES = 200;
/** More rooms than one look deals with; the next one finds the rest. */
const MAX_DUE = 1_000;

/**
 * Writes a room, unless it is not any more what it was when somebody decided about it.
 * KEYS: the room, all deadlines, then the rooms of each server that comes in, then of each that goes out
 * ARGV: number, room before, room after, its deadline, life of a key in ms, how many servers come in; "": none
 */
const WRITE_IF_UNCHANGED = `
  if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
  if ARGV[3] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[5]) end
  if ARGV[4] == '' then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1]) end
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
  for at = 3, #KEYS do
    if at - 2 > tonumber(ARGV[6]) then
      redis.call('SREM', KEYS[at], ARGV[1])
    else
      redis.call('SADD', KEYS[at], ARGV[1])
      redis.call('PEXPIRE', KEYS[at], ARGV[5])
    end
  end
  return 1`;

/**
 * The numbers of rooms whose deadline is over. A deadline that was left over by a room that is not there goes.
 * KEYS: all deadlines   ARGV: now, how many at most, what the key of a room begins with
 */
const DUE = `
  local due = {}
  for _, number in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
    if redis.call('EXISTS', ARGV[3] .. number) == 1 then table.insert(due, number)
    else redis.call('ZREM', KEYS[1], number) end
  end
  return due`;

/** Rooms of several servers, in a Redis that all of them use. */
export class RedisRoomStore implements RoomStore {
  private readonly link: RedisLink;
  private readonly log: Log;

  constructor(link: RedisLink, log: Log) {
    this.link = link;
    this.log = log;
  }

  change<Answer>(number: string, decide: (room: Room | undefined) => Decision<Answer>): Promise<Decision<Answer>> {
    return this.link.use(async (redis, isLate) => {
      for (let tries = 0; tries < MAX_TRIES && !isLate(); tries += 1) {
        const { text, room } = await this.readRecord(redis, number);
        const decision = decide(room);
        // Most departures and all guesses find nothing to do. What is no room is written over all the same.
        if (decision.room === room && (room !== undefined || text === "")) return decision;
        if (isLate()) break;
        if (await write(redis, number, { text, room }, decision.room)) return decision;
      }
      throw new StoreError("The room was changed by others all the time.");
    });
  }

  read(number: string): Promise<Room | undefined> {
    return this.link.use(async (redis) => (await this.readRecord(redis, number)).room);
  }

  due(nowMs: number): Promise<readonly string[]> {
    return this.link.use(async (redis) => {
      const numbers = await redis.eval(DUE, 1, DEADLINES_KEY, nowMs, MAX_DUE, roomKey(""));
      return Array.isArray(numbers) ? numbers.map(String) : [];
    });
  }

  /** Deadlines may be those of other servers, which are gone: it looks all the time. */
  watchDeadlines(look: () => Promise<void>): () => void {
    const watch = new DeadlineWatch(look);
    watch.set(true);
    return () => watch.set(false);
  }

  async close(): Promise<void> {
    this.link.close();
  }

  private async readRecord(redis: Redis, number: string): Promise<Seen> {
    const text = await redis.get(roomKey(number)).catch(async (error: Error) => {
      if (!error.message.startsWith("WRONGTYPE")) throw error;
      await redis.del(roomKey(number));
      this.log("warn", "dropped what is no room", { number });
      return null;
    });
    if (text === null) return { text: "", room: undefined };
    const room = readRoom(text);
    if (room === undefined) this.log("warn", "dropped what is no room", { number });
    return { text, room };
  }
}

type Seen = { readonly text: string; readonly room: Room | undefined };

/** False: somebody else was faster. */
async function write(redis: Redis, number: string, before: Seen, after: Room | undefined): Promise<boolean> {
  const [were, are] = [serversIn(before.room), serversIn(after)];
  const servers = [...are, ...[...were].filter((server) => !are.has(server))];
  const keys = [roomKey(number), DEADLINES_KEY, ...servers.map(roomsOfKey)];
  const deadlineMs = (after && roomDeadlineMs(after)) ?? "";
  const room = after === undefined ? "" : writeRoom(after);
  const values = [number, before.text, room, deadlineMs, KEY_LIFE_MS, are.size];
  return (await redis.eval(WRITE_IF_UNCHANGED, keys.length, ...keys, ...values)) === 1;
}

/** Where the sockets of a room are. */
function serversIn(room: Room | undefined): ReadonlySet<string> {
  return new Set(socketsIn(room).flatMap((socket) => serverOf(socket) ?? []));
}
