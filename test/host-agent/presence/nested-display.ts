import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { startXServer, stopProcess } from "../../support/x-server.ts";
import { Onlooker, until } from "./onlooker.ts";

/**
 * A display inside a window of another one. What a program injects into the outer display reaches the inner one as a
 * real mouse and keyboard, as a hand would.
 */
export type NestedDisplay = {
  readonly display: string;
  /** Over the outer display, where every key and motion lands in the inner one. */
  readonly hand: Onlooker;
  stop(): Promise<void>;
};

export async function startNestedDisplay(): Promise<NestedDisplay> {
  const outer = await startXServer({ width: 500, height: 400 });
  const child = spawn("Xephyr", ["-displayfd", "3", "-screen", "500x400", "-noreset", "-nolisten", "tcp"], {
    env: { ...process.env, DISPLAY: outer.display },
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  let number = "";
  // Descriptor 3 was asked for as a pipe above; its type says only "some stream".
  (child.stdio[3] as Readable).on("data", (chunk: Buffer) => {
    number += chunk.toString();
  });
  const stopServers = async () => {
    await stopProcess(child);
    await outer.stop();
  };
  try {
    const hand = await Onlooker.open(outer.display);
    await until("the nested display", () => number.endsWith("\n"));
    return {
      display: `:${number.trim()}`,
      hand,
      stop: async () => {
        await hand.close();
        await stopServers();
      },
    };
  } catch (error) {
    await stopServers();
    throw error;
  }
}
