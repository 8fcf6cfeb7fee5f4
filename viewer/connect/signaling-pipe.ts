import { MAX_RECORD_BYTES, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";

export type SignalingPipeTransport = {
  /** Seals the message and hands it to the signaling server. */
  readonly send: (message: Uint8Array) => void;
  /** Messages that wait for the network. */
  readonly unsentMessages: () => number;
};

/** What one waiting message counts as: input and heartbeats are a few dozen bytes. */
const TYPICAL_MESSAGE_BYTES = 64;

/**
 * Pipe whose messages travel sealed through the signaling server, beside a picture in an <img>. It is open from the
 * start, because the meeting is. The server allows 50 messages a second: who sends input here paces it
 * (core/input-queue.ts SIGNALING_PACE).
 */
export class SignalingPipe implements Pipe {
  readonly path = "mjpeg";
  private readonly transport: SignalingPipeTransport;
  private handlers: PipeHandlers | undefined;
  private current: PipeState = "open";

  constructor(transport: SignalingPipeTransport) {
    this.transport = transport;
  }

  get state(): PipeState {
    return this.current;
  }

  get unsentBytes(): number {
    return this.transport.unsentMessages() * TYPICAL_MESSAGE_BYTES;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    queueMicrotask(() => {
      if (this.current === "open") handlers.opened();
    });
  }

  /** One message of the host's. */
  receive(message: Uint8Array): void {
    if (this.current === "open") this.handlers?.message(message);
  }

  send(message: Uint8Array): void {
    if (this.current !== "open") return;
    if (message.length === 0 || message.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes`);
    }
    this.transport.send(message);
  }

  close(): void {
    this.end("closed here");
  }

  /** The way through the server is gone. */
  end(why: string): void {
    if (this.current === "closed") return;
    this.current = "closed";
    this.handlers?.closed(why);
  }
}
