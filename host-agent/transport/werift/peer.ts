import { type PeerConfig, RTCDtlsTransport, RTCPeerConnection, type RTCSessionDescriptionInit } from "werift";
import { MAX_RECORD_BYTES } from "../../../protocol/pipe.ts";
import { addressKind } from "../../core/address-kind.ts";
import { CandidateFilter, withoutBase, withoutCandidates } from "../../core/candidate-filter.ts";
import type { Peer, PeerDriver, PeerEvents, PeerSettings } from "../driver.ts";
import { associationOf } from "./association.ts";
import { DataChannelPipe } from "./data-channel-pipe.ts";
import { sendInOwnRecords } from "./dtls-records.ts";
import { greetAtOnce } from "./greet-at-once.ts";
import { askNoStunServer, closeSockets, type IceAgent, outliveSocketErrors } from "./ice-agent.ts";
import { dropUnreadable } from "./incoming.ts";
import { useNativeX25519 } from "./native-x25519.ts";
import { keepStrangersOut } from "./strangers.ts";
import { whyNoWay } from "./why-no-way.ts";

/** Both ends agree on the channels beforehand (`negotiated`): werift announces unordered channels wrongly (its #714). */
const CHANNEL = { negotiated: true, id: 0, ordered: true };
/** For the viewer's copies and the host's parts. Reliable too: without retransmission strokes took longer (ARCHITECTURE.md). */
const BESIDE = { negotiated: true, id: 1, ordered: false };

useNativeX25519();

export type PeerLimits = {
  /** From our answer to an open channel. werift itself tries for ever; a browser gives up after 15 s. */
  readonly connectLimitMs: number;
};

const PEER_LIMITS: PeerLimits = { connectLimitMs: 15_000 };

/** werift begins to connect when gathering ends, and these servers have just answered: whatever takes longer is left out. */
const STUN_LIMIT_S = 1;
const TURN_CONNECT_LIMIT_S = 2;

/**
 * Closing aborts the association at once, with whatever is still on its way. So the channel is closed first, in good order,
 * and the other side gets this long to take the Bye and agree; longer than one of werift's retransmission time-outs.
 */
const LAST_WORDS_LIMIT_MS = 1_200;

export const weriftDriver: PeerDriver = {
  name: "werift",
  prepare: async () => {
    // One for the whole program: a tenth of a second, the first time.
    await RTCDtlsTransport.SetupCertificate().catch(() => {});
  },
  open: (settings, events) => openWeriftPeer(settings, events, PEER_LIMITS),
};

export function openWeriftPeer(settings: PeerSettings, events: PeerEvents, limits: PeerLimits): Peer {
  return new WeriftPeer(settings, events, limits);
}

class WeriftPeer implements Peer {
  readonly pipe: DataChannelPipe;
  private readonly settings: PeerSettings;
  private readonly limits: PeerLimits;
  private readonly connection: RTCPeerConnection;
  private readonly ice: IceAgent;
  private readonly filter: CandidateFilter;
  /** Candidates that came before the answer; werift cannot take them earlier. The filter bounds them. */
  private early: string[] | undefined = [];
  private gathering: NodeJS.Immediate | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private wasOpen = false;
  private isClosed = false;

  constructor(settings: PeerSettings, events: PeerEvents, limits: PeerLimits) {
    this.settings = settings;
    this.limits = limits;
    this.filter = new CandidateFilter({ loopback: settings.addresses.some((one) => addressKind(one) === "loopback") });
    this.connection = new RTCPeerConnection(iceConfig(settings));
    const channel = this.connection.createDataChannel("deskbeam", CHANNEL);
    const beside = this.connection.createDataChannel("deskbeam-beside", BESIDE);
    this.pipe = new DataChannelPipe(channel, settings.path, beside);
    const [transport] = this.connection.dtlsTransports;
    if (transport === undefined) throw new Error("werift has made no transport for its channel");
    greetAtOnce(transport);
    sendInOwnRecords(transport);
    keepStrangersOut(transport);
    this.ice = transport.iceTransport.connection;
    outliveSocketErrors(this.ice);
    dropUnreadable(associationOf(channel));
    if (settings.stunUrl === undefined) askNoStunServer(this.ice);
    channel.stateChanged.subscribe((state) => {
      if (state !== "open") return;
      this.wasOpen = true;
      clearTimeout(this.deadline);
    });
    this.connection.onIceCandidate.subscribe((candidate) => {
      if (!this.isClosed) events.candidate(candidate?.sdpMid ?? "0", withoutBase(candidate?.candidate ?? ""));
    });
    this.connection.connectionStateChange.subscribe((state) => {
      if (state === "failed") this.giveUp();
      if (state === "closed") this.pipe.close();
    });
  }

