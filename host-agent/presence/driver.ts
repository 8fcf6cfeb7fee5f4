import type { Role } from "../../protocol/control.ts";
import type { Availability, HostError } from "../errors.ts";

export type PresenceTarget = { readonly display: string | undefined };

/** Who is there right now. `label` is what the viewer calls itself: data, never to be trusted. */
export type People = {
  readonly viewers: readonly { readonly id: string; readonly label: string; readonly role: Role }[];
  readonly paused: boolean;
};

export type PresenceEvents = {
  /** The person at the desktop wants sharing to end, now. */
  readonly stop: () => void;
  /** Pause, or go on when paused. */
  readonly pauseToggled: () => void;
  /** Once: somebody is there, and the desktop cannot say so any more. */
  readonly lost: (error: HostError) => void;
};

export interface PresenceDriver {
  readonly name: string;
  probe(target: PresenceTarget): Promise<Availability>;
  /** @throws HostError */
  open(target: PresenceTarget, events: PresenceEvents): Promise<Presence>;
}

/** Says on the desktop itself who watches and who controls, for as long as anybody does. */
export interface Presence {
  readonly name: string;
  /** Returns at once; of several calls in a row only the last is certain to be seen. */
  show(people: People): void;
  /** Idempotent. */
  close(): Promise<void>;
}
