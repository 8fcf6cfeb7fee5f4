import { Redis } from "ioredis";
import { ServerError, StoreError } from "../errors.ts";
import type { Log } from "../options.ts";

/** What one step with Redis may take, whatever becomes of it. What somebody asks has a few: a room is written, then others are told. */
const WORK_LIMIT_MS = 1_500;
/** A Redis that owes an answer for so long is not there: the connection is made anew, and all who wait are told. */
const SILENCE_LIMIT_MS = 1_500;
const START_LIMIT_MS = 4_000;
/** How long a read of letters waits for one; the connection that it holds is dead when nothing came for longer. */
export const READ_WAIT_MS = 2_000;

/** From the second try on half a second, and not all servers at once. */
const retryMs = (tries: number): number => Math.min(50 * 2 ** tries, 500) * (0.5 + Math.random());

/**
 * The connections of this server to a Redis: one for commands, one that waits for letters. Both come back by themselves. What
 * the library throws is never handed on or logged as it is, because it holds the command, and one of them is the password.
 */
export class RedisLink {
  private readonly redis: Redis;
  /** For commands that wait. It rejects what is asked of it while it is away. */
  readonly reader: Redis;
  private readonly log: Log;
  private readonly onBack = new Set<() => void>();
  private readonly waiting = new Set<() => void>();
  private awaySinceMs: number | undefined;
  private closed = false;

  private constructor(redis: Redis, log: Log) {
    this.redis = redis;
    this.log = log;
    this.reader = redis.duplicate({ lazyConnect: true, socketTimeout: READ_WAIT_MS + SILENCE_LIMIT_MS });
    // Without a listener the library prints errors itself. Both connections end for the same reasons, so one is enough to tell.
    this.reader.on("error", () => undefined);
    redis.on("error", (error: unknown) => this.isAway(messageOf(error)));
    redis.on("close", () => this.isAway("the connection ended"));
    redis.on("ready", () => {
      for (const wake of this.waiting) wake();
      this.isBack();
    });
  }

  /**
   * @param url `redis://` or `rediss://`, perhaps with a password
   * @throws ServerError `redis-unreachable`
   */
  static async open(url: string, log: Log): Promise<RedisLink> {
    let problem = "no answer";
    const redis = new Redis(url, {
      lazyConnect: true,
      // RESP2 answers have the same shape in every version.
      protocol: 2,
      connectTimeout: SILENCE_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      retryStrategy: retryMs,
      // What was not answered may have been done: whoever asked is told and decides, nobody asks again behind its back.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectionName: "deskbeam",
    });
    const note = (error: unknown) => {
      problem = messageOf(error);
    };
    redis.on("error", note);
    try {
      await within(redis.connect(), START_LIMIT_MS);
    } catch {
      redis.disconnect();
      const { protocol, host } = new URL(url);
      const hint = "Check --redis-url, and that Redis runs and may be reached from here.";
      throw new ServerError("redis-unreachable", `Redis at ${protocol}//${host} cannot be used (${problem}).`, hint);
    }
    redis.off("error", note);
    const link = new RedisLink(redis, log);
    link.reader.connect().catch(() => undefined);
    return link;
  }

  get isReachable(): boolean {
    return this.awaySinceMs === undefined;
  }

  /** It has been away for longer than anybody waits for it. */
  get isGivenUp(): boolean {
    return this.awaySinceMs !== undefined && performance.now() - this.awaySinceMs > WORK_LIMIT_MS;
  }

  /** Calls `listener` whenever Redis is there again, perhaps with other data or none. */
  whenBack(listener: () => void): void {
    this.onBack.add(listener);
  }

  /**
   * Does something with Redis, waiting for it if it has only just gone, as for a restart. What is not done within the limit may still be done
   * later, unless it asks `isLate` before it does it.
   * @throws StoreError
   */
  async use<Result>(work: (redis: Redis, isLate: () => boolean) => Promise<Result>): Promise<Result> {
    let late = false;
    const done = this.ready().then(() => {
      if (late) throw new StoreError("Redis does not answer.");
      return work(this.redis, () => late);
    });
    try {
      return await within(done, WORK_LIMIT_MS);
    } catch (error) {
      late = true;
      if (error instanceof StoreError || !isOfRedis(error)) throw error;
      throw new StoreError(`Redis did not do what it was asked: ${messageOf(error)}`);
    }
  }

  close(): void {
    this.closed = true;
    this.onBack.clear();
    this.redis.disconnect();
    this.reader.disconnect();
  }

  private ready(): Promise<void> {
    if (this.redis.status === "ready") return Promise.resolve();
    if (this.closed || this.isGivenUp) return Promise.reject(new StoreError("Redis is away."));
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(limit);
        this.waiting.delete(wake);
        resolve();
      };
      // Whoever waited for so long has been told that it was in vain.
      const limit = setTimeout(wake, WORK_LIMIT_MS);
      this.waiting.add(wake);
    });
  }

  private isAway(why: string): void {
    if (this.awaySinceMs !== undefined || this.closed) return;
    this.awaySinceMs = performance.now();
    this.log("warn", "Redis is away: nobody can be brought together until it is back", { why });
  }

  private isBack(): void {
    if (this.awaySinceMs === undefined) return;
    this.awaySinceMs = undefined;
    this.log("info", "Redis is back");
    for (const listener of this.onBack) listener();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const OF_THE_NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EADDRNOTAVAIL|ENOTFOUND|EAI_|ERR_STREAM_|ERR_SSL_|ERR_TLS_)/;

/** Errors of the connection and of Redis itself; what `work` throws of its own is a decision's, and goes through as it is. */
const isOfRedis = (error: unknown): boolean =>
  error instanceof Error &&
  (["ReplyError", "AbortError", "MaxRetriesPerRequestError"].includes(error.name) ||
    ("code" in error && OF_THE_NETWORK.test(String(error.code))) ||
    /^(Stream isn't writeable|Connection is closed|Socket timeout|Command timed out)/.test(error.message));

async function within<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
  let limit: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new StoreError("Redis does not answer.")), limitMs);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(limit);
  }
}
