import { RTCPeerConnection } from "werift";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { DataChannelPipe } from "../../../host-agent/transport/werift/data-channel-pipe.ts";
import type { OpenAead } from "../../../protocol/crypto/aead.ts";
import { SealedPipe } from "../../../protocol/crypto/sealed-pipe.ts";
import { type Transport, transcriptHash } from "../../../protocol/crypto/transcript.ts";
import type { Pipe } from "../../../protocol/pipe.ts";
import { MAX_MESSAGE_BYTES } from "../../../protocol/update.ts";
import { nobleAead } from "../../../viewer/aead/noble.ts";
import { pipeConformance } from "../../conformance/pipe.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";
import { provenPair } from "../../support/proven.ts";

/** Both ends sealed over `inner`, as host and viewer of one handshake. */
function sealed(inner: { near: Pipe; far: Pipe }, transport: Transport, hostAead: OpenAead, viewerAead: OpenAead) {
  const { host, viewer } = provenPair();
  const shared = { epoch: 1 };
  const near = new SealedPipe(inner.near, {
    ...shared,
    side: "host",
    keys: host.keys,
    transcript: transcriptHash(host.transcript, transport),
    openAead: hostAead,
  });
  const far = new SealedPipe(inner.far, {
    ...shared,
    side: "viewer",
    keys: viewer.keys,
    transcript: transcriptHash(viewer.transcript, transport),
    openAead: viewerAead,
  });
  return { near, far };
}

for (const [name, hostAead, viewerAead] of [
  ["sealed over memory, both ends by node:crypto", nodeAead, nodeAead],
  ["sealed over memory, the viewer by @noble/ciphers", nodeAead, nobleAead],
] as const) {
  pipeConformance(
    name,
    async () => {
      const [near, far] = memoryPipePair("relay");
      const pair = sealed({ near, far }, { kind: "relay", epoch: 1 }, hostAead, viewerAead);
      return { ...pair, end: () => pair.near.close() };
    },
    MAX_MESSAGE_BYTES,
  );
}

// Certificates, roles and SDPs are those of the connection that carries the records.
for (const [name, viewerAead] of [
  ["sealed over a werift data channel, the viewer by node:crypto", nodeAead],
  ["sealed over a werift data channel, the viewer by @noble/ciphers", nobleAead],
] as const) {
  pipeConformance(
    name,
    async () => {
      const channel = { negotiated: true, id: 0, ordered: true };
      const viewer = new RTCPeerConnection({ iceServers: [] });
      const host = new RTCPeerConnection({ iceServers: [] });
      const far = new DataChannelPipe(viewer.createDataChannel("deskbeam", channel));
      const near = new DataChannelPipe(host.createDataChannel("deskbeam", channel));
      viewer.onIceCandidate.subscribe((candidate) => candidate && host.addIceCandidate(candidate));
      host.onIceCandidate.subscribe((candidate) => candidate && viewer.addIceCandidate(candidate));
      await viewer.setLocalDescription(await viewer.createOffer());
      const offerSdp = viewer.localDescription?.sdp ?? "";
      await host.setRemoteDescription({ type: "offer", sdp: offerSdp });
      await host.setLocalDescription(await host.createAnswer());
      const answerSdp = host.localDescription?.sdp ?? "";
      const pair = sealed({ near, far }, { kind: "webrtc", offerSdp, answerSdp }, nodeAead, viewerAead);
      await viewer.setRemoteDescription({ type: "answer", sdp: answerSdp });
      return {
        ...pair,
        end: async () => {
          await host.close();
          await viewer.close();
        },
      };
    },
    MAX_MESSAGE_BYTES,
  );
}
