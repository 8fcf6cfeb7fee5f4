import { RTCPeerConnection } from "werift";
import { DataChannelPipe } from "../../../host-agent/transport/werift/data-channel-pipe.ts";
import { weriftDriver } from "../../../host-agent/transport/werift/peer.ts";
import { pipeConformance } from "../../conformance/pipe.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";

pipeConformance("memory", async () => {
  const [near, far] = memoryPipePair();
  return { near, far, end: () => near.close() };
});

// The browser's part, an offer with the negotiated channel, is played by a second werift connection.
pipeConformance("werift data channel", async () => {
  const offerer = new RTCPeerConnection({ iceServers: [] });
  const far = new DataChannelPipe(offerer.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true }));
  const peer = weriftDriver.open(
    { iceServers: [], policy: "all" },
    { candidate: (sdpMid, candidate) => candidate !== "" && offerer.addIceCandidate({ candidate, sdpMid }) },
  );
  offerer.onIceCandidate.subscribe((candidate) => peer.addCandidate("0", candidate?.candidate ?? ""));
  await offerer.setLocalDescription(await offerer.createOffer());
  const sdp = await peer.answer(offerer.localDescription?.sdp ?? "");
  await offerer.setRemoteDescription({ type: "answer", sdp });
  return {
    near: peer.pipe,
    far,
    end: async () => {
      peer.close();
      await offerer.close();
    },
  };
});
