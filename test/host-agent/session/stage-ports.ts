import { nodeAead } from "../../../host-agent/aead/node.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import type { SeatPorts } from "../../../host-agent/session/seat.ts";
import type { IceServers, PeerWay, RelayInvitation } from "../../../protocol/meeting.ts";
import { type MemoryPipe, memoryPipePair } from "../../support/memory-pipe.ts";
import { RecordingInjector } from "../../support/recording-injector.ts";

/** Of the display that is shared. */
export const SIZE = { width: 64, height: 48 };
const sdp = (digit: string) => `a=fingerprint:sha-256 ${Array(32).fill(`A${digit}`).join(":")}\r\na=setup:active\r\n`;
/** What a viewer of these stages offers, and what it is answered. */
export const [OFFER, ANSWER] = [sdp("1"), sdp("2")];
const nothing = () => {};
const nowMs = () => performance.now();

/** What the host around seats has to offer. */
export type Offered = { readonly peersOffered?: boolean; readonly relayOffered?: boolean };

/** The host around seats: connections, relays and pictures whose far ends are the test's. */
export function stagePorts({ peersOffered = true, relayOffered = true }: Offered = {}) {
  const injector = new RecordingInjector();
  /** The far end of each WebRTC connection a seat opened, and whether the seat has closed it. */
  const peers: { readonly way: PeerWay; readonly far: MemoryPipe; closed: boolean }[] = [];
  const relays: { readonly near: MemoryPipe; readonly far: MemoryPipe; readonly invitation: RelayInvitation }[] = [];
  const tokens = { published: [] as string[], ended: [] as string[] };
  const streams = new Set<PictureStream>();
  /** First pictures that are being made ready. */
  const preparing = { now: 0 };
  let published: Promise<void> = Promise.resolve();
  const ice: IceServers = { policy: "all", servers: [] };
  const ports: Omit<SeatPorts, "path" | "awake"> = {
    openPeer: async (way) => {
      if (!peersOffered) return undefined;
      const [near, far] = memoryPipePair(way);
      const peer = { way, far, closed: false };
      peers.push(peer);
      const close = () => {
        peer.closed = true;
        near.close();
      };
      const answer = async (offer: string) => {
        if (offer !== OFFER) throw new Error("not an offer");
        return ANSWER;
      };
      return { pipe: near, answer, addCandidate: nothing, close };
    },
    iceForViewer: async () => ice,
    openAead: nodeAead,
    openStream: (pipe, after) => {
      const encoder = new RectEncoder({ name: "none", encode: async () => new Uint8Array() });
      const stream = new PictureStream({ pipe, encoder, size: SIZE, after, quality: () => 0, nowMs });
      streams.add(stream);
      return stream;
    },
    closeStream: (stream) => void streams.delete(stream),
    preparePicture: () => {
      preparing.now += 1;
      return () => {
        preparing.now -= 1;
      };
    },
    openRelay: async () => {
      await published;
      if (!relayOffered) return undefined;
      const [near, far] = memoryPipePair("relay");
      const ticket = `ticket-${relays.length}`.padEnd(22, "x");
      const invitation = { url: "https://relay.example", ticket };
      relays.push({ near, far, invitation });
      return { invitation, pipe: near };
    },
    openMjpeg: async () => {
      await published;
      tokens.published.push(`token-${tokens.published.length}`.padEnd(22, "x"));
      return tokens.published.at(-1);
    },
    closeMjpeg: (token) => tokens.ended.push(token),
    displaySize: () => SIZE,
    injector,
    nowMs,
    progress: nothing,
  };
  /** The server takes its time with what is to be published. */
  const holdPublishing = () => {
    let release = nothing;
    published = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  };
  return { ports, injector, peers, relays, tokens, streams, preparing, holdPublishing };
}

export type StagedPorts = ReturnType<typeof stagePorts>;
