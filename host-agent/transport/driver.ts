import type { Pipe } from "../../protocol/pipe.ts";
import type { IceServer } from "../../protocol/signaling.ts";

export type PeerSettings = { readonly iceServers: readonly IceServer[]; readonly policy: "all" | "relay" };

export type PeerEvents = {
  /** A candidate of ours for the other side; an empty candidate says there are no more. */
  readonly candidate: (mid: string, candidate: string) => void;
};

/** One WebRTC connection that answers a browser's offer and carries one pipe. */
export interface Peer {
  readonly pipe: Pipe;
  /** @throws Error when the offer is not one we can answer */
  answer(offerSdp: string): Promise<string>;
  /** Candidates that cannot be used are ignored. */
  addCandidate(mid: string, candidate: string): void;
  /** Closes pipe and connection; idempotent. */
  close(): void;
}

export type RelayLineEvents = {
  /** The viewer is there too. */
  readonly opened: () => void;
  readonly record: (record: Uint8Array) => void;
  /** Called once, unless closed from here; nothing is called after it. */
  readonly closed: (why: string) => void;
};

/** The host's connection to a relay: records go to one viewer, and come from it. */
export interface RelayLine {
  /** Bytes accepted and not yet handed to the network. */
  readonly unsentBytes: number;
  /** Begins to connect. To be called once. */
  open(events: RelayLineEvents): void;
  sendControl(record: Uint8Array): void;
  /** `taken` is called when the relay has passed it on, or dropped it. */
  sendPicture(record: Uint8Array, taken: () => void): void;
  /** What was sent before is still delivered. Idempotent. */
  close(): void;
}

export interface PeerDriver {
  readonly name: string;
  open(settings: PeerSettings, events: PeerEvents): Peer;
}
