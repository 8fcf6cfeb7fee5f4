import type { PeerWay } from "../../protocol/meeting.ts";
import type { IceServer } from "../../protocol/signaling.ts";
import { DataChannelPipe } from "./data-channel-pipe.ts";

/** Both ends open the channels under these numbers: what a channel announces about itself is not reliable in werift. */
const CHANNEL = { negotiated: true, id: 0, ordered: true };
/** For the viewer's copies and the host's parts. Reliable too: without retransmission strokes took longer (ARCHITECTURE.md). */
const BESIDE = { negotiated: true, id: 1, ordered: false };
/** Candidates that come before the answer; an honest host has a handful. */
const MAX_EARLY_CANDIDATES = 64;
/** A browser that has tried every pair it knows says "failed"; the host's last candidates may only just have come. */
const LAST_PAIRS_MS = 1_500;
/** A channel that closes in good order sends what is left first; the connection stays open for it this long. */
const CLOSING_LIMIT_MS = 500;

export type PeerHandlers = {
  readonly offer: (sdp: string) => void;
  /** A candidate of ours for the host; an empty one says there are no more. */
  readonly candidate: (mid: string, candidate: string) => void;
  /** Every pair of addresses was tried, or the connection broke for good. */
  readonly noWay: () => void;
};

/** Some browsers and policies have no WebRTC at all. */
export const hasWebRtc = (): boolean => typeof RTCPeerConnection === "function";

/** One WebRTC connection, offered from here. A lost one is never restarted but replaced (ICE restart fails in werift). */
export class Peer {
  readonly pipe: DataChannelPipe;
  private readonly connection: RTCPeerConnection;
  private readonly handlers: PeerHandlers;
  private isAnswered: boolean = false;
  private lastPairs: ReturnType<typeof setTimeout> | undefined;
  private hasAllCandidates: boolean = false;
  private early: RTCIceCandidateInit[] | undefined = [];

  /** @param way `turn` goes through a relay of this end's and nothing else, so what it is called is what it is */
  constructor(way: PeerWay, iceServers: readonly IceServer[], handlers: PeerHandlers) {
    this.handlers = handlers;
    const servers = iceServers.map((server) => ({
      ...server,
      urls: typeof server.urls === "string" ? server.urls : [...server.urls],
    }));
    const iceTransportPolicy = way === "turn" ? "relay" : "all";
    this.connection = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy });
    const channel = this.connection.createDataChannel("deskbeam", CHANNEL);
    const beside = this.connection.createDataChannel("deskbeam-beside", BESIDE);
    this.pipe = new DataChannelPipe(channel, beside, way);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null) handlers.candidate(candidate.sdpMid ?? "0", candidate.candidate);
    };
    this.connection.onconnectionstatechange = () => this.judge();
  }

  /**
   * Hands over the offer, then the candidates one by one as they are found: nothing waits for a slow STUN or mDNS
   * answer, and none can overtake the offer, since looking for them begins after it.
   */
  async offer(): Promise<void> {
    const { sdp = "" } = await this.connection.createOffer();
    this.handlers.offer(sdp);
    await this.connection.setLocalDescription({ type: "offer", sdp });
  }

  /** One answer, and only one. */
  get expectsAnswer(): boolean {
    return !this.isAnswered;
  }

  /** @throws DOMException when the host's answer is no SDP */
  async answer(sdp: string): Promise<void> {
    this.isAnswered = true;
    await this.connection.setRemoteDescription({ type: "answer", sdp });
    const early = this.early ?? [];
    this.early = undefined;
    for (const candidate of early) this.add(candidate);
  }

  /** An empty one says that there are no more. */
  addCandidate(mid: string, candidate: string): void {
    if (candidate === "") {
      this.lastPairs ??= setTimeout(() => {
        this.hasAllCandidates = true;
        this.judge();
      }, LAST_PAIRS_MS);
      return;
    }
    const init = { sdpMid: mid, candidate };
    if (this.early === undefined) this.add(init);
    else if (this.early.length < MAX_EARLY_CANDIDATES) this.early.push(init);
  }

  close(): void {
    clearTimeout(this.lastPairs);
    const limit = setTimeout(() => this.connection.close(), CLOSING_LIMIT_MS);
    const state = this.connection.connectionState;
    this.pipe.close();
    if (state !== "connected") {
      clearTimeout(limit);
      this.connection.close();
    }
  }

  /**
   * Failed for good? Before the host has named all its candidates a browser may have run out of pairs and have new ones a
   * moment later: a host behind a firewall names the address that TURN lends it last.
   */
  private judge(): void {
    if (this.connection.connectionState !== "failed") return;
    if (this.pipe.state === "opening" && !this.hasAllCandidates) return;
    this.handlers.noWay();
    this.pipe.end("no way through the network was found");
  }

  private add(candidate: RTCIceCandidateInit): void {
    this.connection.addIceCandidate(candidate).catch(() => {
      // A candidate this browser cannot use, or one too late: the others decide.
    });
  }
}
