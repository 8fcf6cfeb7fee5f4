import type { Pipe, PipeHandlers } from "../../protocol/pipe.ts";

export type Receiver = Pick<PipeHandlers, "message" | "closed"> & {
  /** Parts of pictures were dropped on the way, just before the next message. */
  readonly missedPictures?: () => void;
};

const GAP = "gap";

/** The host's first picture is a few hundred messages; nobody waits for more. */
const MAX_HELD_MESSAGES = 4_096;

/**
 * Stands between a pipe and its session. Pipe and admission arrive by different ways, so the first messages may be here
 * before anybody may look at them: they are held, in order.
 */
export class HeldMessages {
  private held: (Uint8Array | typeof GAP)[] = [];
  private pipe: Pipe | undefined;
  private closedBecause: string | undefined;
  private receiver: Receiver | undefined;
  private readonly unreceivedClose: (why: string) => void;

  /** @param unreceivedClose told when a pipe ends that nobody has received yet */
  constructor(unreceivedClose: (why: string) => void) {
    this.unreceivedClose = unreceivedClose;
  }

  /** From now on this pipe, and none that was listened to before. */
  listenTo(pipe: Pipe, opened: () => void): void {
    this.pipe = pipe;
    this.held = [];
    this.closedBecause = undefined;
    pipe.listen({
      opened,
      message: (bytes) => {
        if (this.pipe !== pipe) return;
        if (this.receiver !== undefined) this.receiver.message(bytes);
        else if (this.held.length < MAX_HELD_MESSAGES) this.held.push(bytes);
        else pipe.close();
      },
      closed: (why) => {
        if (this.pipe !== pipe) return;
        this.closedBecause = why;
        if (this.receiver !== undefined) this.receiver.closed(why);
        else this.unreceivedClose(why);
      },
    });
  }

  /** To be called between the two messages that the gap is between. */
  missedPictures(): void {
    if (this.receiver !== undefined) this.receiver.missedPictures?.();
    else this.held.push(GAP);
  }

  /** From now on everything goes here; first what was held. */
  handTo(receiver: Receiver): void {
    this.receiver = receiver;
    for (const one of this.held.splice(0)) {
      if (one === GAP) receiver.missedPictures?.();
      else receiver.message(one);
    }
    if (this.closedBecause !== undefined) receiver.closed(this.closedBecause);
  }

  /** Nothing is handed over any more. */
  drop(): void {
    this.receiver = { message: () => {}, closed: () => {} };
    this.held = [];
  }
}
