import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { IceServer } from "../../protocol/signaling.ts";
import { type News, newsSchema, type Order } from "./peer-process/orders.ts";
import { stopProcess } from "./x-server.ts";

const MAIN = fileURLToPath(new URL("peer-process/main.mjs", import.meta.url));
const LIMIT = { timeout: 20_000, interval: 20 };

type Kind = News["news"];
type Of<One extends Kind> = Extract<News, { news: One }>;

/** One end of a connection, in a process of its own that can live on another machine of a lab. */
export type PeerProcess = {
  order(order: Order): void;
  /** All news of one kind, in their order. */
  news<One extends Kind>(kind: One): Of<One>[];
  /** The first of a kind; waits for it. */
  first<One extends Kind>(kind: One): Promise<Of<One>>;
  /** Calls for all news of one kind, past and to come. */
  each<One extends Kind>(kind: One, call: (news: Of<One>) => void): void;
  /** What it said on standard error, and the code with which it ended; undefined while it runs. */
  readonly complaints: () => string;
  readonly exitCode: () => number | undefined;
  stop(): Promise<void>;
};

/** @param inside put before a command line, it runs that somewhere else */
export async function startPeerProcess(
  inside: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<PeerProcess> {
  const [command = "", ...args] = [...inside, process.execPath, MAIN];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const all: News[] = [];
  const listeners: ((one: News) => void)[] = [];
  let complaints = "";
  createInterface(child.stdout).on("line", (line) => {
    const one = newsSchema.parse(JSON.parse(line));
    all.push(one);
    for (const listener of listeners) listener(one);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-10_000);
  });
  child.stdin.on("error", () => {
    // It has ended: exitCode says so.
  });
  const isOf =
    <One extends Kind>(kind: One) =>
    (one: News): one is Of<One> =>
      one.news === kind;
  const news = <One extends Kind>(kind: One): Of<One>[] => all.filter(isOf(kind));
  const first = <One extends Kind>(kind: One): Promise<Of<One>> =>
    vi.waitFor(() => {
      const [found] = news(kind);
      if (found === undefined) throw new Error(`no "${kind}" (exit code ${child.exitCode}): ${complaints}`);
      return found;
    }, LIMIT);
  await first("ready");
  return {
    order: (order) => child.stdin.write(`${JSON.stringify(order)}\n`),
    news,
    first,
    each: (kind, call) => {
      for (const one of news(kind)) call(one);
      const fits = isOf(kind);
      listeners.push((one) => {
        if (fits(one)) call(one);
      });
    },
    complaints: () => complaints,
    exitCode: () => child.exitCode ?? undefined,
    stop: () => stopProcess(child),
  };
}

export type Ends = { readonly host: PeerProcess; readonly viewer: PeerProcess };

/**
 * Carries offer, answer and candidates between a host and a browser played by werift, as their server would. Done when the
 * answer is there; candidates go on as they come.
 */
export async function introduce(
  { host, viewer }: Ends,
  wish: {
    readonly path: "direct" | "turn";
    readonly hostServers?: IceServer[];
    readonly viewerServers?: IceServer[];
    /** Of the host; all of its machine unless told. */
    readonly addresses?: string[];
  },
): Promise<void> {
  const { path, hostServers = [], viewerServers = [], addresses } = wish;
  viewer.order({ do: "offer", servers: viewerServers.map(plain) });
  const { sdp: offer } = await viewer.first("sdp");
  host.order({ do: "answer", path, servers: hostServers.map(plain), offer, ...(addresses && { addresses }) });
  const { sdp: answer } = await host.first("sdp");
  viewer.order({ do: "take", answer });
  viewer.each("candidate", ({ candidate }) => host.order({ do: "candidate", candidate }));
  host.each("candidate", ({ candidate }) => viewer.order({ do: "candidate", candidate }));
}

const plain = ({ urls, ...rest }: IceServer) => ({ urls: [urls].flat(), ...rest });

let texts = 0;

let pings = 0;

/** How many datagrams a living end has sent, or tried to. */
export async function datagramsOf(end: PeerProcess): Promise<number> {
  pings += 1;
  const number = pings;
  end.order({ do: "ping", number });
  return vi.waitFor(() => {
    const pong = end.news("pong").find((one) => one.number === number);
    if (pong === undefined) throw new Error(`it does not answer (exit code ${end.exitCode()}): ${end.complaints()}`);
    return pong.datagrams;
  }, LIMIT);
}

/** Once the connection is open, a text goes each way and arrives. */
export async function converse({ host, viewer }: Ends): Promise<void> {
  for (const end of [host, viewer]) await end.first("opened");
  for (const [from, to] of [
    [host, viewer],
    [viewer, host],
  ] as const) {
    texts += 1;
    const text = `text ${texts}`;
    from.order({ do: "send", text });
    await vi.waitFor(() => {
      const arrived = to.news("heard").some((one) => one.text === text);
      if (!arrived) throw new Error(`"${text}" has not arrived (exit code ${from.exitCode()}): ${from.complaints()}`);
    }, LIMIT);
  }
}
