import { isCopyRecord } from "../../protocol/crypto/record.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_RECORD_BYTES, type Path, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";
import { PictureOrder } from "./picture-order.ts";

/**
 * Pipe over one ordered, reliable RTCDataChannel. Over another, which keeps no order, go copies (record.ts), and come parts of
 * pictures (record-parts.ts).
 */
export class DataChannelPipe implements Pipe {
  private readonly channel: RTCDataChannel;
  private readonly beside: RTCDataChannel;
  private handlers: PipeHandlers | undefined;
  private ended: boolean = false;
  readonly path: Path;

  constructor(channel: RTCDataChannel, beside: RTCDataChannel, path: Path) {
    this.channel = channel;
    this.beside = beside;
    this.path = path;
    channel.binaryType = "arraybuffer";
    beside.binaryType = "arraybuffer";
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
    const order = new PictureOrder((record) => {
      if (!this.ended) handlers.message(record);
    });
    this.channel.onmessage = ({ data }: MessageEvent<unknown>) => this.receive(() => order.takeRecord(bytesOf(data)));
    this.beside.onmessage = ({ data }: MessageEvent<unknown>) => this.receive(() => order.takePart(bytesOf(data)));
    for (const channel of [this.channel, this.beside]) {
      channel.onclose = () => this.end("the data channel was closed");
      channel.onerror = () => this.end("the data channel failed");
    }
  }

  private receive(take: () => void): void {
    if (this.ended) return;
    try {
      take();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(`parts of pictures that are not the host's (${error.message})`);
    }
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
    else if (this.beside.readyState === "open" && this.beside.bufferedAmount === 0) this.beside.send(message.slice());
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

/** Text is not part of the protocol; an empty message stands for it and breaks the decoder in words. */
function bytesOf(data: unknown): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array();
}
