import { type Exchange, ownsRoom } from "./conversation.ts";
import type { RelayEndpoint, RelaySocket } from "./endpoint.ts";
import type { Log } from "./options.ts";
import type { RelaySide, Relays } from "./relays.ts";
import { readRelayAuth, readRelayRecord } from "./schema.ts";

type Place = { readonly token: string; readonly side: RelaySide };

/** Lets the two ends of each relay in, on RELAY_PATH, and hands their records to it. */
export function carryRelays(endpoint: RelayEndpoint, exchange: Exchange, log: Log): void {
  const places = new WeakMap<RelaySocket, Place>();

  endpoint.use((socket, next) => {
    placeOf(exchange, socket.handshake.auth).then(
      (place) => {
        if (typeof place === "string") return next(new Error(place));
        places.set(socket, place);
        next();
      },
      (error: unknown) => {
        log("error", "could not look up a room", { error });
        next(new Error("busy"));
      },
    );
  });

  endpoint.on("connection", (socket) => {
    const { relays } = exchange;
    const place = places.get(socket);
    if (relays === undefined || place === undefined || !relays.enter(place.token, place.side, socket)) {
      socket.disconnect(true);
      return;
    }
    carryRecords(relays, place, socket, exchange.limits.malformedPerSocket);
    socket.once("disconnect", () => relays.leave(place.token, place.side, socket));
  });
}

function carryRecords(relays: Relays, { token, side }: Place, socket: RelaySocket, malformedLimit: number): void {
  let malformed = 0;
  socket.onAny((event: unknown, ...args: unknown[]) => {
    const { message, answer } = readRelayRecord(event, args);
    const bridge = relays.bridge(token);
    if (message === undefined || bridge === undefined) {
      // Also what comes before `open`: it would be lost, which no sealed pipe survives.
      malformed += 1;
      answer?.({ ok: false });
      if (malformed >= malformedLimit) socket.disconnect(true);
    } else if (side === "host") {
      bridge.fromHost(message.request, (ok) => answer?.({ ok }));
    } else {
      bridge.fromViewer(message.request);
    }
  });
}

/** Where this connection belongs, or why it belongs nowhere. */
async function placeOf(exchange: Exchange, auth: unknown): Promise<Place | string> {
  if (exchange.relays === undefined) return "off";
  const claim = readRelayAuth(auth);
  if (claim === undefined) return "bad-request";
  const { token, room, ownerToken } = claim;
  if (room === undefined || ownerToken === undefined) {
    return exchange.relays.refusal(token, "viewer", undefined) ?? { token, side: "viewer" };
  }
  if (!(await ownsRoom(exchange, { room, ownerToken }))) return "bad-request";
  return exchange.relays.refusal(token, "host", room) ?? { token, side: "host" };
}
