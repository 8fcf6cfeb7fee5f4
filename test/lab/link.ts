import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { stopProcess } from "../support/x-server.ts";

const SOURCE = fileURLToPath(new URL("shaper/shaper.c", import.meta.url));
const ANSWER_LIMIT_MS = 5000;
const MTU_BYTES = 1500;
/** The device's own queue, in packets: only there to bridge the moments when the shaper does not get the processor. */
const DEVICE_QUEUE = 2000;

/** How a link treats packets, one way. A rate of 0 is no limit, and then there is no queue. */
export type LinkQuality = {
  readonly delayMs: number;
  /** Up to so much more, evenly spread; packets keep their order. */
  readonly jitterMs: number;
  readonly lossPercent: number;
  readonly rateBps: number;
  /** A packet that would wait longer for the wire is dropped. */
  readonly queueMs: number;
};

const CLEAN: LinkQuality = { delayMs: 0, jitterMs: 0, lossPercent: 0, rateBps: 0, queueMs: 100 };

const countSchema = z.object({
  /** Delivered; bytes are those of the IP packets. */
  packets: z.number(),
  bytes: z.number(),
  /** Dropped: on the wire by chance, at the end of a full queue, while cut. */
  lost: z.number(),
  overflowed: z.number(),
  cut: z.number(),
  /** How long packets waited for the wire. */
  queueMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }),
});
export type LinkCount = z.infer<typeof countSchema>;
const answerSchema = z.object({ ab: countSchema, ba: countSchema });

export type Way = "up" | "down";

/** A running link. "up" goes from the site to the internet, "down" the other way. */
export type Link = {
  /** Changes what is named, from the next packet on, both ways unless told. */
  shape(change: Partial<LinkQuality>, way?: Way | "both"): Promise<void>;
  /** Nothing passes, and what is on its way is lost, until mended. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Since the start or since `forget`. */
  count(): Promise<Record<Way, LinkCount>>;
  forget(): Promise<void>;
  /** Ends the link and both its devices. */
  stop(): Promise<void>;
};

/** `namespace` undefined: the network this process itself is in. */
export type LinkEnd = { readonly namespace: string | undefined; readonly device: string };

/** Compiles the shaper into a folder; resolves with the program's path. */
export async function compileShaper(folder: string): Promise<string> {
  const program = join(folder, "shaper");
  await promisify(execFile)("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE]);
  return program;
}

/** Makes a device at both ends and carries packets between them; the ends still need addresses and to be set up. */
export async function startLink(shaper: string, site: LinkEnd, internet: LinkEnd, seed: number): Promise<Link> {
  const ends = [site, internet].flatMap(({ namespace, device }) => [
    namespace === undefined ? `/proc/${process.pid}/ns/net` : `/run/netns/${namespace}`,
    device,
  ]);
  const child = spawn(shaper, [...ends, String(MTU_BYTES), String(seed)], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const waiting: ((line: string) => void)[] = [];
  createInterface(child.stdout).on("line", (line) => waiting.shift()?.(line));
  const nextLine = (to: string) =>
    new Promise<string>((resolve, reject) => {
      const fail = () => reject(new Error(`The shaper gave no answer to "${to}". It said: ${complaint}`));
      const limit = setTimeout(fail, ANSWER_LIMIT_MS);
      waiting.push((line) => {
        clearTimeout(limit);
        resolve(line);
      });
    });
  const order = async (line: string): Promise<string> => {
    const answer = nextLine(line);
    child.stdin.write(`${line}\n`);
    return answer;
  };
  try {
    await nextLine("its start");
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
  const now: Record<Way, LinkQuality> = { up: CLEAN, down: CLEAN };
  const shape = async (change: Partial<LinkQuality>, way: Way | "both" = "both") => {
    for (const one of way === "both" ? (["up", "down"] as const) : [way]) {
      now[one] = { ...now[one], ...change };
      await order(shapeLine(one === "up" ? "ab" : "ba", now[one]));
    }
  };
  await shape({});
  return {
    shape,
    cut: async () => void (await order("cut")),
    mend: async () => void (await order("mend")),
    forget: async () => void (await order("forget")),
    count: async () => {
      const { ab, ba } = answerSchema.parse(JSON.parse(await order("count")));
      return { up: ab, down: ba };
    },
    stop: () => stopShaper(child),
  };
}

/** The words of `ip link set` that every end of a link needs. */
export const linkUp = (device: string) => ["link", "set", device, "txqueuelen", DEVICE_QUEUE, "up"] as const;

function shapeLine(direction: "ab" | "ba", { delayMs, jitterMs, lossPercent, rateBps, queueMs }: LinkQuality): string {
  const figures = [delayMs * 1000, jitterMs * 1000, lossPercent * 10_000, rateBps, queueMs * 1000];
  return ["shape", direction, ...figures.map(Math.round)].join(" ");
}

function stopShaper(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  return stopProcess(child);
}
