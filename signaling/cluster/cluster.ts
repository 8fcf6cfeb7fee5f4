import { randomBytes } from "node:crypto";
import { changeRoom, type Exchange } from "../conversation.ts";
import { departFrom, type Notice, type Room, socketsIn } from "../core/rooms.ts";
import { serverOf } from "../core/socket-name.ts";
import { StoreError } from "../errors.ts";
import type { Log } from "../options.ts";
import type { Roster } from "../roster.ts";
import { RedisRoomStore } from "../store/redis.ts";
import type { Letter } from "./letter.ts";
import { Mailbox, post } from "./mailbox.ts";
import { claimBurial, forgetServer, keepRooms, LEASE_MS, renewLease, roomsOf } from "./membership.ts";
import { RedisLink } from "./redis-link.ts";

const RENEW_MS = 2_000;
/** Long before the life of a key is over (keys.ts). */
const KEEP_MS = 60 * 60_000;
const ROOMS_AT_ONCE = 100;

/**
 * This server as one of several that share rooms in a Redis. Each has a name, a lease and a box of letters. Whoever dies
 * without a word is buried by the others; whoever cannot be sure any more that what it holds to be so is written down (Redis was
 * away or emptied, the others took it for dead) compares, and ends the connections of those whom their room does not name.
 */
export class Cluster {
  readonly server = randomBytes(6).toString("base64url");
  readonly store: RedisRoomStore;
  private readonly link: RedisLink;
  private readonly log: Log;
  private running: { readonly exchange: Exchange; readonly roster: Roster; readonly mailbox: Mailbox } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private inDoubt = false;
  /** It was taken for dead, and whoever began to bury it may not yet have heard that it lives: it looks again then. */
  private looksAgainAtMs = Number.POSITIVE_INFINITY;
  private keptMs = performance.now();
  private hasFailed = false;
  private hasComplained = false;
  /** Until then others may not have had the time to renew their leases: the Redis, or this server, has only just come. */
  private buriesFromMs = performance.now() + LEASE_MS;

  private constructor(link: RedisLink, log: Log) {
    this.link = link;
    this.log = log;
    this.store = new RedisRoomStore(link, log);
    link.whenBack(() => {
      this.inDoubt = true;
      this.giveOthersTime();
      this.goRound();
    });
  }

  /** @throws ServerError `redis-unreachable` */
  static async join(url: string, log: Log): Promise<Cluster> {
    const cluster = new Cluster(await RedisLink.open(url, log), log);
    try {
      // Nobody can write to a server that is not on the list.
      await renewLease(cluster.link, cluster.server);
    } catch (error) {
      if (!(error instanceof StoreError)) {
        await cluster.store.close();
        throw error;
      }
      cluster.fail(error);
    }
    return cluster;
  }

  /** Whether it can do its work: Redis is there, and does what it is asked. */
  get isReachable(): boolean {
    return this.link.isReachable && !this.hasFailed;
  }

  get isGivenUp(): boolean {
    return this.link.isGivenUp;
  }

  start(exchange: Exchange, roster: Roster): void {
    const deliver = async (letter: Letter) => {
      if (letter.do === "disconnect") roster.disconnect(letter.socket);
      else if (await this.holds(letter.notice, roster.roomOf(letter.socket))) roster.tell(letter.socket, letter.notice);
    };
    this.running = { exchange, roster, mailbox: new Mailbox(this.link, this.server, deliver, this.log) };
    this.timer = setInterval(() => this.goRound(), RENEW_MS);
  }

  /** @throws StoreError when it is not on its way */
  async send(letter: Letter): Promise<void> {
    const server = serverOf(letter.socket);
    if (server !== undefined) await post(this.link, server, letter);
  }

  /** Something could not be written, or only perhaps. */
  doubt(why: StoreError): void {
    this.inDoubt = true;
    // Once for each outage, and not when the connection has been said to be away.
    if (this.hasComplained || !this.link.isReachable) return;
    this.hasComplained = true;
    this.log("warn", "what was asked could not be written, or not told to everybody", { why: why.message });
  }

  /** Takes leave of the others. Call it when nobody is connected any more. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
    const { running } = this;
    this.running = undefined;
    if (running !== undefined) {
      await running.roster.departed();
      await running.mailbox.close();
    }
    // If it fails the others find out when the lease is over.
    await (running === undefined ? this.strikeOff() : this.bury(running.exchange, this.server)).catch(ignoreAbsence);
    await this.store.close();
  }

  /**
   * Two servers that change a room one after the other may post in the other order. Whether its host is here is asked again: if
   * that is not so any more, what is so was told before, or is on its way.
   */
  private async holds(notice: Notice, number: string | undefined): Promise<boolean> {
    if (notice.event !== "room.host" || number === undefined) return true;
    try {
      return ((await this.store.read(number))?.state === "open") === notice.payload.present;
    } catch (error) {
      ignoreAbsence(error);
      return true;
    }
  }

