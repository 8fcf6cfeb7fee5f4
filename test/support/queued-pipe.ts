import { PacedQueue } from "../../host-agent/transport/paced-queue.ts";
import type { Path, Pipe, PipeHandlers, PipeState } from "../../protocol/pipe.ts";
import { isUpdatePart } from "../../protocol/update.ts";

/** The host's end of an open pipe with the product's own queue in front of it. The test lets messages out. */
export class QueuedPipe implements Pipe {
  readonly path: Path;
  state: PipeState = "open";
  private readonly left: Uint8Array[] = [];
  private room = 0;
  private readonly queue = new PacedQueue({
    hasRoom: () => this.room > 0,
    send: (message) => {
      this.room -= 1;
      this.left.push(message);
    },
    isPicture: isUpdatePart,
  });

  constructor(path: Path = "direct") {
    this.path = path;
  }

  get unsentBytes(): number {
    return this.queue.unsentBytes;
  }

  listen(_handlers: PipeHandlers): void {}

  send(message: Uint8Array): void {
    this.queue.push(message);
  }

  /** The next messages, so many of them, in the order in which they leave. */
  letOut(count: number): Uint8Array[] {
    this.room = count;
    this.queue.feed();
    this.room = 0;
    return this.left.splice(0);
  }

  close(): void {
    this.state = "closed";
  }
}
