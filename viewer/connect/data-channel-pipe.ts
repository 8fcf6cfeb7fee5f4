import { isCopyRecord } from "../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES, type Path, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";

/** Pipe over one ordered, reliable RTCDataChannel; copies (record.ts) go over another, which keeps no order. */
export class DataChannelPipe implements Pipe {
  private readonly channel: RTCDataChannel;
  private readonly copies: RTCDataChannel;
  private handlers: PipeHandlers | undefined;
  private ended: boolean = false;
  readonly path: Path;

  constructor(channel: RTCDataChannel, copies: RTCDataChannel, path: Path) {
    this.channel = channel;
    this.copies = copies;
    this.path = path;
    channel.binaryType = "arraybuffer";
  }

  get state(): PipeState {
    if (this.ended) return "closed";
    return this.channel.readyState === "open" ? "open" : "opening";
  }

  get unsentBytes(): number {
    return this.channel.bufferedAmount;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    this.channel.onopen = () => {
      if (!this.ended) handlers.opened();
    };
    this.channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      // Text is not part of the protocol; an empty message stands for it and breaks the decoder in words.
      if (!this.ended) handlers.message(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array());
    };
    this.channel.onclose = () => this.end("the data channel was closed");
    this.channel.onerror = () => this.end("the data channel failed");
  }

  send(message: Uint8Array): void {
    if (this.state !== "open") return;
    // An empty message would block an ordered channel of werift's for good.
    if (message.length === 0 || message.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes`);
    }
    // The slice has a buffer of its own, which is what the browser's types ask for; these messages are small.
    if (!isCopyRecord(message)) this.channel.send(message.slice());
    // One that would have to wait comes too late to be of use.
    else if (this.copies.readyState === "open" && this.copies.bufferedAmount === 0) this.copies.send(message.slice());
  }

  close(): void {
    this.end("closed here");
  }

  /** Ends the pipe for a reason that the channel itself does not see. */
  end(why: string): void {
    if (this.ended) return;
    this.ended = true;
    // The browser still delivers what was sent before.
    this.channel.close();
    this.handlers?.closed(why);
  }
}
