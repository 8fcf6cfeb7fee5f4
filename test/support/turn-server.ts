import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { encodeBindingRequest, readStun } from "../../protocol/stun.ts";
import type { Peer } from "./turn-carrier.ts";
import { stopProcess } from "./x-server.ts";

const SCRIPT = fileURLToPath(new URL("../../deploy/turnserver.sh", import.meta.url));
const TURN_CONF = fileURLToPath(new URL("../../deploy/turnserver.conf", import.meta.url));
const START_LIMIT_MS = 10_000;

/** An address of this machine that is not its loopback: a TURN server does not relay to that, whoever allows it. */
export function ownIpv4(): string {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal);
  if (own === undefined)
    throw new Error("This machine has no IPv4 address but loopback: coturn has nowhere to relay from.");
  return own.address;
}

export type RunningTurn = Peer & {
  readonly secret: string;
  readonly pid: number | undefined;
  readonly said: () => string;
};

export type TurnWish = {
  /** What a test does to deploy/turnserver.conf before. */
  readonly change?: (conf: string) => string;
  /** Settings of deploy/turnserver.sh. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** Debian's coturn as deploy/ starts it, on a free port of this machine's own address and of ::1, ended with the test. */
export async function startTurn({ change = (conf) => conf, settings = {} }: TurnWish = {}): Promise<RunningTurn> {
  const folder = await mkdtemp(join(tmpdir(), "turn-"));
  const secret = "a secret for this test only";
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, `${secret}\n`);
  const conf = join(folder, "turnserver.conf");
  await writeFile(conf, change(await readFile(TURN_CONF, "utf8")));
  const address = ownIpv4();
  const port = await freePort(address);
  const child = spawn(
    SCRIPT,
    [`--listening-port=${port}`, `--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`],
    {
      env: {
        PATH: process.env.PATH,
        TMPDIR: folder,
        TURN_CONF: conf,
        TURN_SECRET_FILE: secretFile,
        TURN_REALM: "turn.example",
        TURN_PUBLIC_IP: `${address} ::1`,
        TURN_DENIED: "203.0.114.5 203.0.114.16-203.0.114.31",
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-100_000);
    });
  }
  onTestFinished(async () => {
    await stopProcess(child);
    await rm(folder, { recursive: true, force: true });
  });
  await vi.waitFor(
    async () => {
      if (child.exitCode === null) await untilAnswered({ address, port });
    },
    { timeout: START_LIMIT_MS, interval: 50 },
  );
  if (child.exitCode !== null) throw new Error(`coturn ended with ${child.exitCode}: ${said}`);
  return { address, port, secret, pid: child.pid, said: () => said };
}

async function freePort(address: string): Promise<number> {
  const socket = createSocket("udp4").bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  await once(socket.close(), "close");
  return port;
}

/** A TURN server answers STUN as soon as it answers anything. */
async function untilAnswered({ address, port }: Peer): Promise<void> {
  const socket = createSocket("udp4");
  try {
    const answer = once(socket, "message", { signal: AbortSignal.timeout(200) });
    socket.send(encodeBindingRequest(new Uint8Array(12)), port, address);
    const [message]: unknown[] = await answer;
    if (!(message instanceof Uint8Array) || readStun(message)?.class !== "success") throw new Error("no STUN");
  } finally {
    socket.close();
  }
}
