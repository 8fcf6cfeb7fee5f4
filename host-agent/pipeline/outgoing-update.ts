import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import type { UpdateWriter } from "../../protocol/update.ts";

/** How long the path has been busy with how much of an update. */
export type Carried = { readonly sinceMs: number; readonly bytes: number };

/** An update that leaves while it is written: a message at a time, as each is full. */
export class OutgoingUpdate {
  readonly rects: EncodedRect[] = [];
  private readonly pipe: Pipe;
  private readonly writer: UpdateWriter;
  private readonly nowMs: () => number;
  private handedBytes = 0;
  private addedBytes = 0;
  /** Since when the pipe was not found empty when more came. */
  private busySinceMs: number | undefined;

  constructor(pipe: Pipe, writer: UpdateWriter, nowMs: () => number) {
    this.pipe = pipe;
    this.writer = writer;
    this.nowMs = nowMs;
  }

  /** Of all that has left; 0: nothing has. */
  get bytes(): number {
    return this.handedBytes;
  }

  /** At least so much of it had to wait in front of the pipe; 0: all has left at once, or since. */
  get waitedBytes(): number {
    // Some of what waited before may have left meanwhile.
    return this.pipe.unsentBytes === 0 ? 0 : Math.max(1, this.addedBytes);
  }

  /**
   * What tells how quick the path is. It may have been done with the first pieces before the last ones were encoded; then it
   * is taken to have carried all since those: it looks quicker than it is, and never slower because the encoder is slow.
   */
  get carried(): Carried {
    return { sinceMs: this.busySinceMs ?? this.nowMs(), bytes: this.handedBytes };
  }

  write(rects: readonly EncodedRect[]): void {
    if (this.pipe.unsentBytes === 0) this.busySinceMs = undefined;
    this.rects.push(...rects);
    this.leave(this.writer.add(rects));
  }

  /** @param instead of what has been written, if nothing has left */
  end(instead?: Uint8Array): void {
    this.leave([instead ?? this.writer.end()]);
  }

  /** If some of it has left, whoever reads waits for its end. */
  breakOff(): void {
    if (this.handedBytes > 0) this.leave([this.writer.breakOff()]);
  }

  private leave(messages: readonly Uint8Array[]): void {
    if (messages.length === 0) return;
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    const unsentBefore = this.pipe.unsentBytes;
    for (const message of messages) this.pipe.send(message);
    this.handedBytes += bytes;
    this.addedBytes += Math.max(0, this.pipe.unsentBytes - unsentBefore);
    this.busySinceMs ??= this.nowMs();
  }
}
