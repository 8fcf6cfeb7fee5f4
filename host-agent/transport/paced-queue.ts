/** What the queue stands in front of. */
export type QueuedTransport = {
  /** Bytes the transport holds and has not yet put on the network. */
  readonly bufferedBytes: () => number;
  readonly send: (message: Uint8Array) => void;
  /** Which lane a message waits in: pictures let everything else overtake. */
  readonly isPicture: (message: Uint8Array) => boolean;
};

/** Two messages of the largest size: enough to keep the congestion window full between two drains. */
const FEED_BELOW_BYTES = 32 * 1024;
/** Small messages cost by their number, not their bytes. */
const FEED_MESSAGES = 16;

/**
 * Messages that wait in front of a transport that must not be flooded, in two lanes.
 *
 * werift's cost grows with the square of what is queued in it (1,000 small messages at once: 2.3 s; fed a few at a
 * time: 80 ms), and its one FIFO lets nothing overtake. So the queue is here, werift only ever holds a handful, and a
 * cursor, an acknowledgement or a Bye never waits behind a picture. Within a lane the order stays: sealed records are
 * numbered in each channel (protocol/crypto/record.ts), and a lane is a channel.
 */
export class PacedQueue {
  private readonly control: Uint8Array[] = [];
  private readonly pictures: Uint8Array[] = [];
  private waitingBytes = 0;
  private handedOver = 0;
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

  /** The transport holds nothing any more. */
  drained(): void {
    this.handedOver = 0;
    this.feed();
  }

  private feed(): void {
    while (this.handedOver < FEED_MESSAGES && this.transport.bufferedBytes() < FEED_BELOW_BYTES) {
      const message = this.control.shift() ?? this.pictures.shift();
      if (message === undefined) return;
      this.waitingBytes -= message.length;
      this.handedOver += 1;
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