  async answer(offerSdp: string): Promise<string> {
    refuseSmallMessages(offerSdp);
    const { sdp, candidates } = withoutCandidates(offerSdp);
    await this.connection.setRemoteDescription({ type: "offer", sdp });
    const description = await this.connection.createAnswer();
    if (this.isClosed) throw new Error("closed before it was answered");
    if (!/^m=application [1-9]/m.test(description.sdp)) throw new Error("the offer has no data channel");
    for (const candidate of candidates) this.addCandidate("", candidate);
    const early = this.early ?? [];
    this.early = undefined;
    for (const candidate of early) this.tryCandidate(candidate);
    this.deadline = setTimeout(() => this.giveUp(), this.limits.connectLimitMs);
    // Not now: the answer is to leave before the first candidate.
    this.gathering = setImmediate(() => void this.gather(description));
    return description.sdp;
  }

  addCandidate(_mid: string, candidate: string): void {
    // The end of candidates is nothing to werift either: it would give up on a browser whose addresses were all left out.
    if (this.isClosed || candidate === "") return;
    const allowed = this.filter.take(candidate);
    if (allowed === undefined) return;
    if (this.early === undefined) this.tryCandidate(allowed);
    else this.early.push(allowed);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearImmediate(this.gathering);
    clearTimeout(this.deadline);
    this.pipe.close();
    const end = () => {
      clearTimeout(limit);
      this.connection.close().catch(() => {
        // Expected: closing half-opened transports. Nothing of ours is left in it.
      });
    };
    const limit = setTimeout(end, this.wasOpen ? LAST_WORDS_LIMIT_MS : 0);
    this.pipe.whenOver(end);
  }

  /** Finds our addresses, one candidate after the other, then connects. */
  private async gather(description: RTCSessionDescriptionInit): Promise<void> {
    try {
      await this.connection.setLocalDescription(description);
    } catch {
      // Expected when it was closed meanwhile; else the deadline tells.
    }
    if (this.isClosed) await closeSockets(this.ice);
    else if (this.ice.localCandidates.length === 0) this.giveUp();
  }

  private tryCandidate(candidate: string): void {
    // Whatever the other side calls it, there is one section in the SDP.
    this.connection.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => {
      // Expected: an SDP whose only section was refused. Without candidates the deadline tells.
    });
  }

  /** There is no way, or none any more: says so and frees everything. */
  private giveUp(): void {
    if (this.isClosed) return;
    this.pipe.close(this.wasOpen ? "nothing came through the connection any more" : whyNoWay(this.attempt()));
    this.close();
  }

  private attempt(): Parameters<typeof whyNoWay>[0] {
    const { path, addresses, turn } = this.settings;
    const { localCandidates, candidatePairs, nominated } = this.ice;
    const sum = (count: (pair: (typeof candidatePairs)[number]) => number) =>
      candidatePairs.reduce((total, pair) => total + count(pair), 0);
    const lent = localCandidates.some(({ type }) => type === "relay");
    return {
      path,
      limitMs: this.limits.connectLimitMs,
      offered: localCandidates.length,
      turn: turn === undefined ? (addresses.length === 0 ? "missing" : "not-used") : lent ? "lent" : "refused",
      named: this.filter.taken,
      dropped: this.filter.dropped,
      questionsHeard: sum((pair) => pair.requestsReceived),
      answersHeard: sum((pair) => pair.responsesReceived),
      nominated: nominated !== undefined,
    };
  }
}

function iceConfig({ addresses, stunUrl, turn }: PeerSettings): Partial<PeerConfig> {
  return {
    iceServers: [
      ...(stunUrl === undefined ? [] : [{ urls: stunUrl }]),
      ...(turn === undefined ? [] : [{ urls: turn.url, username: turn.username, credential: turn.credential }]),
    ],
    iceTransportPolicy: addresses.length === 0 && turn !== undefined ? "relay" : "all",
    // werift's own choice leaves VPNs out and begins with docker0. So it chooses from nothing, and is given ours.
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [...addresses],
    iceStunGatherTimeout: STUN_LIMIT_S,
    iceTurnConnectTimeout: TURN_CONNECT_LIMIT_S,
    // The URL has the address that answered; the certificate is for the name.
    turnTlsOptions: turn?.serverName === undefined ? {} : { servername: turn.serverName },
  };
}

/** werift throws at the first message that is longer than the offer takes; 0 and silence set no limit that matters here. */
function refuseSmallMessages(offerSdp: string): void {
  const [, bytes = "0"] = /^a=max-message-size:(\d+)/m.exec(offerSdp) ?? [];
  if (Number(bytes) !== 0 && Number(bytes) < MAX_RECORD_BYTES) throw new Error(`the browser takes ${bytes} bytes only`);
}
