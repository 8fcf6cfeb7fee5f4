import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { stopProcess } from "../../support/x-server.ts";
import type { RunningSubject, Subject } from "../subject.ts";

const MAIN = fileURLToPath(new URL("../main.mjs", import.meta.url));
const START_LIMIT_MS = 20_000;

/** What every product is measured against where little changes: a bare page that is sent raw pixels. */
export const floor: Subject = { name: "floor", start: startFloor, furtherViewers: 0 };

async function startFloor(display: string, address: string): Promise<RunningSubject> {
  const child = spawn(process.execPath, [MAIN, "floor/host.ts", display, address], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = await once(child.stdout, "data", { signal: AbortSignal.timeout(START_LIMIT_MS) });
    if (child.pid === undefined) throw new Error("The floor has no process.");
    const url = `http://${address}:${Number(port)}/`;
    return { url, processIds: [child.pid], stop: () => stopProcess(child) };
  } catch (error) {
    await stopProcess(child);
    throw new Error("The floor did not start.", { cause: error });
  }
}
