import type { OpenAead } from "../../protocol/crypto/aead.ts";
import type { RectEncoder } from "../encode/rect-encoder.ts";
import type { Desk } from "../pipeline/desk.ts";
import { FirstPicture } from "../pipeline/first-picture.ts";
import { PictureStream } from "../pipeline/picture-stream.ts";
import type { UpdateTrace } from "../pipeline/update-trace.ts";
import type { PeerDriver } from "../transport/driver.ts";
import { RelayPipe } from "../transport/relay-pipe.ts";
import type { HostWords } from "./host-words.ts";
import type { IceSupply } from "./ice-supply.ts";
import type { Room } from "./room.ts";
import type { SeatsOptions } from "./seats.ts";

/** Where a host's connections, relays and pictures come from. */
export type SeatSources = {
  readonly peers: PeerDriver;
  readonly ice: IceSupply;
  readonly openAead: OpenAead;
  readonly desk: Desk;
  readonly encoder: RectEncoder;
  readonly words: HostWords;
  readonly nowMs: () => number;
  readonly trace: UpdateTrace | undefined;
  /** What the pictures are sent in, of what the viewer wishes: 0..100, 0 for what the encoders decide. */
  readonly quality: (wished: number) => number;
  readonly room: Pick<Room, "relay" | "publish" | "revoke">;
};

/** What every seat of a host takes from it: ways to its viewer, and the picture that goes over them. */
export function seatSupply(sources: SeatSources): SeatsOptions["ports"] {
  const { peers, ice, openAead, desk, encoder, words, nowMs, trace, quality, room } = sources;
  return {
    openPeer: async (way, viewer, events) => {
      const settings = await ice.settingsFor(way, viewer);
      return settings === undefined ? undefined : peers.open(settings, events);
    },
    iceForViewer: (viewer) => ice.forViewer(viewer),
    openAead,
    openRelay: async (label) => {
      const relay = await room.relay();
      if (relay !== undefined) return { invitation: relay.invitation, pipe: new RelayPipe(relay.line) };
      words.noRelay(label);
      return undefined;
    },
    openMjpeg: (wished) => room.publish(() => quality(wished())),
    closeMjpeg: (token) => room.revoke(token),
    openStream: (pipe, after, wished) => {
      const size = desk.size;
      const stream = new PictureStream({ pipe, encoder, size, after, quality: () => quality(wished()), nowMs, trace });
      desk.add(stream);
      return stream;
    },
    closeStream: (stream) => desk.remove(stream),
    preparePicture: (wished) => {
      const first = new FirstPicture({ encoder, size: desk.size, quality: quality(wished()) });
      desk.add(first);
      return () => desk.remove(first);
    },
    displaySize: () => desk.size,
    progress: () => desk.heard(),
  };
}
