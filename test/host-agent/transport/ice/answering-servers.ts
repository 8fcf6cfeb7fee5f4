import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { onTestFinished } from "vitest";
import { encodeBindingSuccess, encodeError, readStun } from "../../../../protocol/stun.ts";

export type AnsweringServer = {
  readonly port: number;
  /** Questions that have come. */
  readonly asked: () => number;
  /** From now on it is silent. */
  silence(): void;
};

type Manners = {
  readonly address?: string;
  /** What a TURN server answers; 401 unless told. */
  readonly turnError?: number;
  /** So many questions are overheard first. */
  readonly deafTo?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
};

/** A STUN and TURN server over UDP that lives as long as the test. */
export async function udpServer({
  address = "127.0.0.1",
  turnError = 401,
  deafTo = 0,
}: Manners = {}): Promise<AnsweringServer> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  let asked = 0;
  let silent = false;
  socket.on("message", (datagram, from) => {
    asked += 1;
    const answer = answerTo(datagram, { address: from.address, port: from.port }, turnError);
    if (!silent && asked > deafTo && answer !== undefined) socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return {
    port: socket.address().port,
    asked: () => asked,
    silence: () => {
      silent = true;
    },
  };
}

/** A TURN server over TCP, or TLS. It hands out its answers byte by byte. */
export async function streamServer({ turnError = 401, tls }: Manners = {}): Promise<AnsweringServer> {
  let asked = 0;
  let silent = false;
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {
      // The other end may be gone before it has heard all.
    });
    socket.on("data", (chunk: Buffer) => {
      asked += 1;
      const answer = answerTo(chunk, { address: "127.0.0.1", port: 1 }, turnError);
      if (!silent) for (const byte of answer ?? []) socket.write(Uint8Array.of(byte));
    });
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  // Listening on a port, its address is one with a port.
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    silence: () => {
      silent = true;
    },
  };
}

function answerTo(
  bytes: Uint8Array,
  from: { address: string; port: number },
  turnError: number,
): Uint8Array | undefined {
  const request = readStun(bytes);
  if (request === undefined) return undefined;
  if (request.method === "allocate") return encodeError(request, turnError);
  return encodeBindingSuccess(request.transactionId, { family: from.address.includes(":") ? 6 : 4, ...from });
}
