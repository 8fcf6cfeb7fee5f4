import type { Path } from "../../protocol/pipe.ts";
import type { Place } from "./nat.ts";
import type { SitePlan } from "./network.ts";

/** Where people sit: each kind of NAT (see nat.ts), and firewalls that let less and less through. */
const SEATS = [
  "none",
  "full-cone",
  "port-restricted",
  "symmetric",
  "udp-blocked",
  "turns-only",
  "server-only",
] as const;
export type Seat = (typeof SEATS)[number];

/**
 * The site of a seat. "turns-only" lets out TCP to the deskbeam server and to the TLS port of the TURN server,
 * "server-only" TCP to the deskbeam server's one port.
 */
export function siteOf(seat: Seat, server: Place, turns: Place): SitePlan {
  if (seat === "turns-only") return { nat: "tcp-ports", to: [server, turns] };
  if (seat === "server-only") return { nat: "tcp-ports", to: [server] };
  return { nat: seat };
}

export type Pair = { readonly viewer: Seat; readonly host: Seat };

/** The best rung that the laws of NAT allow for viewer and host at different sites. */
export function expectedPath({ viewer, host }: Pair): Path {
  const ends = [viewer, host];
  if (ends.includes("server-only")) return "relay";
  if (ends.includes("udp-blocked") || ends.includes("turns-only")) return "turn";
  // A hole is punched toward a port that is known. A symmetric NAT shows its port to whom it writes; so the other end
  // must let in whoever comes.
  const closed = ends.filter((seat) => seat === "symmetric" || seat === "port-restricted");
  return closed.length === 2 && closed.includes("symmetric") ? "turn" : "direct";
}

/** Every seat at both ends. */
export const ALL_PAIRS: readonly Pair[] = SEATS.flatMap((viewer) => SEATS.map((host) => ({ viewer, host })));

/** Each seat at least once at each end or in each role that matters, and each rung by more than one cause. */
export const REPRESENTATIVE_PAIRS: readonly Pair[] = [
  { viewer: "none", host: "udp-blocked" },
  { viewer: "none", host: "turns-only" },
  { viewer: "full-cone", host: "symmetric" },
  { viewer: "port-restricted", host: "none" },
  { viewer: "port-restricted", host: "port-restricted" },
  { viewer: "port-restricted", host: "server-only" },
  { viewer: "symmetric", host: "full-cone" },
  { viewer: "symmetric", host: "port-restricted" },
  { viewer: "udp-blocked", host: "port-restricted" },
  { viewer: "server-only", host: "none" },
];
