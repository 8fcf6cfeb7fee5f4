import type { MeetingMessage } from "../../protocol/meeting.ts";
import { MJPEG_PREFIX } from "../../protocol/signaling.ts";
import type { Attempt, AttemptParts } from "./attempt.ts";
import { SignalingPipe } from "./signaling-pipe.ts";

/** The unsealed picture in an `<img>`, and beside it a pipe through the meeting. */
export class MjpegAttempt implements Attempt {
  readonly path = "mjpeg";
  readonly number: number;
  private readonly base: URL;
  private readonly parts: AttemptParts;
  private readonly pipe: SignalingPipe;
  private isOffered: boolean = false;

  /**
   * @param base the directory of the page, below which the picture is
   * @param unsentMessages messages to the signaling server that wait for the network
   */
  constructor(base: URL, unsentMessages: () => number, parts: AttemptParts) {
    this.number = parts.number;
    this.base = base;
    this.parts = parts;
    this.pipe = new SignalingPipe({ send: (bytes) => parts.say({ kind: "message", bytes }), unsentMessages });
  }

  begin(): void {
    this.parts.say({ kind: "want-mjpeg" });
  }

  hear(message: MeetingMessage): void {
    if (message.kind === "message") this.pipe.receive(message.bytes);
    else if (message.kind === "mjpeg" && !this.isOffered) {
      this.isOffered = true;
      this.parts.listen(this.pipe, new URL(MJPEG_PREFIX.slice(1) + message.token, this.base).href);
    }
  }

  signalingLost(): void {
    this.pipe.end("the connection to the server was lost");
  }

  end(): void {
    this.pipe.close();
  }
}
