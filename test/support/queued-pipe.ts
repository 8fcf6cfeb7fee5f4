import { PacedQueue } from "../../host-agent/transport/paced-queue.ts";
import type { Path, Pipe, PipeHandlers, PipeState } from "../../protocol/pipe.ts";
import { isUpdatePart } from "../../protocol/update.ts";

/**
 * The host's end of an open pipe with the product's own queue in front of it. The test lets messages out. As with the data
 * channel, the next one has been handed over already, counts as unsent, and is overtaken by nothing.
 */
export class QueuedPipe implements Pipe {
  readonly path: Path;
  state: PipeState = "open";
  picturesComeLate = false;
  private next: Uint8Array | undefined;
  private readonly queue = new PacedQueue({
    hasRoom: () => this.next === undefined,
    send: (message) => {
      this.next = message;
    },
    isPicture: isUpdatePart,
  });

  constructor(path: Path = "direct") {
    this.path = path;
  }

  get unsentBytes(): number {
    return this.queue.unsentBytes + (this.next?.length ?? 0);
  }

  listen(_handlers: PipeHandlers): void {}

  send(message: Uint8Array): void {
    this.queue.push(message);
  }

  /** The next messages, so many of them, in the order in which they leave. */
  letOut(count: number): Uint8Array[] {
    const left: Uint8Array[] = [];
    for (; left.length < count && this.next !== undefined; this.queue.feed()) {
      left.push(this.next);
      this.next = undefined;
    }
    return left;
  }

  close(): void {
    this.state = "closed";
  }
}