  private giveOthersTime(): void {
    this.buriesFromMs = performance.now() + LEASE_MS;
  }

  private fail(why: StoreError): void {
    this.hasFailed = true;
    this.doubt(why);
    this.giveOthersTime();
  }

  private goRound(): void {
    if (this.running === undefined || this.round !== undefined) return;
    const { exchange, roster } = this.running;
    this.round = this.keepUp(exchange, roster)
      .then(() => {
        this.hasFailed = false;
        this.hasComplained = false;
      })
      .catch((error: unknown) => {
        if (error instanceof StoreError) return this.fail(error);
        this.inDoubt = true;
        this.log("error", "could not keep up with other servers", { error });
      })
      .finally(() => {
        this.round = undefined;
      });
  }

  private async keepUp(exchange: Exchange, roster: Roster): Promise<void> {
    const overdue = await this.renew(roster);
    const isSure = !this.inDoubt && performance.now() < this.looksAgainAtMs;
    if (!isSure || performance.now() - this.keptMs > KEEP_MS) {
      if (!this.inDoubt) this.looksAgainAtMs = Number.POSITIVE_INFINITY;
      this.inDoubt = false;
      await this.compare(exchange, roster, isSure);
      this.keptMs = performance.now();
    }
    if (performance.now() < this.buriesFromMs) return;
    for (const server of overdue) {
      this.log("warn", "another server has not been heard of: its hosts and viewers are taken out of their rooms", {
        server,
      });
      await this.bury(exchange, server, roster);
    }
  }

  /** Answers whose leases are over. */
  private async renew(roster: Roster): Promise<readonly string[]> {
    const { standing, overdue } = await renewLease(this.link, this.server);
    if (standing !== "known") {
      this.inDoubt = true;
      this.looksAgainAtMs = performance.now() + LEASE_MS;
    }
    if (standing === "buried") {
      this.log("warn", "others took this server for dead: all who are connected to it begin anew");
      for (const name of [...roster.byRoom().values()].flat()) roster.cut(name);
    }
    return overdue;
  }

  /**
   * A server is gone: nobody is there any more.
   * @param roster of this server, unless it is the one that goes: its lease must hold while it works for another
   */
  private async bury(exchange: Exchange, server: string, roster?: Roster): Promise<void> {
    const isDead = () => claimBurial(this.link, server, server === this.server);
    if (!(await isDead())) return;
    const wasThere = (socket: string) => serverOf(socket) === server;
    for (const numbers of batchesOf(await roomsOf(this.link, server))) {
      // It may live after all, and have new sockets in these rooms; or another has done all this meanwhile.
      if (!(await isDead())) return;
      if (roster !== undefined) await this.renew(roster);
      await Promise.all(
        numbers.map((number) => changeRoom(exchange, number, (room) => departFrom(room, wasThere, Date.now()))),
      );
    }
    await forgetServer(this.link, server);
  }

  /** This server goes before anybody was connected to it. */
  private async strikeOff(): Promise<void> {
    await claimBurial(this.link, this.server, true);
    await forgetServer(this.link, this.server);
  }

  /** Compares what is written down with who is connected, and sets both right. */
  private async compare(exchange: Exchange, roster: Roster, isSure: boolean): Promise<void> {
    const isGone = (socket: string) => serverOf(socket) === this.server && !roster.has(socket);
    const seats = roster.byRoom();
    const all = new Set([...(await roomsOf(this.link, this.server)), ...seats.keys()]);
    let cut = 0;
    for (const numbers of batchesOf([...all])) {
      await this.renew(roster);
      const live = await Promise.all(
        numbers.map(async (number) => {
          const { room } = await changeRoom(exchange, number, (before) => departFrom(before, isGone, Date.now()));
          // Whom its host has dismissed is not named either, and needs no ending while nothing was lost.
          for (const name of isSure ? [] : unnamed(room, seats.get(number))) {
            if (roster.roomOf(name) !== number) continue;
            roster.cut(name);
            cut += 1;
          }
          return socketsIn(room).some((socket) => serverOf(socket) === this.server) ? number : [];
        }),
      );
      await keepRooms(this.link, this.server, live.flat());
    }
    if (cut > 0) this.log("warn", "ended connections whose rooms are not written down any more", { connections: cut });
  }
}

function unnamed(room: Room | undefined, seated: readonly string[] = []): readonly string[] {
  const named = new Set(socketsIn(room));
  return seated.filter((name) => !named.has(name));
}

function* batchesOf(all: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < all.length; at += ROOMS_AT_ONCE) yield all.slice(at, at + ROOMS_AT_ONCE);
}

function ignoreAbsence(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
