import { StoreError } from "../errors.ts";
import type { Log } from "../options.ts";
import { KEY_LIFE_MS, lettersKey, SERVERS_KEY } from "./keys.ts";
import { type Letter, readLetter, writeLetter } from "./letter.ts";
import { BURIED, NOW } from "./membership.ts";
import { READ_WAIT_MS, type RedisLink } from "./redis-link.ts";

/** What may wait for a server that is slow to read. Whoever writes more is refused, never is one dropped. */
const MAX_LETTERS_WAITING = 5_000;
const LETTERS_PER_READ = 200;
/** After a read or a deletion that failed: the connection is made anew meanwhile, or somebody changes what Redis permits. */
const READ_AGAIN_MS = 100;

/**
 * Puts a letter into the box of a server.
 * KEYS: the servers, the box   ARGV: server, letter, how many may wait, life of a key in ms
 * Answers 1: done, 0: there is no such server (any more), -1: the box is full
 * A server whose box is full and whose lease is over counts as buried: if it lives after all it has missed a letter, and begins anew.
 */
const POST = `${NOW}
  if lease <= 0 then return 0 end
  if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then
    if lease > now then return -1 end
    redis.call('ZADD', KEYS[1], ${BURIED}, ARGV[1])
    return 0
  end
  redis.call('XADD', KEYS[2], '*', 'letter', ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  return 1`;

/**
 * Posts a letter. One that is posted after another is read after it.
 * @throws StoreError when it is not in the box, or may not be
 */
export async function post(link: RedisLink, server: string, letter: Letter): Promise<void> {
  const keys = [SERVERS_KEY, lettersKey(server)];
  const values = [server, writeLetter(letter), MAX_LETTERS_WAITING, KEY_LIFE_MS];
  const answer = await link.use((redis) => redis.eval(POST, keys.length, ...keys, ...values));
  // A server that is gone took its sockets along, and whoever is in a room with them is told so (membership.ts).
  if (answer === -1) throw new StoreError("Another server does not read what it is sent.");
}

/** Reads what other servers post for this one, in order, each letter once. */
export class Mailbox {
  private readonly link: RedisLink;
  private readonly key: string;
  private readonly deliver: (letter: Letter) => Promise<void>;
  private readonly log: Log;
  private readonly reading: Promise<void>;
  private closed = false;

  constructor(link: RedisLink, server: string, deliver: (letter: Letter) => Promise<void>, log: Log) {
    this.link = link;
    this.key = lettersKey(server);
    this.deliver = deliver;
    this.log = log;
    this.reading = this.readOn();
  }

  /** Nothing is delivered any more when this resolves. */
  async close(): Promise<void> {
    this.closed = true;
    this.link.reader.disconnect();
    await this.reading;
  }

  private async readOn(): Promise<void> {
    /** Delivered, and perhaps still there: the connection may have ended before Redis heard that they can go. */
    let delivered: ReadonlySet<string> = new Set();
    while (!this.closed) {
      try {
        delivered = await this.readOnce(delivered);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith("WRONGTYPE")) await this.empty();
        await pause();
      }
    }
  }

  /** Always from the beginning, which nobody else takes away: an id to go on from would not fit a Redis that came back empty. */
  private async readOnce(delivered: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const { reader } = this.link;
    // Both at once: Redis does them in this order.
    const deleted = delivered.size === 0 || reader.xdel(this.key, ...delivered).catch(() => false);
    const streams = await reader.xread("COUNT", LETTERS_PER_READ, "BLOCK", READ_WAIT_MS, "STREAMS", this.key, "0");
    const entries = streams?.[0]?.[1] ?? [];
    for (const [id, fields] of entries) if (!delivered.has(id)) await this.open(fields[1]);
    // What could not be deleted is read at once, again and again.
    if ((await deleted) === false) await pause();
    return new Set(entries.map(([id]) => id));
  }

  private async open(text: string | undefined): Promise<void> {
    const letter = readLetter(text ?? "");
    if (letter === undefined) this.log("warn", "dropped what is no letter of a server");
    else if (!this.closed) await this.deliver(letter);
  }

  private async empty(): Promise<void> {
    this.log("warn", "dropped what is no box of letters");
    await this.link.use((redis) => redis.del(this.key)).catch(() => undefined);
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS));
