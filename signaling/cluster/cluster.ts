import { randomBytes } from "node:crypto";
import { changeRoom, type Exchange } from "../conversation.ts";
import { departFrom, type Room, socketsIn } from "../core/rooms.ts";
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
  private keptMs = performance.now();
  /** Until then others may not have had the time to renew their leases: the Redis, or this server, has only just come. */
  private buriesFromMs = performance.now() + LEASE_MS;

  private constructor(link: RedisLink, log: Log) {
    this.link = link;
    this.log = log;
    this.store = new RedisRoomStore(link, log);
    link.whenBack(() => {
      this.doubt();
      this.goRound();
    });
  }

  /** @throws ServerError `redis-unreachable` */
  static async join(url: string, log: Log): Promise<Cluster> {
    const cluster = new Cluster(await RedisLink.open(url, log), log);
    // Nobody can write to a server that is not on the list.
    await renewLease(cluster.link, cluster.server).catch(() => cluster.doubt());
    return cluster;
  }

  get isReachable(): boolean {
    return this.link.isReachable;
  }

  start(exchange: Exchange, roster: Roster): void {
    const deliver = (letter: Letter) =>
      letter.do === "tell" ? roster.tell(letter.socket, letter.notice) : roster.disconnect(letter.socket);
    this.running = { exchange, roster, mailbox: new Mailbox(this.link, this.server, deliver, this.log) };
    this.timer = setInterval(() => this.goRound(), RENEW_MS);
  }

  /** @throws StoreError when it is not on its way */
  async send(letter: Letter): Promise<void> {
    const server = serverOf(letter.socket);
    if (server !== undefined) await post(this.link, server, letter);
  }

  /** Something could not be written, or only perhaps. */
  doubt(): void {
    this.inDoubt = true;
    this.buriesFromMs = performance.now() + LEASE_MS;
  }

  /** Takes leave of the others. Call it when nobody is connected any more, and close the store afterwards. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
    const { running } = this;
    this.running = undefined;
    if (running === undefined) return;
    await running.roster.departed();
    await running.mailbox.close();
    // Otherwise the others find out when the lease is over.
    await this.bury(running.exchange, this.server, true).catch(ignoreAbsence);
  }

  private goRound(): void {
    if (this.running === undefined || this.round !== undefined) return;
    const { exchange, roster } = this.running;
    this.round = this.keepUp(exchange, roster)
      .catch((error: unknown) => {
        this.doubt();
        if (!(error instanceof StoreError)) this.log("error", "could not keep up with other servers", { error });
      })
      .finally(() => {
        this.round = undefined;
      });
  }

  private async keepUp(exchange: Exchange, roster: Roster): Promise<void> {
    const { wasKnown, overdue } = await renewLease(this.link, this.server);
    const isSure = wasKnown && !this.inDoubt;
    if (!isSure || performance.now() - this.keptMs > KEEP_MS) {
      this.inDoubt = false;
      await this.compare(exchange, roster, isSure);
      this.keptMs = performance.now();
    }
    if (performance.now() < this.buriesFromMs) return;
    for (const server of overdue) {
      this.log("warn", "another server has not been heard of: its hosts and viewers are taken out of their rooms", {
        server,
      });
      await this.bury(exchange, server, false);
    }
  }

  /** A server is gone: nobody is there any more. */
  private async bury(exchange: Exchange, server: string, evenIfAlive: boolean): Promise<void> {
    if (!(await claimBurial(this.link, server, evenIfAlive))) return;
    const wasThere = (socket: string) => serverOf(socket) === server;
    await inBatches(await roomsOf(this.link, server), async (numbers) => {
      await Promise.all(
        numbers.map((number) => changeRoom(exchange, number, (room) => departFrom(room, wasThere, Date.now()))),
      );
    });
    await forgetServer(this.link, server);
  }

  /** Compares what is written down with who is connected, and sets both right. */
  private async compare(exchange: Exchange, roster: Roster, isSure: boolean): Promise<void> {
    const isGone = (socket: string) => serverOf(socket) === this.server && !roster.has(socket);
    const seats = roster.byRoom();
    const all = new Set([...(await roomsOf(this.link, this.server)), ...seats.keys()]);
    let cut = 0;
    await inBatches([...all], async (numbers) => {
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
    });
    if (cut > 0) this.log("warn", "ended connections whose rooms are not written down any more", { connections: cut });
  }
}

function unnamed(room: Room | undefined, seated: readonly string[] = []): readonly string[] {
  const named = new Set(socketsIn(room));
  return seated.filter((name) => !named.has(name));
}

async function inBatches(all: readonly string[], work: (some: readonly string[]) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += ROOMS_AT_ONCE) await work(all.slice(at, at + ROOMS_AT_ONCE));
}

function ignoreAbsence(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
