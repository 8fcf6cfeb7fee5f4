import {
  MAX_SIGNALING_MESSAGE_BYTES,
  RELAY_PATH,
  type RelayRefusal,
  type RelayServerToClientEvents,
} from "../protocol/signaling.ts";
import type { CommonParts } from "./common-parts.ts";
import { MAX_RELAY_WAITING_BYTES } from "./core/limits.ts";
import { openEndpoint, type RelaySocket } from "./endpoint.ts";
import type { WebServer } from "./listen.ts";
import { type RelayTicket, readTicket } from "./relay-ticket.ts";
import { Relays } from "./relays.ts";
import { readRelayAuth, readRelayRecord } from "./schema.ts";

/** Lets in whoever has a ticket, on RELAY_PATH, and carries records between the two ends of each relay. */
export function openRelay(
  web: WebServer,
  // `secret`: what its tickets are made with.
  { pathPrefix, limits, secret, ...common }: CommonParts & { readonly secret: string },
): { close(): Promise<void> } {
  const { endpoint } = openEndpoint<RelayServerToClientEvents>(web, {
    ...common,
    path: pathPrefix + RELAY_PATH,
    maxMessageBytes: MAX_SIGNALING_MESSAGE_BYTES,
    // The pictures of a host that heeds the acks, and control besides. Whoever sends more is not held back but cut off.
    bytesPerSecond: 2 * limits.relayBytesPerSecond,
    byteBurst: 2 * limits.relayByteBurst,
    maxWaitingBytes: MAX_RELAY_WAITING_BYTES,
  });
  const relays = new Relays(limits);
  const tickets = new WeakMap<RelaySocket, RelayTicket>();

  const refused = (refusal: RelayRefusal): Error => {
    common.log("info", "refused an end of a relay", { refusal });
    return new Error(refusal);
  };
  endpoint.use((socket, next) => {
    const shown = readRelayAuth(socket.handshake.auth);
    const ticket = shown === undefined ? "bad-ticket" : readTicket(secret, shown.ticket, Date.now());
    if (typeof ticket === "string") return next(refused(ticket));
    const refusal = relays.refusal(ticket);
    if (refusal !== undefined) return next(refused(refusal));
    tickets.set(socket, ticket);
    next();
  });

  endpoint.on("connection", (socket) => {
    const ticket = tickets.get(socket);
    if (ticket === undefined || !relays.enter(ticket, socket)) {
      socket.disconnect(true);
      return;
    }
    carryRecords(relays, ticket, socket, limits.malformedPerSocket);
    socket.once("disconnect", () => relays.leave(ticket));
  });

  return {
    close: async () => {
      relays.close();
      await endpoint.close();
    },
  };
}

function carryRecords(relays: Relays, ticket: RelayTicket, socket: RelaySocket, malformedLimit: number): void {
  let malformed = 0;
  socket.onAny((event: unknown, ...args: unknown[]) => {
    const { message, answer } = readRelayRecord(event, args);
    const bridge = relays.bridge(ticket);
    if (message === undefined || bridge === undefined) {
      // Also what comes before `open`: it would be lost, which no sealed pipe survives.
      malformed += 1;
      answer?.({ ok: false });
      if (malformed >= malformedLimit) socket.disconnect(true);
    } else if (ticket.side === "host") {
      bridge.fromHost(message.request, (ok) => answer?.({ ok }));
    } else {
      bridge.fromViewer(message.request);
    }
  });
}
