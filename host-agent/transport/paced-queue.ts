/** What the queue stands in front of. */
export type QueuedTransport = {
  /** Whether it would send, now, what it is given. */
  readonly hasRoom: () => boolean;
  readonly send: (message: Uint8Array) => void;
  /** Which lane a message waits in: pictures let everything else overtake. */
  readonly isPicture: (message: Uint8Array) => boolean;
};

/**
 * Messages that wait in front of a transport, in two lanes. The transport is given one at a time, when all before it has left:
 * nothing overtakes what it has been given, and so a cursor, an acknowledgement or a Bye waits behind one picture message at most.
 * Within a lane the order stays: sealed records are numbered in each channel (protocol/crypto/record.ts), and a lane is
 * a channel.
 */
export class PacedQueue {
  private readonly control: Uint8Array[] = [];
  private readonly pictures: Uint8Array[] = [];
  private waitingBytes = 0;
  private readonly transport: QueuedTransport;

  constructor(transport: QueuedTransport) {
    this.transport = transport;
  }

  get unsentBytes(): number {
    return this.waitingBytes;
  }

  push(message: Uint8Array): void {
    (this.transport.isPicture(message) ? this.pictures : this.control).push(message);
    this.waitingBytes += message.length;
    this.feed();
  }

  /** The transport may have room again. */
  feed(): void {
    while (this.waitingBytes > 0 && this.transport.hasRoom()) {
      const message = this.control.shift() ?? this.pictures.shift();
      if (message === undefined) return;
      this.waitingBytes -= message.length;
      this.transport.send(message);
    }
  }

  /** The end: pictures are dropped, the few control messages (the Bye) still go. */
  flushControl(): void {
    this.pictures.length = 0;
    for (const message of this.control.splice(0)) this.transport.send(message);
    this.waitingBytes = 0;
  }
}
