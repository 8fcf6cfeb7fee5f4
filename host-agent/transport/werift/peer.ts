import { type PeerConfig, RTCPeerConnection } from "werift";
import type { IceServer } from "../../../protocol/signaling.ts";
import type { Peer, PeerDriver, PeerEvents, PeerSettings, UnprobedSettings } from "../driver.ts";
import { DataChannelPipe } from "./data-channel-pipe.ts";
import { keepStrangersOut } from "./strangers.ts";

/** Both ends agree on the channel beforehand (`negotiated`): werift announces unordered channels wrongly (its #714). */
const CHANNEL = { negotiated: true, id: 0, ordered: true };

export const weriftDriver: PeerDriver = {
  name: "werift",
  open: (settings, events) => new WeriftPeer(settings, events),
};

/**
 * Closing aborts the association at once, with whatever is still on its way. So the channel is closed first, in good order,
 * and the other side gets this long to take the Bye and agree; longer than one of werift's retransmission time-outs.
 */
const LAST_WORDS_LIMIT_MS = 1_200;

class WeriftPeer implements Peer {
  readonly pipe: DataChannelPipe;
  private readonly connection: RTCPeerConnection;
  private isClosed = false;

  constructor(settings: PeerSettings | UnprobedSettings, events: PeerEvents) {
    const isProbed = "path" in settings;
    this.connection = new RTCPeerConnection(isProbed ? iceConfig(settings) : unprobedConfig(settings));
    this.pipe = new DataChannelPipe(
      this.connection.createDataChannel("deskbeam", CHANNEL),
      isProbed ? settings.path : "direct",
    );
    for (const transport of this.connection.dtlsTransports) keepStrangersOut(transport);
    this.connection.onIceCandidate.subscribe((candidate) => {
      if (!this.isClosed) events.candidate(candidate?.sdpMid ?? "0", candidate?.candidate ?? "");
    });
    this.connection.connectionStateChange.subscribe((state) => {
      if (state === "failed" || state === "closed") this.pipe.close();
    });
  }

  async answer(offerSdp: string): Promise<string> {
    await this.connection.setRemoteDescription({ type: "offer", sdp: withoutMdns(offerSdp) });
    await this.connection.setLocalDescription(await this.connection.createAnswer());
    const sdp = this.connection.localDescription?.sdp;
    if (sdp === undefined) throw new Error("no local description after answering");
    return sdp;
  }

  addCandidate(mid: string, candidate: string): void {
    // A `.local` name costs ten seconds to resolve in werift; the browser is reached as peer-reflexive instead.
    if (this.isClosed || candidate === "" || candidate.includes(".local")) return;
    this.connection.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: 0 }).catch(() => {
      // Expected: a candidate of a kind werift cannot use. The others still count.
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.pipe.close();
    const end = () => {
      clearTimeout(limit);
      this.connection.close().catch(() => {
        // Expected: closing half-opened transports. Nothing of ours is left in it.
      });
    };
    const limit = setTimeout(end, LAST_WORDS_LIMIT_MS);
    this.pipe.whenOver(end);
  }
}

function unprobedConfig(settings: UnprobedSettings): Partial<PeerConfig> {
  return { iceServers: settings.iceServers.flatMap(oneUrlEach), iceTransportPolicy: settings.policy };
}

function iceConfig({ addresses, stunUrl, turn }: PeerSettings): Partial<PeerConfig> {
  return {
    iceServers: [
      ...(stunUrl === undefined ? [] : [{ urls: stunUrl }]),
      ...(turn === undefined ? [] : [{ urls: turn.url, username: turn.username, credential: turn.credential }]),
    ],
    iceTransportPolicy: addresses.length === 0 ? "relay" : "all",
    // werift's own choice leaves VPN interfaces out and begins with docker0: it chooses from nothing, and takes ours.
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [...addresses],
  };
}

/** werift uses the first `stun:` and the first `turn:` URL only; other schemes and forms it cannot parse are left out. */
function oneUrlEach(server: IceServer): { urls: string; username?: string; credential?: string }[] {
  const urls: readonly string[] = typeof server.urls === "string" ? [server.urls] : server.urls;
  return urls.map((url) => ({
    urls: url,
    ...(server.username !== undefined && { username: server.username }),
    ...(server.credential !== undefined && { credential: server.credential }),
  }));
}

/** A `.local` candidate inside the offer blocks setRemoteDescription for ten seconds. */
function withoutMdns(sdp: string): string {
  return sdp
    .split("\r\n")
    .filter((line) => !(line.startsWith("a=candidate:") && line.includes(".local")))
    .join("\r\n");
}
