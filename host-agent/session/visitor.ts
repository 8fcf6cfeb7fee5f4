import type { MeetingMessage } from "../../protocol/meeting.ts";
import type { Attempt } from "../core/invites.ts";
import type { Meeting } from "./meeting.ts";
import type { Seat } from "./seat.ts";

/** Somebody with a name who proved to know the code. */
export type Guest = { readonly id: string; readonly label: string; readonly from: string; readonly onlyMjpeg: boolean };

/**
 * One socket at the door, from its knock to the end of its meeting:
 *
 *   arriving -> named [-> asked -> named] -> seated
 *   arriving [-> asked -> named] -> seated             who comes back to its own seat
 */
export type Visitor = {
  readonly meeting: Meeting;
  readonly attempt: Attempt;
  readonly from: string;
  state: Arriving | Named | Asked | Seated;
};

/** It proves that it knows a secret, or has and not said its name yet. */
export type Arriving = Unseated & { readonly at: "arriving" };

/** Nobody is asked about it, or not any more: the verdict follows at once. */
export type Named = Unseated & { readonly at: "named"; readonly guest: Guest };

/** The person at the host is, until `limit`. */
export type Asked = Unseated & {
  readonly at: "asked";
  readonly guest: Guest;
  readonly limit: NodeJS.Timeout;
  /** Set when the question is whether it may take its own seat again. */
  readonly returning: Returning | undefined;
};

export type Seated = { readonly at: "seated"; readonly seat: Seat };

/** Back at the door of its own seat, by this secret. */
export type Returning = { readonly seat: Seat; readonly secret: Uint8Array };

/** What it says before it has a seat is kept for that. */
type Unseated = { readonly early: MeetingMessage[] };
