import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { stopProcess } from "../support/x-server.ts";
import type { Machine } from "./network.ts";

const PROGRAM = fileURLToPath(new URL("socket-agent.mjs", import.meta.url));
const ANSWER_LIMIT_MS = 20_000;

const lineSchema = z.union([
  z.object({ answer: z.number(), result: z.unknown() }),
  z.object({ answer: z.number(), failed: z.string() }),
  z.object({ socket: z.number(), from: z.string(), text: z.string() }),
]);
const opened = z.object({ socket: z.number(), port: z.number() });
const received = z.object({ packets: z.number(), dropped: z.number(), firstMs: z.number(), lastMs: z.number() });
const roundTrips = z.object({ ms: z.array(z.number()) });
const connected = z.object({ came: z.string() });

export type UdpSocket = {
  readonly port: number;
  send(text: string, to: { readonly address: string; readonly port: number }): Promise<void>;
  /** Datagrams of 1,000 bytes, evenly spaced; done when the last is sent. */
  stream(to: { readonly address: string; readonly port: number }, packets: number, rateBps: number): Promise<void>;
  /** What came: sender as "address:port", and the text. */
  readonly heard: readonly { readonly from: string; readonly text: string }[];
  /** How many came, how many the system had no room for, and when the first and the last came. */
  received(): Promise<z.infer<typeof received>>;
};

export type PlainSockets = {
  udp(port?: number): Promise<UdpSocket>;
  /** A UDP socket that answers with the address a datagram came from, as a STUN server does. */
  reflect(port: number): Promise<void>;
  roundTripsMs(to: { readonly address: string; readonly port: number }, count: number): Promise<number[]>;
  listen(port: number): Promise<void>;
  /** "connected", "silence" after the time, or the system's name for the refusal. */
  connect(to: { readonly address: string; readonly port: number }, timeoutMs: number): Promise<string>;
  stop(): Promise<void>;
};

/** Plain sockets on a machine of the lab. */
export function plainSocketsOn(machine: Machine): PlainSockets {
  const [command = "", ...rest] = [...machine.inside, process.execPath, PROGRAM];
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (line: { result: unknown } | { failed: string }) => void>();
  const heard = new Map<number, { from: string; text: string }[]>();
  let orders = 0;
  createInterface(child.stdout).on("line", (text) => {
    const line = lineSchema.parse(JSON.parse(text));
    if ("answer" in line) waiting.get(line.answer)?.(line);
    else heard.get(line.socket)?.push({ from: line.from, text: line.text });
  });
  const ask = async <Shape extends z.ZodType>(what: object, shape: Shape): Promise<z.infer<Shape>> => {
    const id = orders++;
    const answered = new Promise<unknown>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${machine.name}: ${JSON.stringify(what)}: ${why}`));
      const limit = setTimeout(() => fail("no answer"), ANSWER_LIMIT_MS);
      waiting.set(id, (line) => {
        clearTimeout(limit);
        waiting.delete(id);
        if ("failed" in line) fail(line.failed);
        else resolve(line.result);
      });
    });
    child.stdin.write(`${JSON.stringify({ id, ...what })}\n`);
    return shape.parse(await answered);
  };
  const nothing = z.unknown();
  return {
    udp: async (port = 0) => {
      const made = await ask({ do: "udp", port }, opened);
      const mine: { from: string; text: string }[] = [];
      heard.set(made.socket, mine);
      const { socket } = made;
      return {
        port: made.port,
        heard: mine,
        send: async (text, to) => void (await ask({ do: "send", socket, text, ...to }, nothing)),
        stream: async (to, packets, rateBps) =>
          void (await ask({ do: "stream", socket, packets, rateBps, ...to }, nothing)),
        received: () => ask({ do: "received", socket }, received),
      };
    },
    reflect: async (port) => void (await ask({ do: "udp", port, reflect: true }, nothing)),
    roundTripsMs: async (to, count) => (await ask({ do: "roundTrips", count, ...to }, roundTrips)).ms,
    listen: async (port) => void (await ask({ do: "listen", port }, nothing)),
    connect: async (to, timeoutMs) => (await ask({ do: "connect", timeoutMs, ...to }, connected)).came,
    stop: () => stopProcess(child),
  };
}
