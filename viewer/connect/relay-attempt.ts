import type { MeetingMessage, RelayInvitation } from "../../protocol/meeting.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import type { Attempt, AttemptParts } from "./attempt.ts";
import { RelayPipe } from "./relay-pipe.ts";

/** A sealed pipe through a relay, to which the host invites. */
export class RelayAttempt implements Attempt {
  readonly path = "relay";
  readonly number: number;
  private readonly parts: AttemptParts;
  /** To the server's own relay, where the host mostly invites to: reached for while the host is asked. */
  private readonly near: RelayPipe;
  private pipe: Pipe | undefined;

  /** @param base the directory of the page, where its server's own relay is */
  constructor(base: URL, parts: AttemptParts) {
    this.number = parts.number;
    this.parts = parts;
    this.near = new RelayPipe(base);
  }

  begin(): void {
    this.parts.say({ kind: "want-relay", attempt: this.number });
  }

  hear(message: MeetingMessage): void {
    // Once: a second pipe of the same epoch would use every nonce again.
    if (message.kind === "relay" && this.pipe === undefined) this.meet(message);
  }

  signalingLost(): void {
    // The relay may be elsewhere, and the ticket to it here; the ladder's limit ends the wait.
  }

  end(): void {
    this.pipe?.close();
    this.near.close();
  }

  private meet({ url, ticket }: RelayInvitation): void {
    const { number, parts } = this;
    if (ticket === "") return parts.failed("refused");
    // In the shape of a URL, but perhaps with a port or an address that cannot be.
    if (url !== "" && !URL.canParse(url)) return parts.failed("not-understood");
    const missed = { pictures: () => {} };
    if (url !== "") this.near.close();
    const inner = url === "" ? this.near : new RelayPipe(new URL(url));
    const pipe = parts.seal(inner, { kind: "relay", epoch: number }, () => missed.pictures());
    this.pipe = pipe;
    const outlet = parts.listen(pipe);
    missed.pictures = () => outlet.missedPictures();
    inner.present(ticket);
  }
}
