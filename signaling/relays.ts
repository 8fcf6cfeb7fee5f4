import type { PublishAnswer, SignalingError } from "../protocol/signaling.ts";
import type { Limits } from "./core/limits.ts";
import { TokenBucket } from "./core/token-bucket.ts";
import type { RelaySocket } from "./endpoint.ts";
import { RelayBridge } from "./relay-bridge.ts";

export type RelaySide = "host" | "viewer";

/** One token: first nobody, then one end, then both and a bridge between them; when one goes it is over. */
type Relay = { readonly room: string; readonly ends: Map<RelaySide, RelaySocket>; bridge: RelayBridge | undefined };

/** The sealed pipes through this server: which tokens are published, and who has come for each. */
export class Relays {
  private readonly limits: Limits;
  private readonly relays = new Map<string, Relay>();
  /** Outlives a room's tokens: a host that publishes a fresh one gets no fresh allowance with it. */
  private readonly rates = new Map<string, TokenBucket>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** From now on the room's host and one viewer may meet under this token. */
  publish(room: string, token: string): PublishAnswer {
    if (this.relays.has(token)) return { ok: false, error: "bad-request" };
    const ofRoom = [...this.relays.values()].filter((relay) => relay.room === room).length;
    if (ofRoom >= this.limits.tokensPerRoom) return { ok: false, error: "too-many" };
    this.relays.set(token, { room, ends: new Map(), bridge: undefined });
    return { ok: true };
  }

  revoke(room: string, token: string): void {
    if (this.relays.get(token)?.room === room) this.end(token);
  }

  /** The room is over. */
  endRoom(room: string): void {
    for (const [token, relay] of this.relays) if (relay.room === room) this.end(token);
    this.rates.delete(room);
  }

  /** Why this end may not come; undefined: it may. `room` is the host's. */
  refusal(token: string, side: RelaySide, room: string | undefined): SignalingError | undefined {
    const relay = this.relays.get(token);
    if (relay === undefined || (room !== undefined && relay.room !== room)) return "bad-request";
    return relay.ends.has(side) ? "too-many" : undefined;
  }

  /** An end is here. False: another was faster, or the relay is over. */
  enter(token: string, side: RelaySide, socket: RelaySocket): boolean {
    const relay = this.relays.get(token);
    if (relay === undefined || relay.ends.has(side)) return false;
    relay.ends.set(side, socket);
    const [host, viewer] = [relay.ends.get("host"), relay.ends.get("viewer")];
    if (host !== undefined && viewer !== undefined) {
      relay.bridge = new RelayBridge(host, viewer, this.rateOf(relay.room));
    }
    return true;
  }

  /** What carries this token's records; undefined while an end is missing. */
  bridge(token: string): RelayBridge | undefined {
    return this.relays.get(token)?.bridge;
  }

  /** One end is gone, and with it the relay. */
  leave(token: string, side: RelaySide, socket: RelaySocket): void {
    if (this.relays.get(token)?.ends.get(side) === socket) this.end(token);
  }

  close(): void {
    for (const token of [...this.relays.keys()]) this.end(token);
    this.rates.clear();
  }

  private end(token: string): void {
    const relay = this.relays.get(token);
    if (relay === undefined) return;
    this.relays.delete(token);
    if (relay.bridge !== undefined) relay.bridge.close();
    else for (const socket of relay.ends.values()) socket.disconnect(true);
  }

  private rateOf(room: string): TokenBucket {
    const { relayBytesPerSecond, relayByteBurst } = this.limits;
    const rate = this.rates.get(room) ?? new TokenBucket(relayBytesPerSecond, relayByteBurst, performance.now());
    this.rates.set(room, rate);
    return rate;
  }
}
