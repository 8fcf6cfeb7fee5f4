import type { RelayRefusal } from "../protocol/signaling.ts";
import { FadingMap } from "./core/fading-map.ts";
import type { Limits } from "./core/limits.ts";
import { TokenBucket } from "./core/token-bucket.ts";
import type { RelaySocket } from "./endpoint.ts";
import { RelayBridge } from "./relay-bridge.ts";
import { type RelaySide, type RelayTicket, TICKET_LIFE_MS } from "./relay-ticket.ts";

/** What a room takes of this process, with all its relays together. */
type Share = { readonly rate: TokenBucket; relays: number };

type Relay = { readonly room: string; readonly share: Share } & (
  | {
      readonly state: "waiting";
      readonly side: RelaySide;
      readonly socket: RelaySocket;
      /** Nobody can come any more. */
      readonly limit: NodeJS.Timeout;
    }
  | { readonly state: "joined"; readonly bridge: RelayBridge }
);

/** The sealed pipes through this process. Each begins with the first of its two ends and is over when one of them goes. */
export class Relays {
  private readonly limits: Limits;
  private readonly relays = new Map<string, Relay>();
  /** Their tickets may still look good. */
  private readonly over = new FadingMap<true>(TICKET_LIFE_MS);
  private readonly shares = new Map<string, Share>();
  /** Of rooms that have no relay just now: with the next one they get no fresh allowance. */
  private readonly resting: FadingMap<Share>;

  constructor(limits: Limits) {
    this.limits = limits;
    this.resting = new FadingMap((limits.relayByteBurst / limits.relayBytesPerSecond) * 1000);
  }

  /** Why this end may not come; undefined: it may. */
  refusal({ relay: id, side, room }: RelayTicket): Extract<RelayRefusal, "used" | "too-many"> | undefined {
    const relay = this.relays.get(id);
    if (relay?.state === "waiting") return relay.side === side ? "used" : undefined;
    if (relay !== undefined || this.over.get(id, performance.now())) return "used";
    return (this.shares.get(room)?.relays ?? 0) >= this.limits.relaysPerRoom ? "too-many" : undefined;
  }

  /** An end is here; `leave` is to be called when it is not any more. False: another was faster. */
  enter(ticket: RelayTicket, socket: RelaySocket): boolean {
    if (this.refusal(ticket) !== undefined) return false;
    const { relay: id, side, room } = ticket;
    const first = this.relays.get(id);
    if (first?.state === "waiting") {
      clearTimeout(first.limit);
      const [host, viewer] = side === "viewer" ? [first.socket, socket] : [socket, first.socket];
      const bridge = new RelayBridge(host, viewer, first.share.rate);
      this.relays.set(id, { state: "joined", room, share: first.share, bridge });
    } else {
      const limit = setTimeout(() => this.end(id), TICKET_LIFE_MS);
      this.relays.set(id, { state: "waiting", room, share: this.takeShare(room), side, socket, limit });
    }
    return true;
  }

  /** What carries the records of this relay; undefined while an end is missing. */
  bridge({ relay: id }: RelayTicket): RelayBridge | undefined {
    const relay = this.relays.get(id);
    return relay?.state === "joined" ? relay.bridge : undefined;
  }

  /** An end that was here is gone, and with it the relay. */
  leave({ relay: id }: RelayTicket): void {
    this.end(id);
  }

  close(): void {
    for (const id of [...this.relays.keys()]) this.end(id);
  }

  private end(id: string): void {
    const relay = this.relays.get(id);
    if (relay === undefined) return;
    this.relays.delete(id);
    this.over.set(id, true, performance.now());
    this.giveBack(relay.room, relay.share);
    if (relay.state === "joined") return relay.bridge.close();
    clearTimeout(relay.limit);
    relay.socket.disconnect(true);
  }

  private takeShare(room: string): Share {
    const { relayBytesPerSecond, relayByteBurst } = this.limits;
    const nowMs = performance.now();
    const share = this.shares.get(room) ??
      this.resting.get(room, nowMs) ?? { rate: new TokenBucket(relayBytesPerSecond, relayByteBurst, nowMs), relays: 0 };
    share.relays += 1;
    this.shares.set(room, share);
    return share;
  }

  private giveBack(room: string, share: Share): void {
    share.relays -= 1;
    if (share.relays > 0) return;
    this.shares.delete(room);
    this.resting.set(room, share, performance.now());
  }
}
