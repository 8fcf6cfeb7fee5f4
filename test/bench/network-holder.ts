import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

import { openViewerNetwork } from "./viewer-network.ts";

/**
 * Holds a viewer's network, as a benchmark does, until it is told to end: for viewer-network.test.ts, which kills it.
 * @param line "slow": a line by the shaper; else a cable
 */
export async function run([line]: readonly string[]): Promise<void> {
  const network = await openViewerNetwork(line === "slow" ? { delayMs: 1 } : undefined);
  const [command = "", ...words] = network.enter;
  const viewer = spawn(command, [...words, "sleep", "600"], { stdio: "ignore" });
  const server = createServer((socket) => socket.end("welcome")).listen(0, network.hostAddress);
  await Promise.all([once(server, "listening"), once(viewer, "spawn")]);
  process.once("SIGTERM", async () => {
    viewer.kill();
    server.close();
    await network.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const held = { namespace: words.at(-1), hostAddress: network.hostAddress, port, viewerPid: viewer.pid };
  process.stdout.write(`${JSON.stringify(held)}\n`);
}
