import type { Pipe, PipeHandlers } from "../../protocol/pipe.ts";

export type Receiver = Pick<PipeHandlers, "message" | "closed"> & {
  /** Parts of pictures were dropped on the way, just before the next message. */
  readonly missedPictures?: () => void;
};

/**
 * Stands between a pipe, which is listened to from its beginning, and whoever uses it once it is open. The host says
 * nothing on a pipe before the viewer uses it (protocol/control.ts), so there is nothing to be held meanwhile.
 */
export class PipeOutlet {
  private receiver: Receiver | undefined;
  private closedBecause: string | undefined;

  /** @param closed told once, however the pipe ends */
  constructor(pipe: Pipe, handlers: { readonly opened: () => void; readonly closed: () => void }) {
    pipe.listen({
      opened: handlers.opened,
      message: (bytes) => {
        // An honest host has nothing to say to nobody.
        if (this.receiver === undefined) pipe.close();
        else this.receiver.message(bytes);
      },
      closed: (why) => {
        this.closedBecause = why;
        this.receiver?.closed(why);
        handlers.closed();
      },
    });
  }

  missedPictures(): void {
    this.receiver?.missedPictures?.();
  }

  /** From now on everything goes here. To be called once. */
  handTo(receiver: Receiver): void {
    this.receiver = receiver;
    if (this.closedBecause !== undefined) receiver.closed(this.closedBecause);
  }
}
