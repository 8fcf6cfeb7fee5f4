import { createServer, connect as netConnect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export type TcpLine = {
  readonly url: string;
  /** Carries nothing more that the server says, until `flow`. */
  readonly stall: () => void;
  readonly flow: () => void;
  /** Ends every connection, and each new one at once, until `mend`. */
  readonly cut: () => void;
  readonly mend: () => void;
};

/** A TCP line to a server that can stop carrying what the server says, or break; it ends with the test. */
export async function openLine(serverPort: number): Promise<TcpLine> {
  const pairs: { readonly client: Socket; readonly upstream: Socket }[] = [];
  let isCut = false;
  const line = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = netConnect(serverPort, "127.0.0.1");
    for (const end of [client, upstream]) end.on("error", () => undefined); // the server cuts it off, which is the point
    pairs.push({ client, upstream });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const endAll = () => {
    for (const { client, upstream } of pairs.splice(0)) {
      client.destroy();
      upstream.destroy();
    }
  };
  onTestFinished(() => {
    endAll();
    line.close();
  });
  await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
  const address = line.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stall: () => {
      for (const { upstream } of pairs) upstream.unpipe().pause();
    },
    flow: () => {
      for (const { client, upstream } of pairs) upstream.pipe(client);
    },
    cut: () => {
      isCut = true;
      endAll();
    },
    mend: () => {
      isCut = false;
    },
  };
}
