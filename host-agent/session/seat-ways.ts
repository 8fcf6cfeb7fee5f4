import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { Proven } from "../../protocol/crypto/handshake.ts";
import { SealedPipe } from "../../protocol/crypto/sealed-pipe.ts";
import { type Transport, transcriptHash } from "../../protocol/crypto/transcript.ts";
import type { IceServers, PathHeld, PeerWay, RelayInvitation } from "../../protocol/meeting.ts";
import type { Path, Pipe } from "../../protocol/pipe.ts";
import type { Peer, PeerEvents } from "../transport/driver.ts";
import { SignalingPipe } from "../transport/signaling-pipe.ts";
import type { Meeting } from "./meeting.ts";

/** The viewer closes what it has moved away from; whatever it leaves open longer than this is closed here. */
const LEFT_OPEN_LIMIT_MS = 10_000;

export type WaysPorts = {
  /** The one way to connect that the host holds to. */
  readonly path: PathHeld;
  /** Undefined: the host's settings leave this way out. */
  readonly openPeer: (way: PeerWay, viewer: string, events: PeerEvents) => Promise<Peer | undefined>;
  /** What this viewer's browser is to ask for its own addresses, and for a relay of its own. */
  readonly iceForViewer: (viewer: string) => Promise<IceServers>;
  readonly openAead: OpenAead;
  /** A pipe through a relay, and where the viewer meets it; undefined: the server has none. */
  readonly openRelay: () => Promise<{ readonly invitation: RelayInvitation; readonly pipe: Pipe } | undefined>;
  /** Publishes the picture as MJPEG and resolves with its token; undefined: the server does not offer it. */
  readonly openMjpeg: () => Promise<string | undefined>;
  readonly closeMjpeg: (token: string) => void;
};

/** One way to the viewer, from its wish to its end. */
type Way = {
  readonly path: Path;
  readonly meeting: Meeting;
  readonly attempt: number;
  /** Known once it is there. */
  pipe: Pipe | undefined;
  peer: Peer | undefined;
  /** Candidates that came before the peer did. */
  readonly early: [mid: string, candidate: string][];
  over: boolean;
};

const NO_RELAY: RelayInvitation = { url: "", ticket: "" };
/** An honest browser has a handful. */
const MAX_EARLY_CANDIDATES = 24;
/** The one in use, and one more of each kind on its way. */
const MAX_WAYS = 4;

/**
 * The ways between one seat and its viewer: WebRTC connections, the relay, the unsealed picture; made and unmade here. The
 * viewer asks for each and says which one the session takes; those beside it live until it has moved.
 */
export class SeatWays {
  private readonly ports: WaysPorts;
  /** Gives the seat a pipe to listen to. */
  private readonly attach: (pipe: Pipe) => void;
  private meeting: Meeting | undefined;
  private ways: readonly Way[] = [];
  /** The attempts of this meeting so far (0..255), each named once. They come in any order: an offer takes its time to make. */
  private readonly named = new Set<number>();
  private mjpegToken: string | undefined;
  private signalingPipe: SignalingPipe | undefined;
  private leaving: NodeJS.Timeout | undefined;

  constructor(ports: WaysPorts, attach: (pipe: Pipe) => void) {
    this.ports = ports;
    this.attach = attach;
  }

  /** The viewer speaks through this meeting from now on; undefined: its socket at the server is gone. */
  meet(meeting: Meeting | undefined): void {
    this.meeting = meeting;
    this.named.clear();
    this.signalingPipe?.close("the signaling connection is gone");
    if (meeting === undefined) return;
    // What another meeting was still trying leads nowhere: nobody is there to hear of it.
    this.end((way) => way.pipe?.state !== "open");
    void this.sendIce(meeting);
  }

  private async sendIce(meeting: Meeting): Promise<void> {
    const ice = await this.ports.iceForViewer(meeting.viewer);
    if (this.meeting === meeting) meeting.send({ kind: "ice", ...ice });
  }

  /** `--path` holds for the host, whatever the viewer's page asks for. */
  permits(way: Exclude<PathHeld, "auto">): boolean {
    return this.ports.path === "auto" || this.ports.path === way;
  }

  async offer(attempt: number, kind: PeerWay, offerSdp: string): Promise<void> {
    const meeting = this.meetingFor(attempt);
    if (meeting === undefined) return;
    const notThisWay = () => meeting.send({ kind: "answer", attempt, sdp: "" });
    const permitted = kind === "direct" ? this.permits("direct") : this.ports.path === "auto";
    const way = permitted ? this.begin(meeting, attempt, kind) : undefined;
    if (way === undefined) return notThisWay();
    const peer = await this.ports.openPeer(kind, meeting.viewer, {
      candidate: (mid, candidate) => meeting.send({ kind: "candidate", attempt, mid, candidate }),
    });
    if (peer === undefined || way.over) {
      peer?.close();
      this.end((one) => one === way);
      return notThisWay();
    }
    way.peer = peer;
    for (const [mid, candidate] of way.early.splice(0)) peer.addCandidate(mid, candidate);
    try {
      const answerSdp = await peer.answer(offerSdp);
      const { proven } = meeting;
      if (proven === undefined || way.over) throw new Error("given up meanwhile");
      const pipe = this.seal(peer.pipe, proven, attempt, { kind: "webrtc", offerSdp, answerSdp });
      meeting.send({ kind: "answer", attempt, sdp: answerSdp });
      this.open(way, pipe);
    } catch {
      // An offer that werift cannot parse or answer, or that names no one certificate.
      this.end((one) => one === way);
      notThisWay();
    }
  }

