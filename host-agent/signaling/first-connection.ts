import type { Socket } from "socket.io-client";
import { HostError } from "../errors.ts";
import { connectReason } from "./connect-reason.ts";

const CONNECT_LIMIT_MS = 10_000;

/**
 * Waits until a socket that tries by itself is connected for the first time. One that does not get there is closed.
 * @throws HostError `server-unreachable`, with the last reason there was
 */
export async function firstConnection(socket: Socket, serverUrl: string): Promise<void> {
  let lastReason = "no answer";
  const noteReason = (error: Error) => {
    lastReason = connectReason(error);
  };
  socket.on("connect_error", noteReason);
  try {
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(unreachable(serverUrl, lastReason)), CONNECT_LIMIT_MS);
      socket.once("connect", () => {
        clearTimeout(limit);
        resolve();
      });
    });
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    socket.off("connect_error", noteReason);
  }
}

export function unreachable(serverUrl: string, reason: string): HostError {
  return new HostError(
    "server-unreachable",
    `The server ${serverUrl} cannot be reached (${reason}).`,
    "Check the address and that `deskbeam serve` runs there; or leave --server out to share on this network.",
  );
}
