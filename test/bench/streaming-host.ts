import { RTCPeerConnection } from "werift";
import { DataChannelPipe } from "../../host-agent/transport/werift/data-channel-pipe.ts";
import { sendInOwnRecords } from "../../host-agent/transport/werift/dtls-records.ts";
import { keepStrangersOut } from "../../host-agent/transport/werift/strangers.ts";
import { MAX_RECORD_BYTES } from "../../protocol/pipe.ts";
import type { LossyUdp } from "../support/lossy-udp.ts";

/** The product's sender, or werift's own. */
export type SenderKind = "tuned" | "stock";

/** What a sender is kept filled with: more than any of these lines holds in a round trip. */
const FILL_BYTES = 1024 * 1024;
const STOCK_FILL_BYTES = 256 * 1024;
const CHANNEL = { negotiated: true, id: 0, ordered: true };
/** Loopback and nothing else. */
const ICE = { iceServers: [], iceUseIpv4: false, iceUseIpv6: false, iceAdditionalHostAddresses: ["127.0.0.1"] };

/** The browser's end: it offers, and counts what it is given. */
export type Viewer = {
  readonly offer: () => Promise<string>;
  readonly answered: (sdp: string, candidate: string) => Promise<void>;
  readonly receivedBytes: () => Promise<number>;
  readonly close: () => Promise<void>;
};

export function weriftViewer(): Viewer {
  const connection = new RTCPeerConnection(ICE);
  const pipe = new DataChannelPipe(connection.createDataChannel("deskbeam", CHANNEL));
  let receivedBytes = 0;
  pipe.listen({
    opened: () => undefined,
    message: (bytes) => {
      receivedBytes += bytes.length;
    },
    closed: () => undefined,
  });
  return {
    offer: async () => {
      await connection.setLocalDescription(await connection.createOffer());
      return connection.localDescription?.sdp ?? "";
    },
    answered: async (sdp, candidate) => {
      await connection.setRemoteDescription({ type: "answer", sdp });
      await connection.addIceCandidate({ candidate, sdpMid: "0", sdpMLineIndex: 0 });
    },
    receivedBytes: async () => receivedBytes,
    close: () => connection.close(),
  };
}

/** A host that streams as fast as it can to a viewer beyond a bad line, from when the channel is open. */
export async function openStreamingHost(
  kind: SenderKind,
  line: LossyUdp,
  viewer: Viewer,
): Promise<{ close: () => Promise<void> }> {
  const host = new RTCPeerConnection(ICE);
  const channel = host.createDataChannel("deskbeam", CHANNEL);
  const timer = kind === "tuned" ? streamTuned(channel) : streamStock(channel);
  for (const transport of kind === "tuned" ? host.dtlsTransports : []) {
    sendInOwnRecords(transport);
    keepStrangersOut(transport);
  }
  const candidates: string[] = [];
  host.onIceCandidate.subscribe((one) => void (one !== undefined && candidates.push(one.candidate)));
  await host.setRemoteDescription({ type: "offer", sdp: withoutCandidates(await viewer.offer()) });
  await host.setLocalDescription(await host.createAnswer());
  const [candidate] = candidates;
  if (candidate === undefined) throw new Error("the host has no candidate");
  const sdp = withoutCandidates(host.localDescription?.sdp ?? "");
  await viewer.answered(sdp, line.candidateForViewer(candidate));
  return {
    close: async () => {
      clearInterval(timer);
      await host.close();
    },
  };
}

type Channel = ReturnType<RTCPeerConnection["createDataChannel"]>;

function streamTuned(channel: Channel): NodeJS.Timeout {
  const pipe = new DataChannelPipe(channel);
  const message = new Uint8Array(MAX_RECORD_BYTES);
  const fill = () => {
    while (pipe.state === "open" && pipe.unsentBytes < FILL_BYTES) pipe.send(message);
  };
  pipe.listen({ opened: fill, message: () => undefined, closed: () => undefined });
  return setInterval(fill, 5);
}

/** As good as it gets without touching werift: never empty for long, never more in it than it can bear. */
function streamStock(channel: Channel): NodeJS.Timeout {
  const message = Buffer.alloc(MAX_RECORD_BYTES);
  return setInterval(() => {
    while (channel.readyState === "open" && channel.bufferedAmount < STOCK_FILL_BYTES) channel.send(message);
  }, 5);
}

function withoutCandidates(sdp: string): string {
  return sdp
    .split("\r\n")
    .filter((one) => !one.startsWith("a=candidate:") && !one.startsWith("a=end-of-candidates"))
    .join("\r\n");
}
