import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.ts";

const LIMIT_MS = 10_000;
/** Seconds and writes of a save point that is never reached: it is there so that an ordinary stop writes the data down. */
const SAVE_WHEN_STOPPED = ["--save", "86400", "1000000000"];

/** Debian's redis-server on a port of its own, which can be ended and started again in the same place. */
export type TestRedis = {
  readonly port: number;
  readonly url: string;
  /** A client of it, which waits while it is away. */
  readonly client: Redis;
  readonly process: () => ChildProcess;
  start(): Promise<void>;
  /** @param what becomes of its data: `keep` writes it down first, as an ordinary stop of a Redis with persistence does */
  stop(what: "keep" | "lose"): Promise<void>;
  end(): Promise<void>;
};

/** @param settings lines of redis.conf, beside those of a test */
export async function startRedis(settings: readonly string[] = []): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on("error", () => undefined);
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const basics = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--daemonize", "no"];
    server = spawn("redis-server", [...basics, ...SAVE_WHEN_STOPPED, ...settings], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    server.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const endMs = Date.now() + LIMIT_MS;
    while (!said.includes("Ready to accept connections")) {
      if (Date.now() > endMs || server.exitCode !== null) throw new Error(`redis-server is not ready: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const stop = async (what: "keep" | "lose"): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit", { signal: AbortSignal.timeout(LIMIT_MS) }).catch((cause: unknown) => {
      throw new Error(`redis-server does not end ${LIMIT_MS / 1000} s after it was told to`, { cause });
    });
    // What is said to be written after a SAVE would be lost by a kill: an ordinary stop takes nothing more first.
    server.kill(what === "keep" ? "SIGTERM" : "SIGKILL");
    await gone;
    if (what === "lose") rmSync(join(folder, "dump.rdb"), { force: true });
  };

  await start();
  return {
    port,
    url,
    client,
    process: () => {
      if (server === undefined) throw new Error("redis-server was never started");
      return server;
    },
    start,
    stop,
    end: async () => {
      client.disconnect();
      await stop("lose");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
