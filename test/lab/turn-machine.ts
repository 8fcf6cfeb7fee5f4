import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, vi } from "vitest";
import { z } from "zod";
import { stopProcess } from "../support/x-server.ts";
import type { Certificates } from "./certificates.ts";
import type { Machine } from "./network.ts";

const PORT = 3479;
export const TURNS_PORT = 5349;
const RELAY_PORTS = { first: 49_160, last: 49_999 };
const START_LIMIT_MS = 10_000;
const REST_LIMIT_MS = 10_000;

/**
 * Behind UDP's header and four bytes of STUN's own: the cookie that says so (RFC 8489, 5). Checks of a way that is not
 * used go on for a while, the more the slower the machine, and carry nothing.
 */
const IS_NO_CHECK = "@th,96,32 != 0x2112a442";
/** Nor a DTLS handshake (RFC 6347, content type 22), which whoever was given up in the middle of it repeats each second. */
const IS_NO_HANDSHAKE = "@th,64,8 != 22";

const RULES = `table inet turn {
  counter relayed { }
  chain input {
    type filter hook input priority filter;
    udp dport ${RELAY_PORTS.first}-${RELAY_PORTS.last} ${IS_NO_CHECK} ${IS_NO_HANDSHAKE} counter name relayed
  }
  chain output {
    type filter hook output priority filter;
    udp sport ${RELAY_PORTS.first}-${RELAY_PORTS.last} ${IS_NO_CHECK} ${IS_NO_HANDSHAKE} counter name relayed
  }
}
`;

const countersSchema = z.object({
  nftables: z.array(z.object({ counter: z.object({ name: z.string(), bytes: z.number() }).optional() })),
});

/** coturn on a machine of the lab, over UDP, TCP and TLS. */
export type TurnMachine = {
  /** In the order a client should prefer them. */
  readonly urls: readonly string[];
  /** What TURN's REST convention makes passwords from. */
  readonly secret: string;
  /**
   * Bytes of IP that came to or left the relay's ports, checks of the way and handshakes apart: the truth about what is
   * relayed, counted by the kernel.
   */
  relayedBytes(): Promise<number>;
  /** The same, once the goodbyes of what was given up have gone through: nothing comes or leaves any more. */
  relayedBytesAtRest(): Promise<number>;
  /** The server dies, or comes back; its allocations are gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts it on the machine `name.test`; done when it listens. */
export async function startTurn(machine: Machine, folder: string, certificates: Certificates): Promise<TurnMachine> {
  const name = `${machine.name}.test`;
  const secret = randomBytes(16).toString("hex");
  const { cert, key } = certificates.of(name);
  const settings = {
    "listening-ip": machine.address,
    "relay-ip": machine.address,
    "listening-port": PORT,
    "tls-listening-port": TURNS_PORT,
    "min-port": RELAY_PORTS.first,
    "max-port": RELAY_PORTS.last,
    realm: name,
    "static-auth-secret": secret,
    cert,
    pkey: key,
    pidfile: join(folder, "turnserver.pid"),
    userdb: join(folder, "turnserver.db"),
    "log-file": "stdout",
  };
  // A relay for strangers must not lead inside; and so it is, though nothing here has an inside that it could reach.
  const denied = ["10.0.0.0-10.255.255.255", "172.16.0.0-172.31.255.255", "192.168.0.0-192.168.255.255"];
  const lines = [
    "use-auth-secret",
    "fingerprint",
    "no-cli",
    "no-dtls",
    ...Object.entries(settings).map(([option, value]) => `${option}=${value}`),
    ...denied.map((range) => `denied-peer-ip=${range}`),
  ];
  const [config, rules] = [join(folder, "turnserver.conf"), join(folder, "turn.nft")];
  await writeFile(config, `${lines.join("\n")}\n`);
  await writeFile(rules, RULES);
  const inside = (command: string, ...args: string[]) => {
    const [program = "", ...rest] = [...machine.inside, command, ...args];
    return { program, rest };
  };
  const nft = async (...args: string[]) => {
    const { program, rest } = inside("nft", ...args);
    return (await promisify(execFile)(program, rest)).stdout;
  };
  await nft("-f", rules);

  let child: ChildProcess | undefined;
  const start = async () => {
    const { program, rest } = inside("turnserver", "-c", config);
    const started = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    let said = "";
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-5000);
      });
    }
    const ask = inside("sh", "-c", `ss -Hltun sport = :${PORT}; ss -Hltun sport = :${TURNS_PORT}`);
    await vi.waitFor(
      async () => {
        const { stdout } = await promisify(execFile)(ask.program, ask.rest);
        const wanted = [`udp.*:${PORT} `, `tcp.*:${PORT} `, `tcp.*:${TURNS_PORT} `];
        const listens = wanted.every((line) => new RegExp(`^${line}`, "m").test(stdout));
        if (!listens) throw new Error(`turnserver does not listen (exit code ${started.exitCode}). It said: ${said}`);
      },
      { timeout: START_LIMIT_MS, interval: 50 },
    );
  };
  const kill = async () => {
    child?.kill("SIGKILL");
    if (child !== undefined) await stopProcess(child);
  };
  try {
    await start();
  } catch (error) {
    await kill();
    throw error;
  }
  const relayedBytes = async () => {
    const { nftables } = countersSchema.parse(JSON.parse(await nft("-j", "list", "counters")));
    return nftables.reduce((sum, { counter }) => sum + (counter?.name === "relayed" ? counter.bytes : 0), 0);
  };
  return {
    urls: [
      `turn:${machine.address}:${PORT}?transport=udp`,
      `turn:${machine.address}:${PORT}?transport=tcp`,
      `turns:${name}:${TURNS_PORT}?transport=tcp`,
    ],
    secret,
    relayedBytes,
    relayedBytesAtRest: async () => {
      let bytes = await relayedBytes();
      await vi.waitFor(
        async () => {
          const before = bytes;
          bytes = await relayedBytes();
          expect(bytes).toBe(before);
        },
        { timeout: REST_LIMIT_MS, interval: 300 },
      );
      return bytes;
    },
    kill,
    start,
    stop: kill,
  };
}
