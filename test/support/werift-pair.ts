import { expect, onTestFinished, vi } from "vitest";
import { RTCPeerConnection } from "werift";
import { DataChannelPipe } from "../../host-agent/transport/werift/data-channel-pipe.ts";
import { weriftDriver } from "../../host-agent/transport/werift/peer.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { directSettings } from "./direct-settings.ts";

export type WeriftPair = {
  /** The host's pipe, of the product's own driver. */
  readonly host: Pipe;
  /** The browser's end. */
  readonly viewer: Pipe;
  readonly viewerConnection: RTCPeerConnection;
  /** What each end was sent, and whether its pipe ended. */
  readonly heard: { readonly host: Uint8Array[]; readonly viewer: Uint8Array[]; closed: string[] };
  /** Where the host's end takes datagrams. */
  readonly hostAddress: { readonly address: string; readonly port: number };
};

/** A host of the product's driver and a browser played by werift, connected over UDP. Nothing is sealed. */
export async function openWeriftPair(): Promise<WeriftPair> {
  const viewerConnection = new RTCPeerConnection({ iceServers: [] });
  const channel = viewerConnection.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true });
  const viewer = new DataChannelPipe(channel);
  const peer = weriftDriver.open(await directSettings(), {
    candidate: (sdpMid, candidate) =>
      void (candidate !== "" && viewerConnection.addIceCandidate({ candidate, sdpMid })),
  });
  onTestFinished(async () => {
    peer.close();
    await viewerConnection.close();
  });
  const heard: WeriftPair["heard"] = { host: [], viewer: [], closed: [] };
  let opened = 0;
  for (const [name, pipe] of [
    ["host", peer.pipe],
    ["viewer", viewer],
  ] as const) {
    pipe.listen({
      opened: () => {
        opened += 1;
      },
      message: (bytes) => heard[name].push(bytes),
      closed: (why) => heard.closed.push(`${name}: ${why}`),
    });
  }
  viewerConnection.onIceCandidate.subscribe((candidate) => peer.addCandidate("0", candidate?.candidate ?? ""));
  const offer = await viewerConnection.createOffer();
  await viewerConnection.setLocalDescription(offer);
  const answer = await peer.answer(offer.sdp);
  await viewerConnection.setRemoteDescription({ type: "answer", sdp: answer });
  await vi.waitFor(() => expect(opened).toBe(2), { timeout: 10_000 });
  const [address = "", port = 0] = viewerConnection.iceTransports[0]?.connection.nominated?.remoteAddr ?? [];
  return { host: peer.pipe, viewer, viewerConnection, heard, hostAddress: { address, port } };
}
