import { afterAll, beforeAll } from "vitest";
import { roomKey } from "../../signaling/cluster/keys.ts";
import { serverOf } from "../../signaling/core/socket-name.ts";
import { readRoom } from "../../signaling/store/room-record.ts";
import { startRedis, type TestRedis } from "../support/redis-server.ts";
import { type Client, startTestServer, type TestServer } from "./running.ts";

export const SOON = { timeout: 10_000, interval: 50 };

/** A Redis for all tests of a file, and servers that share their rooms through it. */
export class SharedRooms {
  private started: TestRedis | undefined;

  constructor() {
    beforeAll(async () => {
      this.started = await startRedis();
    });
    afterAll(() => this.started?.end());
  }

  get redis(): TestRedis {
    if (this.started === undefined) throw new Error("there is no Redis before the tests begin");
    return this.started;
  }

  startServer(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
    return startTestServer({ redisUrl: this.redis.url, relay: { at: "nowhere" }, mjpeg: false, ...options });
  }

  /** The room as it is written down. */
  async room(number: string) {
    return readRoom((await this.redis.client.get(roomKey(number))) ?? "");
  }

  async viewersIn(number: string): Promise<readonly string[]> {
    const room = await this.room(number);
    return room === undefined || room.state === "resting" ? [] : room.viewers;
  }

  /** The server at which the host of an open room is. */
  async serverOfHost(number: string): Promise<string> {
    const room = await this.room(number);
    return room?.state === "open" ? (serverOf(room.host) ?? "") : "";
  }
}

/** The numbers that came, in the order they came. */
export function listen(client: Client): number[] {
  const heard: number[] = [];
  client.on("signal", ({ data }) => heard.push(data[0] ?? -1));
  return heard;
}

export const health = async ({ url }: Pick<TestServer, "url">): Promise<number> =>
  (await fetch(`${url}/healthz`)).status;
