import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { RelayRefusal } from "../protocol/signaling.ts";

/*
 * What lets one end of one relay in, once. Whoever knows the secret makes tickets and takes them: the signaling server and a
 * relay of its own share nothing else.
 *
 *   side.relay.room.expires.mac          ASCII
 *   side     h the host, v the viewer
 *   relay    16 random bytes in base64url: the same on the two tickets of a pair
 *   room     its number, because limits are per room
 *   expires  seconds since 1970
 *   mac      HMAC-SHA256 of PURPOSE and all that stands before the last dot, in base64url
 */

export type RelaySide = "host" | "viewer";

export type RelayTicket = { readonly side: RelaySide; readonly relay: string; readonly room: string };

/** Whoever has got a ticket connects at once; the rest is for clocks that differ. */
const TICKET_MS = 60_000;
/** How far the clock of who makes tickets may be ahead of the clock of who takes them. Behind, it may be nearly as much. */
const CLOCKS_APART_MS = 30_000;
/** No ticket that is good now is good after this. */
export const TICKET_LIFE_MS = TICKET_MS + CLOCKS_APART_MS;

/** The same secret may serve other ends elsewhere: what it signs there is no ticket. */
const PURPOSE = "deskbeam relay ticket 1: ";
const SHAPE = /^(([hv])\.([A-Za-z0-9_-]{22})\.([0-9]{1,6})\.([0-9]{1,12}))\.([A-Za-z0-9_-]{43})$/;

/** @param nowMs since 1970 */
export function issueTickets(
  secret: string,
  room: string,
  nowMs: number,
): { readonly host: string; readonly viewer: string } {
  const relay = randomBytes(16).toString("base64url");
  const expiresS = Math.ceil((nowMs + TICKET_MS) / 1000);
  const signed = (side: "h" | "v") => {
    const body = `${side}.${relay}.${room}.${expiresS}`;
    return `${body}.${macOf(secret, body)}`;
  };
  return { host: signed("h"), viewer: signed("v") };
}

/** @param nowMs since 1970 */
export function readTicket(
  secret: string,
  text: string,
  nowMs: number,
): RelayTicket | Extract<RelayRefusal, "bad-ticket" | "untimely"> {
  const [, body = "", side, relay = "", room = "", expiresS, mac = ""] = SHAPE.exec(text) ?? [];
  // Also for what has not the shape of a ticket: without its text there is nothing that could be equal.
  if (!isEqual(mac, macOf(secret, body))) return "bad-ticket";
  const leftMs = Number(expiresS) * 1000 - nowMs;
  if (leftMs <= 0 || leftMs > TICKET_LIFE_MS) return "untimely";
  return { side: side === "h" ? "host" : "viewer", relay, room };
}

const macOf = (secret: string, body: string): string =>
  createHmac("sha256", secret)
    .update(PURPOSE + body)
    .digest("base64url");

/** In the same time wherever they differ. */
function isEqual(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
