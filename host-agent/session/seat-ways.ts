import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { type Transport, transcriptHash } from "../../protocol/crypto/transcript.ts";
import type { PathHeld } from "../../protocol/meeting.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import type { Peer, PeerEvents } from "../transport/driver.ts";
import { SignalingPipe } from "../transport/signaling-pipe.ts";
import type { Meeting } from "./meeting.ts";

export type WaysPorts = {
  /** The one way to connect that the host holds to. */
  readonly path: PathHeld;
  readonly openPeer: (events: PeerEvents) => Peer;
  readonly openAead: OpenAead;
  /** A pipe through the server, and the token by which the viewer meets it there; undefined: the server has none. */
  readonly openRelay: () => Promise<{ readonly token: string; readonly pipe: Pipe } | undefined>;
  /** Publishes the picture as MJPEG and resolves with its token; undefined: the server does not offer it. */
  readonly openMjpeg: () => Promise<string | undefined>;
  readonly closeMjpeg: (token: string) => void;
};

/** Gives the seat a pipe to listen to. `opened` is called when it has become the seat's link. */
export type Attach = (pipe: Pipe, opened: () => void) => void;

/** The ways between one seat and its viewer: WebRTC connections, the relay, the unsealed picture; made and unmade here. */
export class SeatWays {
  private readonly ports: WaysPorts;
  private readonly attach: Attach;
  private meeting: Meeting | undefined;
  /** The connection of the live pipe, and at most one more that is to replace it. */
  private peers: readonly Peer[] = [];
  private livePeer: Peer | undefined;
  private attempt = -1;
  /** The newest relay that this meeting's viewer asked for: it names each once. */
  private relayAttempt = -1;
  /** Not open yet; from then on the link has it. */
  private openingRelay: Pipe | undefined;
  private mjpegToken: string | undefined;
  private signalingPipe: SignalingPipe | undefined;

  constructor(ports: WaysPorts, attach: Attach) {
    this.ports = ports;
    this.attach = attach;
  }

  /** The viewer speaks through this meeting from now on; undefined: its socket at the server is gone. */
  meet(meeting: Meeting | undefined): void {
    this.meeting = meeting;
    this.relayAttempt = -1;
    if (meeting === undefined) this.signalingPipe?.close("the signaling connection is gone");
  }

  /** `--path` holds for the host, whatever the viewer's page asks for. */
  permits(way: Exclude<PathHeld, "auto">): boolean {
    return this.ports.path === "auto" || this.ports.path === way;
  }

  offer(attempt: number, offerSdp: string): void {
    const { meeting } = this;
    if (meeting === undefined || !this.permits("direct")) return;
    // A second connection beside the first: the old pipe lives until the new one is open.
    this.keepPeers((peer) => peer === this.livePeer);
    this.attempt = attempt;
    const peer = this.ports.openPeer({
      candidate: (mid, candidate) => meeting.send({ kind: "candidate", attempt, mid, candidate }),
    });
    this.peers = [...this.peers, peer];
    void this.answer(meeting, peer, attempt, offerSdp);
  }

  candidate(attempt: number, mid: string, candidate: string): void {
    if (attempt === this.attempt) this.peers.at(-1)?.addCandidate(mid, candidate);
  }

  async relay(attempt: number): Promise<void> {
    const { meeting } = this;
    // The attempt is the epoch: a second pipe under the same keys would use every nonce twice.
    if (meeting === undefined || attempt <= this.relayAttempt) return;
    this.relayAttempt = attempt;
    const relay = this.permits("relay") ? await this.ports.openRelay() : undefined;
    const { proven } = meeting;
    if (this.meeting !== meeting || proven === undefined) return relay?.pipe.close();
    if (relay !== undefined) {
      this.openingRelay?.close();
      const pipe = this.seal(relay.pipe, proven, attempt, { kind: "relay", epoch: attempt });
      this.openingRelay = pipe;
      this.attach(pipe, () => {
        this.openingRelay = undefined;
        // The viewer has given up what it had before.
        this.livePeer = undefined;
        this.keepPeers(() => false);
      });
    }
    meeting.send({ kind: "relay", attempt, token: relay?.token ?? "" });
  }

  /** The unsealed picture, beside a pipe through the meeting. False: the server does not offer it. */
  async mjpeg(): Promise<boolean> {
    const { meeting } = this;
    if (meeting === undefined) return true;
    const token = this.mjpegToken ?? (await this.ports.openMjpeg());
    // Meanwhile the viewer may have left, come back through another meeting, or asked twice.
    if (meeting !== this.meeting || (this.mjpegToken !== undefined && this.mjpegToken !== token)) {
      if (token !== undefined && token !== this.mjpegToken) this.ports.closeMjpeg(token);
      return true;
    }
    if (token === undefined) return false;
    this.mjpegToken = token;
    const pipe = new SignalingPipe((bytes) => meeting.send({ kind: "message", bytes }));
    this.signalingPipe = pipe;
    this.attach(pipe, () => this.keepPeers(() => false));
    meeting.send({ kind: "mjpeg", token });
    return true;
  }

  /** A message of the pipe through the meeting. */
  message(bytes: Uint8Array): void {
    this.signalingPipe?.receive(bytes);
  }

  /** The unsealed picture is to be seen no longer than somebody may look at it. */
  endMjpeg(): void {
    this.signalingPipe?.close();
    this.signalingPipe = undefined;
    if (this.mjpegToken !== undefined) this.ports.closeMjpeg(this.mjpegToken);
    this.mjpegToken = undefined;
  }

  /** Ends every way, open or on its way. */
  free(): void {
    this.livePeer = undefined;
    this.keepPeers(() => false);
    this.openingRelay?.close();
    this.openingRelay = undefined;
    this.endMjpeg();
  }

  private async answer(meeting: Meeting, peer: Peer, attempt: number, offerSdp: string): Promise<void> {
    try {
      const answerSdp = await peer.answer(offerSdp);
      const { proven } = meeting;
      if (proven === undefined) return peer.close();
      this.attach(this.seal(peer.pipe, proven, attempt, { kind: "webrtc", offerSdp, answerSdp }), () => {
        this.livePeer = peer;
        this.keepPeers((one) => one === peer);
      });
      meeting.send({ kind: "answer", attempt, sdp: answerSdp });
    } catch {
      // An offer that werift cannot parse or answer, or that names no one certificate. The viewer's own limit runs out
      // and it takes another path.
      peer.close();
    }
  }

  private keepPeers(keep: (peer: Peer) => boolean): void {
    const rest = this.peers.filter((peer) => !keep(peer));
    this.peers = this.peers.filter(keep);
    for (const peer of rest) peer.close();
  }

  private seal(inner: Pipe, proven: Proven, epoch: number, transport: Transport): SealedPipe {
    const transcript = transcriptHash(proven.transcript, transport);
    const { openAead } = this.ports;
    return new SealedPipe(inner, { side: "host", keys: proven.keys, transcript, epoch, openAead });
  }
}
