import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  encodeAllocateRequest,
  encodeBindingRequest,
  readStun,
  type StunMessage,
  stunMessageBytes,
  TRANSACTION_ID_BYTES,
} from "../../../protocol/stun.ts";
import type { IceUrl } from "./ice-url.ts";
import { untilAborted } from "./until-aborted.ts";

/** UDP loses packets: the question goes out again after these times, all within the second a probe may take. */
const REPEAT_AFTER_MS = [150, 400, 700];
/** The longest answer a server gives to these questions has about 150 bytes. */
const MAX_ANSWER_BYTES = 2048;

export type ServerAnswer = { readonly message: StunMessage; readonly roundTripMs: number };

/**
 * Asks a server, at one of its addresses, the one thing it answers to anybody: a STUN server how it sees us, a TURN
 * server for a relay without credentials.
 * @throws the signal's reason when it comes first; Error with the system's or TLS's `code` when there is no connection
 */
export function askServer(server: IceUrl, address: string, signal: AbortSignal): Promise<ServerAnswer> {
  const id = new Uint8Array(randomBytes(TRANSACTION_ID_BYTES));
  const request = server.kind === "stun" ? encodeBindingRequest(id) : encodeAllocateRequest(id);
  const isAnswer = ({ transactionId, class: kind }: StunMessage): boolean =>
    kind !== "request" && Buffer.compare(transactionId, id) === 0;
  return server.carrier === "udp"
    ? askByUdp(server, address, request, isAnswer, signal)
    : askByStream(server, address, request, isAnswer, signal);
}

function askByUdp(
  { port }: IceUrl,
  address: string,
  request: Uint8Array,
  isAnswer: (message: StunMessage) => boolean,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  const timers: NodeJS.Timeout[] = [];
  return untilAborted<ServerAnswer>(signal, (resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (datagram) => {
      const message = readStun(datagram);
      if (message !== undefined && isAnswer(message)) resolve({ message, roundTripMs: performance.now() - startMs });
    });
    const startMs = performance.now();
    socket.once("connect", () => {
      const send = () => socket.send(request, (error) => error !== null && reject(error));
      send();
      for (const afterMs of REPEAT_AFTER_MS) timers.push(setTimeout(send, afterMs));
    });
    // Connected, the kernel lets in answers from there only, and says when nobody listens (ECONNREFUSED).
    socket.connect(port, address);
  }).finally(() => {
    for (const timer of timers) clearTimeout(timer);
    socket.close();
  });
}

function askByStream(
  { carrier, host, port }: IceUrl,
  address: string,
  request: Uint8Array,
  isAnswer: (message: StunMessage) => boolean,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const socket: Socket =
    carrier === "tls"
      ? connectTls({ host: address, port, ...(isIP(host) === 0 && { servername: host }) })
      : connect({ host: address, port });
  let heard = Buffer.alloc(0);
  let askedMs = 0;
  return untilAborted<ServerAnswer>(signal, (resolve, reject) => {
    // Stays to the end: a socket that is destroyed may still report an error.
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("it closed the connection without an answer")));
    socket.once(carrier === "tls" ? "secureConnect" : "connect", () => {
      askedMs = performance.now();
      socket.write(request);
    });
    socket.on("data", (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      const length = stunMessageBytes(heard);
      if (heard.length < 4 || (length !== undefined && length <= MAX_ANSWER_BYTES && heard.length < length)) return;
      const message = length === undefined ? undefined : readStun(heard.subarray(0, length));
      if (message !== undefined && isAnswer(message)) resolve({ message, roundTripMs: performance.now() - askedMs });
      else reject(new Error("it answered with something that is not STUN"));
    });
  }).finally(() => socket.destroy());
}
