import type { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import type { Transport } from "../../protocol/crypto/transcript.ts";
import type { MeetingMessage } from "../../protocol/meeting.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { StepReason } from "../core/connect-report.ts";
import type { PipeOutlet } from "./pipe-outlet.ts";

/** One rung of the ladder that is being tried, or whose pipe is open. */
export interface Attempt {
  readonly path: Path;
  /** By which both ends call it, and the epoch of its pipe: each is used once in a meeting. */
  readonly number: number;
  /** Asks the host. To be called once. */
  begin(): void;
  /** What the host says about it. What it does not expect it ignores. */
  hear(message: MeetingMessage): void;
  /** There is nobody to ask any more. */
  signalingLost(): void;
  /** Whatever there is of it ends; idempotent. */
  end(): void;
}

/** What an attempt needs of those who make it. */
export type AttemptParts = {
  readonly number: number;
  /** Seals a message for the host and sends it through the signaling server. */
  readonly say: (message: MeetingMessage) => void;
  /** @throws ProtocolError when the transport names no one certificate */
  readonly seal: (inner: Pipe, transport: Transport, missedPictures?: () => void) => SealedPipe;
  /**
   * Listens to the attempt's pipe and tells of its opening and its end. To be called once.
   * @param pictureUrl where the picture comes from when the pipe does not carry it
   */
  readonly listen: (pipe: Pipe, pictureUrl?: string) => PipeOutlet;
  /** It came to nothing. */
  readonly failed: (reason: StepReason) => void;
};
