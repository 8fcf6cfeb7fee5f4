import type { Path } from "../../protocol/pipe.ts";
import type { IceServer } from "../../protocol/signaling.ts";
import { DataChannelPipe } from "./data-channel-pipe.ts";

/** Both ends open the channel under this number: what a channel announces about itself is not reliable in werift. */
const CHANNEL_ID = 0;
/** Candidates that come before the answer; an honest host has a handful. */
const MAX_EARLY_CANDIDATES = 64;
/** A channel that closes in good order sends what is left first; the connection stays open for it this long. */
const CLOSING_LIMIT_MS = 500;

export type PeerHandlers = {
  readonly offer: (sdp: string) => void;
  /** A candidate of ours for the host; an empty one says there are no more. */
  readonly candidate: (mid: string, candidate: string) => void;
};

/** Some browsers and policies have no WebRTC at all. */
export const hasWebRtc = (): boolean => typeof RTCPeerConnection === "function";

/** One WebRTC connection, offered from here. A lost one is never restarted but replaced (ICE restart fails in werift). */
export class Peer {
  readonly pipe: DataChannelPipe;
  private readonly connection: RTCPeerConnection;
  private readonly handlers: PeerHandlers;
  private early: RTCIceCandidateInit[] | undefined = [];

  constructor(iceServers: readonly IceServer[], handlers: PeerHandlers) {
    this.handlers = handlers;
    const servers = iceServers.map((server) => ({
      ...server,
      urls: typeof server.urls === "string" ? server.urls : [...server.urls],
    }));
    this.connection = new RTCPeerConnection({ iceServers: servers });
    const channel = this.connection.createDataChannel("deskbeam", { negotiated: true, id: CHANNEL_ID, ordered: true });
    this.pipe = new DataChannelPipe(channel);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null) handlers.candidate(candidate.sdpMid ?? "0", candidate.candidate);
    };
    this.connection.onconnectionstatechange = () => {
      if (this.connection.connectionState === "failed") this.pipe.end("no way through the network was found");
    };
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

  /** @throws DOMException when the host's answer is no SDP */
  async answer(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: "answer", sdp });
    const early = this.early ?? [];
    this.early = undefined;
    for (const candidate of early) this.add(candidate);
  }

  addCandidate(mid: string, candidate: string): void {
    if (candidate === "") return;
    const init = { sdpMid: mid, candidate };
    if (this.early === undefined) this.add(init);
    else if (this.early.length < MAX_EARLY_CANDIDATES) this.early.push(init);
  }

  /** Which way the packets go: through a TURN server when either end of the pair in use is a relay. */
  async path(): Promise<Path> {
    const stats = new Map<string, unknown>();
    try {
      (await this.connection.getStats()).forEach((entry: unknown, id: string) => {
        stats.set(id, entry);
      });
    } catch {
      // The connection is gone again; its pipe says so.
    }
    for (const entry of stats.values()) {
      if (field(entry, "type") !== "candidate-pair" || field(entry, "nominated") !== true) continue;
      const ends = [field(entry, "localCandidateId"), field(entry, "remoteCandidateId")];
      if (ends.some((id) => typeof id === "string" && field(stats.get(id), "candidateType") === "relay")) return "turn";
    }
    return "direct";
  }

  close(): void {
    const limit = setTimeout(() => this.connection.close(), CLOSING_LIMIT_MS);
    const state = this.connection.connectionState;
    this.pipe.close();
    if (state !== "connected") {
      clearTimeout(limit);
      this.connection.close();
    }
  }

  private add(candidate: RTCIceCandidateInit): void {
    this.connection.addIceCandidate(candidate).catch(() => {
      // A candidate this browser cannot use, or one too late: the others decide.
    });
  }
}

/** Statistics are loosely typed in the browser's own types; nothing about them is taken for granted. */
function field(entry: unknown, name: string): unknown {
  return typeof entry === "object" && entry !== null ? Reflect.get(entry, name) : undefined;
}
