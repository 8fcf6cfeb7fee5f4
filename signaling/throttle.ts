import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { limitKey } from "./core/address.ts";
import type { Limits } from "./core/limits.ts";

const MINUTE_S = 60;
const DAY_S = 24 * 60 * 60;

/** Counts what each address takes. Limits of a single socket stay with the socket (conversation.ts). */
export class Throttle {
  private readonly limits: Limits;
  private readonly connections: RateLimiterMemory;
  private readonly roomOpens: RateLimiterMemory;
  private readonly joins: RateLimiterMemory;
  private readonly iceAsks: RateLimiterMemory;
  private readonly misses: RateLimiterMemory;
  private readonly missedNumbers: RateLimiterMemory;
  private readonly blocks: RateLimiterMemory;
  private readonly openConnections = new Tally();
  private readonly rooms = new Tally();

  constructor(limits: Limits) {
    this.limits = limits;
    const perMinute = (points: number) => new RateLimiterMemory({ points, duration: MINUTE_S });
    this.connections = perMinute(limits.connectionsPerAddressPerMinute);
    this.roomOpens = perMinute(limits.roomOpensPerAddressPerMinute);
    this.joins = perMinute(limits.joinsPerAddressPerMinute);
    this.iceAsks = perMinute(limits.iceAsksPerAddressPerMinute);
    this.misses = perMinute(limits.unknownRoomsPerAddressPerMinute);
    this.missedNumbers = new RateLimiterMemory({ points: 1, duration: limits.unknownRoomBlockMs / 1000 });
    this.blocks = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: DAY_S });
  }

  async mayConnect(address: string): Promise<boolean> {
    if (this.openConnections.of(limitKey(address)) >= this.limits.openConnectionsPerAddress) return false;
    return within(this.connections, limitKey(address));
  }

  /** A connection is open; call the answer once, when it is not any more. */
  connected(address: string): () => void {
    return this.openConnections.hold(limitKey(address));
  }

  async mayOpenRoom(address: string): Promise<boolean> {
    if (this.rooms.of(limitKey(address)) >= this.limits.roomsPerAddress) return false;
    return within(this.roomOpens, limitKey(address));
  }

  /** A room is hosted; call the answer once, when its host is gone. */
  hosting(address: string): () => void {
    return this.rooms.hold(limitKey(address));
  }

  async mayJoin(address: string): Promise<boolean> {
    const missed = await this.misses.get(limitKey(address));
    if (missed !== null && missed.consumedPoints >= this.limits.unknownRoomsPerAddressPerMinute) return false;
    return within(this.joins, limitKey(address));
  }

  async mayAskForIce(address: string): Promise<boolean> {
    return within(this.iceAsks, limitKey(address));
  }

  /** Somebody asked for a room that is not there. The same number again teaches nothing, so it is counted once. */
  async missedRoom(address: string, number: string): Promise<void> {
    const key = limitKey(address);
    if (!(await within(this.missedNumbers, `${key} ${number}`))) return;
    if (!(await within(this.misses, key))) return;
    const missed = await this.misses.get(key);
    if (missed === null || missed.consumedPoints < this.limits.unknownRoomsPerAddressPerMinute) return;
    // The last one that is answered: whoever asks again is not told whether that room exists.
    const { consumedPoints: times } = await this.blocks.consume(key);
    const blockS = (this.limits.unknownRoomBlockMs / 1000) * 2 ** Math.min(times - 1, 20);
    await this.misses.block(key, Math.min(blockS, DAY_S));
  }
}

/** How many of something each address holds right now. */
class Tally {
  private readonly counts = new Map<string, number>();

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  hold(key: string): () => void {
    this.counts.set(key, this.of(key) + 1);
    return () => {
      const left = this.of(key) - 1;
      if (left > 0) this.counts.set(key, left);
      else this.counts.delete(key);
    };
  }
}

async function within(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (refusal) {
    // The library throws the count when the limit is passed, and an Error when its store fails.
    if (refusal instanceof RateLimiterRes) return false;
    throw refusal;
  }
}
