import { equalBytes } from "@noble/ciphers/utils.js";
import { ProtocolError } from "../errors.ts";
import { MAX_RECORD_BYTES, type Path, type Pipe, type PipeHandlers, type PipeState } from "../pipe.ts";
import { isUpdatePart, MAX_MESSAGE_BYTES } from "../update.ts";
import type { OpenAead } from "./aead.ts";
import type { Direction, SessionKeys } from "./keys.ts";
import { type Channel, MAX_RECORDS_PER_CHANNEL, type OpenedRecord, RecordOpener, RecordSealer } from "./record.ts";
import { bindTag, type Side } from "./transcript.ts";

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
 * Any record that is not the other end's next one closes the pipe. There is no best effort, but for copies (record.ts).
 */
export class SealedPipe implements Pipe {
  private readonly inner: Pipe;
  private readonly ownTag: Uint8Array;
  private readonly expectedTag: Uint8Array;
  private readonly sealer: RecordSealer;
  private readonly opener: RecordOpener;
  private readonly missedPictures: (records: number) => void;
  private handlers: PipeHandlers | undefined;
  private phase: PipeState = "opening";

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
    return this.inner.unsentBytes;
  }

  get picturesComeLate(): boolean {
    return this.inner.picturesComeLate === true;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    this.inner.listen({
      opened: () => this.seal("control", this.ownTag),
      message: (record) => this.receive(record),
      closed: (why) => this.end(why),
    });
  }

  send(message: Uint8Array): void {
    if (this.phase !== "open") return;
    refuseLength(message);
    this.seal(channelOf(message), message);
  }

  /** A viewer only. */
  sendCopy(message: Uint8Array): void {
    if (this.phase !== "open" || this.sealer.isSpent("copies")) return;
    refuseLength(message);
    this.seal("copies", message);
  }

  close(): void {
    this.end("closed here");
  }

  private seal(channel: Channel, plain: Uint8Array): void {
    if (this.sealer.isSpent(channel)) return this.end("this connection's keys are used up");
    this.inner.send(this.sealer.seal(channel, plain));
  }

  private receive(record: Uint8Array): void {
    if (this.phase === "closed") return;
    if (record.length > MAX_RECORD_BYTES) return this.end("the other side sent a record that is too long");
    let opened: OpenedRecord | undefined;
    try {
      opened = this.opener.open(record);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.end(`a record that is not the other side's (${error.message})`);
    }
    if (opened !== undefined) this.take(opened);
  }

  private take({ channel, plain, missed }: OpenedRecord): void {
    const isCopy = channel === "copies";
    if (this.phase === "opening") {
      // A copy may have overtaken the tag.
      if (!isCopy) this.takeTag(channel, plain);
      return;
    }
    const belongsTo = isCopy ? "control" : channel;
    if (plain.length === 0 || plain.length > MAX_MESSAGE_BYTES || channelOf(plain) !== belongsTo) {
      return this.end("the other side sealed a message that does not belong there");
    }
    if (isCopy) return this.handlers?.copy?.(plain);
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

  private end(why: string): void {
    if (this.phase === "closed") return;
    this.phase = "closed";
    this.handlers?.closed(why);
    this.inner.close();
  }
}

function refuseLength(message: Uint8Array): void {
  if (message.length > 0 && message.length <= MAX_MESSAGE_BYTES) return;
  throw new RangeError(`a message of ${message.length} bytes`);
}

const channelOf = (message: Uint8Array): Channel => (isUpdatePart(message) ? "pictures" : "control");
