import { ProtocolError } from "../../protocol/errors.ts";
import type { MeetingMessage, PeerWay } from "../../protocol/meeting.ts";
import type { IceServer } from "../../protocol/signaling.ts";
import type { Attempt, AttemptParts } from "./attempt.ts";
import { Peer } from "./peer.ts";

/** A WebRTC connection: offered from here, answered by the host. */
export class PeerAttempt implements Attempt {
  readonly path: PeerWay;
  readonly number: number;
  private readonly parts: AttemptParts;
  private readonly peer: Peer;
  private offerSdp = "";

  /** @throws when a policy of this browser forbids it, or it does not understand the ICE servers */
  constructor(way: PeerWay, iceServers: readonly IceServer[], parts: AttemptParts) {
    const { number, say, failed } = parts;
    this.path = way;
    this.number = number;
    this.parts = parts;
    this.peer = new Peer(way, iceServers, {
      offer: (sdp) => {
        this.offerSdp = sdp;
        say({ kind: "offer", attempt: number, way, sdp });
      },
      candidate: (mid, candidate) => say({ kind: "candidate", attempt: number, mid, candidate }),
      noWay: () => failed("no-way-found"),
    });
  }

  begin(): void {
    this.peer.offer().catch(() => this.parts.failed("not-understood"));
  }

  hear(message: MeetingMessage): void {
    if (message.kind === "answer") void this.answered(message.sdp);
    else if (message.kind === "candidate") this.peer.addCandidate(message.mid, message.candidate);
  }

  signalingLost(): void {
    // With both ends' candidates exchanged the channel may still open; the ladder's limit ends the wait.
  }

  end(): void {
    this.peer.close();
  }

  private async answered(answerSdp: string): Promise<void> {
    const { peer, offerSdp, parts } = this;
    if (!peer.expectsAnswer) return;
    if (answerSdp === "") return parts.failed("refused");
    try {
      parts.listen(parts.seal(peer.pipe, { kind: "webrtc", offerSdp, answerSdp }));
      await peer.answer(answerSdp);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof DOMException)) throw error;
      parts.failed("not-understood");
    }
  }
}
