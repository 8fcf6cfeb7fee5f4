import { RECORD_OVERHEAD_BYTES } from "./crypto/record.ts";
import { MAX_MESSAGE_BYTES } from "./update.ts";

/** How the bytes travel. `mjpeg` carries messages like the others, and the picture beside it in a plain <img>. */
export type Path = "direct" | "turn" | "relay" | "mjpeg";

export type PipeState = "opening" | "open" | "closed";

export type PipeHandlers = {
  /** Called once, when messages can be sent. */
  readonly opened: () => void;
  /** One whole message, in the order sent, but for `picturesComeLate` and copy records. The bytes belong to the handler. */
  readonly message: (bytes: Uint8Array) => void;
  /** What `sendCopy` said at the other end: some of it, and not in its turn. */
  readonly copy?: (bytes: Uint8Array) => void;
  /** Called once, however the pipe ends; nothing is called after it. */
  readonly closed: (why: string) => void;
};

/** The longest thing a pipe carries: a message of MAX_MESSAGE_BYTES, sealed (crypto/record.ts). */
export const MAX_RECORD_BYTES = MAX_MESSAGE_BYTES + RECORD_OVERHEAD_BYTES;

/**
 * Carries messages (message.ts), or the sealed records they are in (crypto/sealed-pipe.ts), between the two ends:
 * ordered, whole, each once, or the pipe closes. Only records of copies (crypto/record.ts) need not arrive, and pictures in parts
 * (record-parts.ts) may come after control messages that were sent behind them.
 * Every driver passes test/conformance/pipe.ts.
 */
export interface Pipe {
  readonly path: Path;
  readonly state: PipeState;
  /** Bytes accepted and not yet handed to the network. */
  readonly unsentBytes: number;
  /** Pictures that have left may still come after other messages that are sent now. */
  readonly picturesComeLate?: boolean;
  /** Must be called before the pipe opens, once. */
  listen(handlers: PipeHandlers): void;
  /** At most MAX_RECORD_BYTES (a sealed pipe: MAX_MESSAGE_BYTES), never empty. Without effect unless the pipe is open. */
  send(message: Uint8Array): void;
  /**
   * Says again what was sent, beside the order of `send`: it overtakes what waits for a lost packet, and may not arrive
   * itself. Only on sealed pipes.
   */
  sendCopy?(message: Uint8Array): void;
  /** Idempotent. Messages sent before are delivered where the network still allows it. */
  close(): void;
}
