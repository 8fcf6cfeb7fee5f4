import type { Pipe } from "../../protocol/pipe.ts";

/** A TURN server that has answered (ice/probe.ts), and this end's right to use it. */
export type TurnAccess = {
  /** `turn:` or `turns:`, its host the IP address that answered, so that nothing is looked up again. */
  readonly url: string;
  /** Whose certificate a `turns:` server must show, where the URL that was configured has a name. */
  readonly serverName: string | undefined;
  readonly username: string;
  readonly credential: string;
};

export type PeerSettings = {
  /** What the pipe says of itself. `turn`: the viewer's end may only use its TURN server. */
  readonly path: "direct" | "turn";
  /** Where this machine may be reached, the best first (ice/local-addresses.ts). None: only through `turn`. */
  readonly addresses: readonly string[];
  /** `stun:IPV4:PORT`, asked how the world sees this machine. Undefined: nobody is asked. */
  readonly stunUrl: string | undefined;
  readonly turn: TurnAccess | undefined;
};

export type PeerEvents = {
  /** A candidate of ours for the other side; an empty candidate says there are no more. */
  readonly candidate: (mid: string, candidate: string) => void;
};

/** One WebRTC connection that answers a browser's offer and carries one pipe. */
export interface Peer {
  /** Closes, with the reason as a sentence for people, when there is no way to the other side, or none any more. */
  readonly pipe: Pipe;
  /**
   * Does not wait for our candidates, which follow as events when it has resolved. To be called once.
   * @throws Error when the offer is not one we can answer
   */
  answer(offerSdp: string): Promise<string>;
  /** May come before, during and after the answer. Those that must not or cannot be used are ignored. */
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
  /** Does while nobody waits what the first connection would wait for. Never rejects: a failure shows when one is opened. */
  prepare(): Promise<void>;
  open(settings: PeerSettings, events: PeerEvents): Peer;
}
