import { equalBytes } from "@noble/ciphers/utils.js";
import { ProtocolError } from "../errors.ts";
import { MAX_RECORD_BYTES, type Path, type Pipe, type PipeHandlers, type PipeState } from "../pipe.ts";
import { MAX_MESSAGE_BYTES, UPDATE_PART } from "../update.ts";
import type { OpenAead } from "./aead.ts";
import { AnswersInOrder } from "./answers-in-order.ts";
import type { Direction, SessionKeys } from "./keys.ts";
import { type Channel, MAX_RECORDS_PER_CHANNEL, type OpenedRecord, RecordOpener, RecordSealer } from "./record.ts";
import { bindTag, type Side } from "./transcript.ts";

/**
 * Records being sealed or opened by an Aead that answers later: 64 MiB of the largest. A picture of 4K noise is 25 MB, and
 * WebCrypto opens faster than any pipe delivers, so only somebody who floods gets here.
 */
const MAX_WAITING_RECORDS = 4096;

export type SealedPipeOptions = {
  readonly side: Side;
  /** Not kept: what this pipe needs of them is derived at once. */
  readonly keys: SessionKeys;
  /** `transcriptHash` of the inner pipe. */
  readonly transcript: Uint8Array;
  /** Number of the pipe in its session, u32, the same at both ends and never used twice with the same keys. */
  readonly epoch: number;
  readonly openAead: OpenAead;
  /**
   * At the viewer of a relayed pipe: as many picture records were dropped just before the message that follows. An update
   * may have lost its end, and the next one its beginning.
   */
  readonly missedPictures?: (records: number) => void;
  /** In each channel; tests do not wait for the last of MAX_RECORDS_PER_CHANNEL. */
  readonly maxRecords?: number;
};

/**
 * Every message of a pipe as a sealed record (record.ts) of the pipe inside: parts of updates on the pictures channel, all
 * else on control.
 *
 * The first record each way carries the sender's bind tag (transcript.ts). The pipe opens when the other end's has come
 * and is right, so nobody draws or injects anything of an end that has not shown who it is. That wait has no limit of its
 * own: whoever waits for `opened` also waits for the pipe inside, and one limit covers both.
 *
 * Any record that is not the other end's next one closes the pipe. There is no best effort.
 */
export class SealedPipe implements Pipe {
  private readonly inner: Pipe;
  private readonly ownTag: Uint8Array;
  private readonly expectedTag: Uint8Array;
  private readonly sealer: RecordSealer;
  private readonly opener: RecordOpener;
  private readonly outward = new AnswersInOrder();
  private readonly inward = new AnswersInOrder();
  private readonly missedPictures: (records: number) => void;
  private handlers: PipeHandlers | undefined;
  private phase: PipeState = "opening";
  private sealingBytes = 0;

  /** `inner` must not be listened to by anybody else. */
  constructor(inner: Pipe, options: SealedPipeOptions) {
    const { side, keys, transcript, epoch, maxRecords = MAX_RECORDS_PER_CHANNEL } = options;
    this.inner = inner;
    this.missedPictures = options.missedPictures ?? (() => {});
    const bindKey = keys.derive("bind");
    this.ownTag = bindTag(bindKey, side, transcript);
    this.expectedTag = bindTag(bindKey, side === "host" ? "viewer" : "host", transcript);
    const [outward, inward]: [Direction, Direction] = side === "host" ? ["h2v", "v2h"] : ["v2h", "h2v"];
    const aead = (direction: Direction) => {
      const key = keys.data(direction, transcript);
      const opened = options.openAead(key);
      key.fill(0);
      return opened;
    };
    this.sealer = new RecordSealer({ aead: aead(outward), direction: outward, epoch, maxRecords });
    const pictureGaps = inner.path === "relay" ? "reported" : "refused";
    this.opener = new RecordOpener({ aead: aead(inward), direction: inward, epoch, pictureGaps });
    bindKey.fill(0);
  }

  get path(): Path {
    return this.inner.path;
  }

  get state(): PipeState {
    return this.phase;
  }

  get unsentBytes(): number {
    return this.sealingBytes + this.inner.unsentBytes;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    this.inner.listen({
      opened: () => this.seal("control", this.ownTag),
      message: (record) => this.receive(record),
      // What arrived before the end, a Bye above all, may still be being opened.
      closed: (why) => this.inward.add(undefined, () => this.end(why), rethrow),
    });
  }

  send(message: Uint8Array): void {
    if (this.phase !== "open") return;
    if (message.length === 0 || message.length > MAX_MESSAGE_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes`);
    }
    this.seal(channelOf(message), message);
  }

  close(): void {
    if (this.phase === "closed") return;
    this.phase = "closed";
    this.handlers?.closed("closed here");
    // The last words may still be being sealed.
    this.outward.add(undefined, () => this.inner.close(), rethrow);
  }

  private seal(channel: Channel, plain: Uint8Array): void {
    if (this.sealer.isSpent(channel)) return this.end("this connection's keys are used up");
    if (this.outward.waiting >= MAX_WAITING_RECORDS) return this.end("more to send than can be sealed");
    const record = this.sealer.seal(channel, plain);
    this.sealingBytes += plain.length;
    const handOver = (bytes: Uint8Array) => {
      this.sealingBytes -= plain.length;
      this.inner.send(bytes);
    };
    this.outward.add(record, handOver, rethrow);
  }

  private receive(record: Uint8Array): void {
    if (this.phase === "closed") return;
    if (record.length > MAX_RECORD_BYTES) return this.end("the other side sent a record that is too long");
    if (this.inward.waiting >= MAX_WAITING_RECORDS) return this.end("more arrives than can be opened");
    let opened: ReturnType<RecordOpener["open"]>;
    try {
      opened = this.opener.open(record);
    } catch (error) {
      return this.refuse(error);
    }
    this.inward.add(
      opened,
      (found) => this.take(found),
      (error) => this.refuse(error),
    );
  }

  private take({ channel, plain, missed }: OpenedRecord): void {
    if (this.phase === "opening") return this.takeTag(channel, plain);
    if (this.phase === "closed") return;
    if (plain.length === 0 || plain.length > MAX_MESSAGE_BYTES || channelOf(plain) !== channel) {
      return this.end("the other side sealed a message that does not belong there");
    }
    if (missed > 0) this.missedPictures(missed);
    // Whoever heard of the gap may have closed the pipe.
    if (this.state === "open") this.handlers?.message(plain);
  }

  private takeTag(channel: Channel, plain: Uint8Array): void {
    if (channel !== "control" || !equalBytes(plain, this.expectedTag)) {
      return this.end("the other side did not prove that this connection is its own");
    }
    this.phase = "open";
    this.handlers?.opened();
  }

  private refuse(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.end(`a record that is not the other side's (${error.message})`);
  }

  private end(why: string): void {
    if (this.phase === "closed") return;
    this.phase = "closed";
    this.handlers?.closed(why);
    this.inner.close();
  }
}

const channelOf = (message: Uint8Array): Channel => (message[0] === UPDATE_PART ? "pictures" : "control");

/** Sealing does not fail, and neither does nothing: this would be a bug. */
function rethrow(error: unknown): never {
  throw error;
}
