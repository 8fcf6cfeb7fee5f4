import type { Redis } from "ioredis";
import { DEADLINES_KEY, KEY_LIFE_MS, roomKey, roomsOfKey } from "../cluster/keys.ts";
import type { RedisLink } from "../cluster/redis-link.ts";
import { type Decision, type Room, roomDeadlineMs, socketsIn } from "../core/rooms.ts";
import { serverOf } from "../core/socket-name.ts";
import { StoreError } from "../errors.ts";
import type { Log } from "../options.ts";
import type { RoomStore } from "./driver.ts";
import { readRoom, writeRoom } from "./room-record.ts";

/** Each time at least one of those who try has come through, so this many would have to change one room at once. */
const MAX_TRIES = 200;
/** More rooms than one sweep deals with; the next one finds the rest. */
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
        const { text, room } = await this.look(redis, number);
        const decision = decide(room);
        // Most sweeps and departures find nothing to do. No room is written all the same: its deadline may be left over.
        if (decision.room !== undefined && decision.room === room) return decision;
        if (isLate()) break;
        if (await write(redis, number, { text, room }, decision.room)) return decision;
      }
      throw new StoreError("The room was changed by others all the time.");
    });
  }

  read(number: string): Promise<Room | undefined> {
    return this.link.use(async (redis) => (await this.look(redis, number)).room);
  }

  due(nowMs: number): Promise<readonly string[]> {
    return this.link.use((redis) => redis.zrangebyscore(DEADLINES_KEY, "-inf", nowMs, "LIMIT", 0, MAX_DUE));
  }

  async close(): Promise<void> {
    this.link.close();
  }

  private async look(redis: Redis, number: string): Promise<Seen> {
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
