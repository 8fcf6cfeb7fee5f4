import { MAX_RECORD_BYTES, type Pipe, type PipeHandlers, type PipeState } from "../../protocol/pipe.ts";

/**
 * A pipe through the signaling server, sealed by the meeting like everything else there. It carries control and input
 * while the picture travels as MJPEG; it is open from the start, because the meeting is.
 */
export class SignalingPipe implements Pipe {
  readonly path = "mjpeg";
  readonly unsentBytes = 0;
  state: PipeState = "open";
  private handlers: PipeHandlers | undefined;
  private readonly sendSealed: (message: Uint8Array) => void;

  constructor(sendSealed: (message: Uint8Array) => void) {
    this.sendSealed = sendSealed;
  }

  listen(handlers: PipeHandlers): void {
    this.handlers = handlers;
    queueMicrotask(() => {
      if (this.state === "open") handlers.opened();
    });
  }

  send(message: Uint8Array): void {
    if (this.state !== "open") return;
    if (message.length === 0 || message.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a message of ${message.length} bytes`);
    }
    this.sendSealed(message);
  }

  /** The meeting opened a box with a pipe message in it. */
  receive(message: Uint8Array): void {
    if (this.state === "open") this.handlers?.message(message);
  }

  close(why = "closed here"): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.handlers?.closed(why);
  }
}
