import { MAX_RECORD_BYTES, type Path, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";

/** Two pipes joined end to end inside one process; each message arrives in a microtask of its own. */
export function memoryPipePair(path: Path = "direct"): [MemoryPipe, MemoryPipe] {
  const a = new MemoryPipe(path);
  const b = new MemoryPipe(path);
  a.join(b);
  b.join(a);
  return [a, b];
}

export class MemoryPipe implements Pipe {
  readonly path: Path;
  state: PipeState = "opening";
  unsentBytes = 0;
  private other: MemoryPipe | undefined;
  private handlers: PipeHandlers | undefined;

  constructor(path: Path) {
    this.path = path;
  }

  join(other: MemoryPipe): void {
    this.other = other;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    const other = this.other;
    if (other?.handlers === undefined) return;
    for (const end of [this, other]) {
      queueMicrotask(() => {
        if (end.state !== "opening") return;
        end.state = "open";
        end.handlers?.opened();
      });
    }
  }

  send(message: Uint8Array): void {
    if (this.state !== "open") return;
    if (message.length === 0 || message.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes`);
    }
    const copy = message.slice();
    this.unsentBytes += copy.length;
    queueMicrotask(() => {
      this.unsentBytes -= copy.length;
      if (this.other?.state === "open") this.other.handlers?.message(copy);
    });
  }

  sendCopy(message: Uint8Array): void {
    const copy = message.slice();
    queueMicrotask(() => {
      if (this.other?.state === "open") this.other.handlers?.copy?.(copy);
    });
  }

  close(): void {
    this.end("closed here");
    queueMicrotask(() => this.other?.end("the other side closed"));
  }

  private end(why: string): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.handlers?.closed(why);
  }
}
