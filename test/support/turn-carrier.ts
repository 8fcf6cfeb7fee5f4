import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, isIPv4 } from "node:net";
import { stunMessageBytes } from "../../protocol/stun.ts";

export type Peer = { readonly address: string; readonly port: number };

/** What carries STUN messages to a server and back, one at a time. */
export type Carrier = { send(message: Uint8Array): void; onMessage: (message: Buffer) => void; close(): void };

export const toTurn = (transport: "udp" | "tcp", server: Peer): Promise<Carrier> =>
  transport === "udp" ? overUdp(server) : overTcp(server);

async function overUdp({ address, port }: Peer): Promise<Carrier> {
  const socket = createSocket(isIPv4(address) ? "udp4" : "udp6");
  socket.connect(port, address);
  await once(socket, "connect");
  const carrier: Carrier = {
    send: (message) => socket.send(message),
    onMessage: () => undefined,
    close: () => void socket.close(),
  };
  socket.on("message", (message) => carrier.onMessage(message));
  return carrier;
}

async function overTcp({ address, port }: Peer): Promise<Carrier> {
  const socket = connect(port, address);
  await once(socket, "connect");
  const carrier: Carrier = {
    send: (message) => void socket.write(message),
    onMessage: () => undefined,
    close: () => void socket.destroy(),
  };
  let unread = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (;;) {
      const length = stunMessageBytes(unread);
      if (length === undefined || unread.length < length) return;
      carrier.onMessage(unread.subarray(0, length));
      unread = unread.subarray(length);
    }
  });
  return carrier;
}
