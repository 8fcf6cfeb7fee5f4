import { createServer, connect as netConnect, type Socket } from "node:net";

/** One TCP connection as a server sees it. */
type Wire = {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly sent: Buffer[];
  readonly answered: Buffer[];
};

/** What went one way over a WebSocket: its messages' bytes one after the other, unmasked. */
export type Carried = { readonly path: string; readonly from: "client" | "server"; readonly bytes: Buffer };

export type WebSocketTap = {
  readonly url: string;
  /** Everything that any WebSocket has carried, and the head of every request. */
  carried(): Carried[];
  /** Cuts the WebSockets whose path begins so. */
  cut(path: string): void;
  close(): Promise<void>;
};

/** Stands in front of a server and keeps a copy of all that goes through. */
export async function openTap(serverPort: number): Promise<WebSocketTap> {
  const wires: Wire[] = [];
  const tap = createServer((client) => {
    const wire: Wire = { client, upstream: netConnect(serverPort, "127.0.0.1"), sent: [], answered: [] };
    wires.push(wire);
    client.on("data", (chunk: Buffer) => wire.sent.push(chunk));
    wire.upstream.on("data", (chunk: Buffer) => wire.answered.push(chunk));
    client.pipe(wire.upstream).pipe(client);
    for (const [end, other] of [
      [client, wire.upstream],
      [wire.upstream, client],
    ] as const) {
      end.on("error", () => undefined); // one side was killed: the other is told by its end
      end.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => tap.listen(0, "127.0.0.1", resolve));
  const address = tap.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    carried: () => wires.flatMap(read),
    cut: (path) => {
      for (const wire of wires) if (read(wire).some((one) => one.path.startsWith(path))) wire.client.destroy();
    },
    close: async () => {
      for (const { client, upstream } of wires) {
        client.destroy();
        upstream.destroy();
      }
      await new Promise((resolve) => tap.close(resolve));
    },
  };
}

function read(wire: Wire): Carried[] {
  const [sent, answered] = [Buffer.concat(wire.sent), Buffer.concat(wire.answered)];
  const [request, frames] = cutHead(sent);
  const path = /^\S+ (\S+)/.exec(request.toString())?.[1] ?? "";
  // Pages and pictures are no secrets of the session, but what they are asked for with might hold one.
  if (!/^upgrade: websocket/im.test(request.toString())) return [{ path, from: "client", bytes: sent }];
  return [
    { path, from: "client", bytes: Buffer.concat([request, unframed(frames)]) },
    { path, from: "server", bytes: unframed(cutHead(answered)[1]) },
  ];
}

function cutHead(bytes: Buffer): [head: Buffer, rest: Buffer] {
  const end = bytes.indexOf("\r\n\r\n") + 4;
  return end < 4 ? [bytes, Buffer.alloc(0)] : [bytes.subarray(0, end), bytes.subarray(end)];
}

/** RFC 6455: u8 FIN and opcode | u8 mask bit and length (126: u16 follows, 127: u64) | mask, 4 bytes if its bit is set | payload. */
function unframed(bytes: Buffer): Buffer {
  const payloads: Buffer[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const second = bytes.readUInt8(at + 1);
    const short = second & 0x7f;
    const maskAt = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    const start = maskAt + (second >= 0x80 ? 4 : 0);
    if (start > bytes.length) break;
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (start > maskAt)
      for (let index = 0; index < payload.length; index++)
        payload[index] = (payload[index] ?? 0) ^ (bytes[maskAt + (index % 4)] ?? 0);
    payloads.push(payload);
    at = start + length;
  }
  return Buffer.concat(payloads);
}
