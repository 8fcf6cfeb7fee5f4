import { onTestFinished } from "vitest";
import { type DtlsSocket, RTCPeerConnection } from "werift";
import { askNoStunServer } from "../../../../host-agent/transport/werift/ice-agent.ts";

export type OfferingBrowser = {
  readonly offer: string;
  /** Its own candidates, complete. */
  readonly candidates: readonly string[];
  take(answerSdp: string): Promise<void>;
  addCandidate(candidate: string): void;
  readonly isOpen: () => boolean;
  say(text: string): void;
  /** Its end of the DTLS session, once there is one. */
  readonly dtls: () => DtlsSocket | undefined;
};

/** The browser's end of a connection, played by werift: offers one channel, on the addresses given. */
export async function offeringBrowser(addresses: readonly string[] = ["127.0.0.1"]): Promise<OfferingBrowser> {
  const connection = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [...addresses],
  });
  onTestFinished(() => connection.close());
  const channel = connection.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true });
  for (const transport of connection.iceTransports) askNoStunServer(transport.connection);
  const candidates: string[] = [];
  connection.onIceCandidate.subscribe((one) => {
    if (one?.candidate) candidates.push(one.candidate);
  });
  const offer = await connection.createOffer();
  await connection.setLocalDescription(offer);
  return {
    offer: offer.sdp,
    candidates,
    take: (sdp) => connection.setRemoteDescription({ type: "answer", sdp }),
    addCandidate: (candidate) => {
      if (candidate !== "") void connection.addIceCandidate({ candidate, sdpMLineIndex: 0 });
    },
    isOpen: () => channel.readyState === "open",
    say: (text) => channel.send(Buffer.from(text)),
    dtls: () => connection.dtlsTransports[0]?.dtls,
  };
}
