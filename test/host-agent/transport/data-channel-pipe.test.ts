import { expect, it, vi } from "vitest";
import { RTCPeerConnection } from "werift";
import { DataChannelPipe } from "../../../host-agent/transport/werift/data-channel-pipe.ts";
import { weriftDriver } from "../../../host-agent/transport/werift/peer.ts";
import { CHANNELS } from "../../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES } from "../../../protocol/pipe.ts";
import { pipeConformance } from "../../conformance/pipe.ts";
import { directSettings } from "../../support/direct-settings.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";

pipeConformance("memory", async () => {
  const [near, far] = memoryPipePair();
  return { near, far, end: () => near.close() };
});

pipeConformance("werift data channel", openWerift);

it("a sealed goodbye is no picture: it still goes when pictures wait and the pipe closes", async () => {
  const { near, far, end } = await openWerift();
  const heard: Uint8Array[] = [];
  far.listen({ opened: () => {}, message: (bytes) => heard.push(bytes), closed: () => {} });
  near.listen({ opened: () => {}, message: () => {}, closed: () => {} });
  await vi.waitFor(() => expect([near.state, far.state]).toEqual(["open", "open"]), { timeout: 15_000 });
  const picture = Uint8Array.of(CHANNELS.pictures, ...new Uint8Array(MAX_RECORD_BYTES - 1));
  const goodbye = Uint8Array.of(CHANNELS.control, 7);
  for (let index = 0; index < 8; index++) near.send(picture);
  near.send(goodbye);
  near.close();
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(goodbye), { timeout: 15_000 });
  await end();
});

it("the host hears what a browser says again over the channel beside", async () => {
  const { near, far, beside, end } = await openWerift();
  const heard: Uint8Array[] = [];
  far.listen({ opened: () => {}, message: () => {}, closed: () => {} });
  near.listen({ opened: () => {}, message: (bytes) => heard.push(bytes), closed: () => {} });
  await vi.waitFor(() => expect([near.state, far.state, beside.readyState]).toEqual(["open", "open", "open"]), {
    timeout: 15_000,
  });
  const said = [1, 2, 3].map((number) => Uint8Array.of(CHANNELS.copies, number));
  for (const [index, copy] of said.entries()) {
    beside.send(Buffer.from(copy));
    await vi.waitFor(() => expect(heard).toEqual(said.slice(0, index + 1)), { timeout: 15_000 });
  }
  await end();
});

/** The browser's part, an offer with the negotiated channel, is played by a second werift connection. */
async function openWerift() {
  const offerer = new RTCPeerConnection({ iceServers: [] });
  const far = new DataChannelPipe(offerer.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true }));
  const beside = offerer.createDataChannel("deskbeam-beside", { negotiated: true, id: 1, ordered: false });
  const peer = weriftDriver.open(await directSettings(), {
    candidate: (sdpMid, candidate) => candidate !== "" && offerer.addIceCandidate({ candidate, sdpMid }),
  });
  offerer.onIceCandidate.subscribe((candidate) => peer.addCandidate("0", candidate?.candidate ?? ""));
  await offerer.setLocalDescription(await offerer.createOffer());
  const sdp = await peer.answer(offerer.localDescription?.sdp ?? "");
  await offerer.setRemoteDescription({ type: "answer", sdp });
  return {
    near: peer.pipe,
    far,
    beside,
    end: async () => {
      peer.close();
      await offerer.close();
    },
  };
}