  candidate(attempt: number, mid: string, candidate: string): void {
    const way = this.ways.find((one) => one.meeting === this.meeting && one.attempt === attempt);
    if (way?.peer !== undefined) way.peer.addCandidate(mid, candidate);
    else if (way !== undefined && way.early.length < MAX_EARLY_CANDIDATES) way.early.push([mid, candidate]);
  }

  async relay(attempt: number): Promise<void> {
    const meeting = this.meetingFor(attempt);
    if (meeting === undefined) return;
    const way = this.permits("relay") ? this.begin(meeting, attempt, "relay") : undefined;
    if (way === undefined) return meeting.send({ kind: "relay", attempt, ...NO_RELAY });
    const relay = await this.ports.openRelay();
    const { proven } = meeting;
    if (relay === undefined || way.over || proven === undefined) {
      relay?.pipe.close();
      this.end((one) => one === way);
    } else {
      this.open(way, this.seal(relay.pipe, proven, attempt, { kind: "relay", epoch: attempt }));
    }
    if (this.meeting !== meeting) return;
    const invitation = way.over || relay === undefined ? NO_RELAY : relay.invitation;
    meeting.send({ kind: "relay", attempt, ...invitation });
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
    const before = this.signalingPipe;
    const pipe = new SignalingPipe((bytes) => meeting.send({ kind: "message", bytes }));
    this.signalingPipe = pipe;
    before?.close();
    this.attach(pipe);
    meeting.send({ kind: "mjpeg", token });
    return true;
  }

  /** A message of the pipe through the meeting. */
  message(bytes: Uint8Array): void {
    this.signalingPipe?.receive(bytes);
  }

  /** The session goes on over this pipe. A sealed one that it leaves is the viewer's to close, within a limit. */
  moved(to: Pipe): void {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(
      () => this.end((way) => way.pipe?.state === "open" && way.pipe !== to),
      LEFT_OPEN_LIMIT_MS,
    );
    // The unsealed picture is to be seen no longer than somebody may look at it.
    if (to.path !== "mjpeg") this.endMjpeg();
  }

  /** Something may still open. */
  get isTrying(): boolean {
    return this.ways.some((way) => way.pipe?.state !== "open");
  }

  /** Nobody here has given it up. */
  tries(pipe: Pipe): boolean {
    return this.ways.some((way) => way.pipe === pipe);
  }

  /** A pipe of one of these ways has closed by itself, or was closed by the viewer. */
  closed(pipe: Pipe): void {
    this.end((way) => way.pipe === pipe);
    if (pipe === this.signalingPipe) this.endMjpeg();
  }

  /** Ends every way, open or on its way. */
  free(): void {
    clearTimeout(this.leaving);
    this.end(() => true);
    this.endMjpeg();
  }

  /** The unsealed picture, and the pipe beside it, are over. */
  endMjpeg(): void {
    const pipe = this.signalingPipe;
    this.signalingPipe = undefined;
    pipe?.close();
    if (this.mjpegToken !== undefined) this.ports.closeMjpeg(this.mjpegToken);
    this.mjpegToken = undefined;
  }

  /** Whom to answer about an attempt. Undefined: there is nobody, or the attempt is not a new one and has its answer. */
  private meetingFor(attempt: number): Meeting | undefined {
    // The attempt is the epoch: a second pipe under the same keys would use every nonce twice.
    if (this.named.has(attempt)) return undefined;
    this.named.add(attempt);
    return this.meeting;
  }

  /** Undefined: so many are open or on their way that there is no room for another. */
  private begin(meeting: Meeting, attempt: number, path: Exclude<Path, "mjpeg">): Way | undefined {
    // Asked for anew, so the one before has not opened and will not be waited for.
    this.end((way) => way.path === path && way.pipe?.state !== "open");
    if (this.ways.length >= MAX_WAYS) return undefined;
    const way: Way = { path, meeting, attempt, pipe: undefined, peer: undefined, early: [], over: false };
    this.ways = [...this.ways, way];
    return way;
  }

  private open(way: Way, pipe: SealedPipe): void {
    way.pipe = pipe;
    this.attach(pipe);
  }

  private end(which: (way: Way) => boolean): void {
    const ended = this.ways.filter((way) => which(way));
    this.ways = this.ways.filter((way) => !ended.includes(way));
    for (const way of ended) {
      way.over = true;
      way.pipe?.close();
      way.peer?.close();
    }
  }

  private seal(inner: Pipe, proven: Proven, epoch: number, transport: Transport): SealedPipe {
    const transcript = transcriptHash(proven.transcript, transport);
    const { openAead } = this.ports;
    return new SealedPipe(inner, { side: "host", keys: proven.keys, transcript, epoch, openAead });
  }
}
