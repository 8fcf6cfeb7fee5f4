import type { RTCDataChannel } from "werift";
import { isPictureRecord } from "../../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES, type Pipe, type PipeHandlers, type PipeState } from "../../../protocol/pipe.ts";
import { PacedQueue } from "../paced-queue.ts";
import { Sender } from "./sender.ts";

/** A Pipe over one ordered, reliable werift data channel, and what comes in over another that keeps no order. */
export class DataChannelPipe implements Pipe {
  readonly path: "direct" | "turn";
  state: PipeState = "opening";
  private handlers: PipeHandlers | undefined;
  private readonly channel: RTCDataChannel;
  private readonly queue: PacedQueue;
  /** From when it is open. */
  private sender: Sender | undefined;

  /**
   * What it carries are sealed records: their clear channel byte says which lane each waits in.
   * @param copies where the viewer says things again (record.ts)
   */
  constructor(channel: RTCDataChannel, path: "direct" | "turn" = "direct", copies?: RTCDataChannel) {
    this.path = path;
    this.channel = channel;
    this.queue = new PacedQueue({
      hasRoom: () => this.sender?.unsentBytes === 0,
      send: (message) => channel.send(Buffer.from(message.buffer, message.byteOffset, message.byteLength)),
      isPicture: isPictureRecord,
    });
    channel.stateChanged.subscribe((state) => {
      if (state === "open") this.opened();
      if (state === "closing" || state === "closed") this.closed("the other side closed the channel");
    });
    channel.onMessage.subscribe((data) => this.receive(data));
    copies?.onMessage.subscribe((data) => this.receive(data));
  }

  get unsentBytes(): number {
    return this.queue.unsentBytes + (this.sender?.unsentBytes ?? 0);
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
