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

export interface PeerDriver {
  readonly name: string;
  open(settings: PeerSettings, events: PeerEvents): Peer;
}
