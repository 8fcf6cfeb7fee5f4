import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import { ipBytes } from "../protocol/ip-address.ts";
import { encodeBindingSuccess, encodeError, readStun } from "../protocol/stun.ts";
import { limitKey, plainAddress } from "./core/address.ts";
import { SourceWindow } from "./core/source-window.ts";
import { ServerError } from "./errors.ts";
import { codeOf, listenRefusal, type PortWords } from "./listen-refusal.ts";
import type { Log, StunPlace } from "./options.ts";

/**
 * A connection asks once or twice for each of its sockets and repeats itself while nothing comes: an office behind one
 * address stays below. All together it is at most 220 KB a second.
 */
const ANSWERS = { windowMs: 1_000, perSource: 50, inAll: 5_000 };
/** What the system does not take off our hands by then is not worth sending: the asker asks again. */
const MAX_UNSENT_BYTES = 64 * 1024;
const UNKNOWN_ATTRIBUTE = 420;

export type StunServer = { readonly port: number; readonly close: () => Promise<void> };

/**
 * Tells everybody who asks over UDP how the world sees them, so that two ends behind NATs can find a direct way without a
 * third party. It needs no credentials and gives nothing away: the answer goes to where the question claims to come from, is
 * at most 24 bytes longer, and there is none to anything but a question.
 * On a machine with several addresses that listens on all of them the system chooses the one an answer comes from.
 * @returns undefined when the port is busy and the server may do without
 * @throws ServerError `port-busy`, `port-forbidden`, `address-unavailable`
 */
export async function openStun(
  place: StunPlace & { readonly bind: string | undefined },
  log: Log,
): Promise<StunServer | undefined> {
  let socket: Socket;
  try {
    socket = await bindUdp(place.port, place.bind);
  } catch (cause) {
    const error = listenRefusal(cause, wordsFor(place.port), place.bind);
    if (!(error instanceof ServerError && error.code === "port-busy" && place.doWithoutIfBusy)) throw error;
    log("warn", `${error.message} STUN is off here; a TURN server answers it too. ${error.hint}`);
    return undefined;
  }
  const window = new SourceWindow(ANSWERS);
  socket.on("message", (message, from) => {
    const answer = answerTo(message, from);
    if (answer === undefined || !window.take(limitKey(from.address), performance.now())) return;
    if (socket.getSendQueueSize() > MAX_UNSENT_BYTES) return;
    // Whoever cannot be reached is not answered; the callback keeps that from being an error of the socket.
    socket.send(answer, from.port, from.address, () => undefined);
  });
  socket.on("error", (error) => log("warn", "STUN could not read a datagram", { error }));
  let closed: Promise<unknown> | undefined;
  return {
    port: socket.address().port,
    close: async () => {
      closed ??= once(socket.close(), "close");
      await closed;
    },
  };
}

/** @returns undefined: none */
export function answerTo(message: Uint8Array, from: Pick<RemoteInfo, "address" | "port">): Uint8Array | undefined {
  // Nothing can be sent to port 0, and nobody honest has it.
  const request = from.port === 0 ? undefined : readStun(message);
  if (request?.method !== "binding" || request.class !== "request") return undefined;
  if (request.unknown.length > 0) return encodeError(request, UNKNOWN_ATTRIBUTE, request.unknown);
  const address = plainAddress(from.address);
  const family = ipBytes(address)?.length === 4 ? 4 : 6;
  return encodeBindingSuccess(request.transactionId, { family, address, port: from.port });
}

/** As the web server does: all interfaces are those of IPv6 with IPv4 among them, where the machine has IPv6. */
async function bindUdp(port: number, bind: string | undefined): Promise<Socket> {
  if (bind !== undefined) {
    const { address } = await lookup(bind);
    return bound(createSocket(isIPv4(address) ? "udp4" : "udp6"), port, address);
  }
  try {
    return await bound(createSocket("udp6"), port, "::");
  } catch (error) {
    if (codeOf(error) !== "EAFNOSUPPORT" && codeOf(error) !== "EADDRNOTAVAIL") throw error;
    return bound(createSocket("udp4"), port, "0.0.0.0");
  }
}

function bound(socket: Socket, port: number, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    // Not shared with other processes of a cluster: each would get some of the questions.
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

const wordsFor = (port: number): PortWords => ({
  busy: `UDP port ${port} is`,
  ifBusy: "Stop the program that uses it, choose another port with --stun-port, or say --stun-port off.",
  forbidden: `UDP port ${port} needs`,
  ifForbidden: "Choose a port from 1024 up with --stun-port, or say --stun-port off.",
});
