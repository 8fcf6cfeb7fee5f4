import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { freePort } from "../support/free-port.ts";

const deployed = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const PASSWORD = "0123456789abcdef";

/** redis.sh as compose.yaml runs it, with redis.conf as it is but for the port. */
async function runDeployed(url: string): Promise<{ port: number; child: ChildProcess; said: () => string }> {
  const folder = mkdtempSync(join(tmpdir(), "redis-deployed-"));
  const port = await freePort();
  const conf = readFileSync(deployed("redis.conf"), "utf8");
  writeFileSync(join(folder, "redis.conf"), conf.replace(/^port 6379$/m, `port ${port}`));
  writeFileSync(join(folder, "redis_url"), `${url}\n`);
  const env = {
    PATH: process.env.PATH ?? "",
    REDIS_CONF: join(folder, "redis.conf"),
    REDIS_URL_FILE: join(folder, "redis_url"),
  };
  const child = spawn("/bin/sh", [deployed("redis.sh")], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  return { port, child, said: () => said };
}

function client(port: number, password?: string): Redis {
  const redis = new Redis({ port, host: "127.0.0.1", ...(password !== undefined && { password }), lazyConnect: true });
  redis.on("error", () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}

describe("the Redis of the profile", () => {
  it("asks for the password of the URL, keeps nothing on disk, throws nothing out, and listens on loopback only", async () => {
    const { port, child, said } = await runDeployed(`redis://:${PASSWORD}@127.0.0.1:6379`);
    await vi.waitFor(() => expect(said()).toContain("Ready to accept connections"), { timeout: 10_000 });
    const stranger = client(port);
    await expect(stranger.connect().then(() => stranger.get("x"))).rejects.toThrow();
    stranger.disconnect();
    const server = client(port, PASSWORD);
    await server.connect();
    const settings = ["save", "appendonly", "maxmemory", "maxmemory-policy", "bind"] as const;
    const values = await Promise.all(settings.map(async (name) => (await server.config("GET", name)) as unknown));
    expect(values.map((pair) => (Array.isArray(pair) ? pair[1] : pair))).toEqual([
      "",
      "no",
      String(256 * 1024 * 1024),
      "noeviction",
      "127.0.0.1",
    ]);
    // Nobody who lists the processes of this machine sees it.
    const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, "utf8");
    expect(commandLine).toContain("redis-server");
    expect(commandLine).not.toContain(PASSWORD);
  });

  it("does not start without a password", async () => {
    const { child, said } = await runDeployed("redis://127.0.0.1:6379");
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).toBe(1);
    expect(said()).toContain("holds no URL with a password");
  });
});
