import type { RTCDataChannel } from "werift";
import { counterEndOf, isPictureRecord } from "../../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES, type Pipe, type PipeHandlers, type PipeState } from "../../../protocol/pipe.ts";
import { partsOf } from "../../../protocol/record-parts.ts";
import { asBuffer } from "../../as-buffer.ts";
import { PacedQueue } from "../paced-queue.ts";
import { Sender } from "./sender.ts";

/**
 * A Pipe over one ordered, reliable werift data channel. Over another, which keeps no order, come the viewer's copies
 * (record.ts), and go pictures in parts where the path loses packets (record-parts.ts).
 */
export class DataChannelPipe implements Pipe {
  readonly path: "direct" | "turn";
  state: PipeState = "opening";
  private handlers: PipeHandlers | undefined;
  private readonly channel: RTCDataChannel;
  private readonly beside: RTCDataChannel | undefined;
  private readonly queue: PacedQueue;
  /** From when it is open. */
  private sender: Sender | undefined;
  /** Of the last control record. */
  private controlEnd = 0;
  /** The last packet that was sent in parts. */
  private lastPartTsn: number | undefined;

  /**
   * What it carries are sealed records: their clear channel byte says which lane each waits in.
   * @param beside the channel that keeps no order
   */
  constructor(channel: RTCDataChannel, path: "direct" | "turn" = "direct", beside?: RTCDataChannel) {
    this.path = path;
    this.channel = channel;
    this.beside = beside;
    this.queue = new PacedQueue({
      hasRoom: () => this.sender?.unsentBytes === 0,
      send: (message) => this.give(message),
      isPicture: isPictureRecord,
    });
    channel.stateChanged.subscribe((state) => {
      if (state === "open") this.opened();
      if (state === "closing" || state === "closed") this.closed("the other side closed the channel");
    });
    beside?.stateChanged.subscribe((state) => {
      if (state === "closing" || state === "closed") this.close("the other side closed the channel beside");
    });
    channel.onMessage.subscribe((data) => this.receive(data));
    beside?.onMessage.subscribe((data) => this.receive(data));
  }

  get unsentBytes(): number {
    return this.queue.unsentBytes + (this.sender?.unsentBytes ?? 0);
  }

  get picturesComeLate(): boolean {
    return this.lastPartTsn !== undefined && this.sender?.hasCome(this.lastPartTsn) === false;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
  }

  send(message: Uint8Array): void {
    if (this.state !== "open") return;
    // werift: an empty message wedges an ordered channel for good.
    if (message.length === 0 || message.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes`);
    }
    this.queue.push(message);
  }

  close(why = "closed here"): void {
    if (this.state === "closed") return;
    if (this.state === "open") this.queue.flushControl();
    this.closed(why);
    // A channel that closes takes with it what is still on its way, so it closes when the last words have come.
    if (this.sender?.isAllAcknowledged !== false) this.channel.close();
  }

  /** The other side has taken all that was sent, and agreed to the end. */
  whenOver(done: () => void): void {
    if (this.channel.readyState === "closed") done();
    else
      this.channel.stateChanged.subscribe((state) => {
        if (state === "closed") done();
      });
  }

  private give(record: Uint8Array): void {
    const { beside, channel, sender } = this;
    if (!isPictureRecord(record)) this.controlEnd = counterEndOf(record);
    else if (sender?.isLossy === true && beside?.readyState === "open") {
      const parts = partsOf(record, this.controlEnd);
      this.lastPartTsn = sender.together(() => {
        for (const part of parts) beside.send(asBuffer(part));
      });
      return;
    }
    channel.send(asBuffer(record));
  }

  private receive(data: string | Buffer): void {
    if (this.state !== "open") return;
    if (typeof data === "string" || data.length > MAX_RECORD_BYTES) return this.closed("not a deskbeam message");
    // werift's buffer is a view on a received packet: a plain array of its own outlives it.
    this.handlers?.message(new Uint8Array(data));
  }

  private opened(): void {
    if (this.state !== "opening") return;
    this.state = "open";
    const events = {
      hungry: () => this.queue.feed(),
      acknowledged: () => {
        if (this.state === "closed") this.channel.close();
      },
    };
    // A picture is answered by its receipt.
    this.sender = new Sender(this.channel, events, isPictureRecord);
    this.handlers?.opened();
  }

  private closed(why: string): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.handlers?.closed(why);
  }
}
