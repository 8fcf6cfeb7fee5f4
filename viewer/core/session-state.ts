import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Path } from "../../protocol/pipe.ts";

/** Why the join form is shown again; each has a sentence and a next step in the viewer's notices. */
export type JoinProblem =
  | "typo" // the check digit does not fit: no guess was spent
  | "incomplete"
  | "not-a-code"
  | "no-such-room" // also a room whose host is away
  | "no-answer" // the room is there, its host did not answer in time
  | "server-unreachable"
  | "busy" // the server has no room left
  | "too-many" // too many tries from this address
  | "wrong-code" // or somebody is in between
  | "code-burned" // too many wrong tries: the host shows a fresh code
  | "code-used" // this code or link let somebody in already, or has expired
  | "seat-lost"; // a reloaded page wanted its old seat back, too late

/** Why it ended for good: what the host said, or what this page found out. */
export type EndReason =
  | CloseReason
  | "host-gone"
  | "mjpeg-refused"
  | "no-path" // no connection could be made, and no other may be tried
  | "no-webrtc" // this browser has none, and nothing else is open to it
  | "no-picture"; // connected, but the first picture never came

/** Looking for a way through the network, or waiting for the first picture over it. */
export type ConnectStage = "ways" | "picture";
export type LossReason = "host-silent" | "network" | "signaling";

/** How the picture travels and what this viewer may do. */
export type Seat = { readonly path: Path; readonly role: Role; readonly sealed: boolean };

export type ViewerState =
  | { readonly kind: "join"; readonly problem?: JoinProblem }
  | { readonly kind: "waiting"; readonly room: string }
  | { readonly kind: "approving" }
  | { readonly kind: "connecting"; readonly stage: ConnectStage }
  | ({ readonly kind: "live"; readonly rttMs: number | undefined } & Seat)
  /** `long`: nobody looks at the old picture any more as if it were the desktop. */
  | { readonly kind: "reconnecting"; readonly why: LossReason; readonly sinceMs: number; readonly long: boolean }
  | ({ readonly kind: "paused" } & Seat)
  | { readonly kind: "ended"; readonly reason: EndReason };

export type ViewerEvent =
  /** Somebody typed a code, opened a link or reloaded a page that had a seat. */
  | { readonly kind: "joining"; readonly room: string }
  | { readonly kind: "join-failed"; readonly problem: JoinProblem }
  /** The person at this page no longer waits. */
  | { readonly kind: "given-up" }
  | { readonly kind: "asking" }
  | { readonly kind: "progress"; readonly stage: ConnectStage }
  /** A complete picture is on the screen. */
  | { readonly kind: "painted"; readonly seat: Seat }
  | { readonly kind: "role"; readonly role: Role }
  /** The session goes on over another pipe, while the picture stays. */
  | { readonly kind: "moved"; readonly seat: Seat }
  | { readonly kind: "rtt"; readonly rttMs: number }
  | { readonly kind: "paused"; readonly seat: Seat }
  /** `painted` is false when the pause began before the first picture. */
  | { readonly kind: "going-on"; readonly painted: boolean }
  | { readonly kind: "lost"; readonly why: LossReason; readonly nowMs: number }
  /** It has been lost for LONG_LOSS_MS. */
  | { readonly kind: "long-lost" }
  /** The host was only late: its word came before a new connection was needed. */
  | { readonly kind: "heard-again"; readonly seat: Seat }
  | { readonly kind: "ended"; readonly reason: EndReason };

/** After this long without the host the page no longer shows the old picture, but that it waits. */
export const LONG_LOSS_MS = 60_000;

/** The next state. An event that makes no sense in a state (it raced with another) changes nothing. */
export function transition(state: ViewerState, event: ViewerEvent): ViewerState {
  switch (event.kind) {
    case "joining":
      return state.kind === "join" || state.kind === "ended" ? { kind: "waiting", room: event.room } : state;
    case "join-failed":
      return hasSeat(state) ? state : { kind: "join", problem: event.problem };
    case "given-up":
      return isArriving(state) ? { kind: "join" } : state;
    case "asking":
      // Also while connecting: when only an unsealed picture is left, the host is asked about that.
      return isArriving(state) ? { kind: "approving" } : state;
    case "progress":
      // A seat that was held already stays `reconnecting`, with its last picture, until the next one is painted.
      return isArriving(state) ? { kind: "connecting", stage: event.stage } : state;
    case "painted":
      if (state.kind !== "connecting" && state.kind !== "reconnecting") return state;
      return { kind: "live", rttMs: undefined, ...event.seat };
    case "role":
      return state.kind === "live" || state.kind === "paused" ? { ...state, role: event.role } : state;
    case "moved":
      if (state.kind === "live") return { kind: "live", rttMs: undefined, ...event.seat };
      return state.kind === "paused" ? { kind: "paused", ...event.seat } : state;
    case "rtt":
      return state.kind === "live" ? { ...state, rttMs: event.rttMs } : state;
    case "paused":
      if (state.kind !== "live" && state.kind !== "connecting" && state.kind !== "reconnecting") return state;
      return { kind: "paused", ...event.seat };
    case "going-on":
      if (state.kind !== "paused") return state;
      if (!event.painted) return { kind: "connecting", stage: "picture" };
      return { ...state, kind: "live", rttMs: undefined };
    case "lost":
      if (state.kind === "reconnecting") return { ...state, why: event.why };
      if (state.kind !== "live" && state.kind !== "paused") return state;
      return { kind: "reconnecting", why: event.why, sinceMs: event.nowMs, long: false };
    case "long-lost":
      return state.kind === "reconnecting" ? { ...state, long: true } : state;
    case "heard-again":
      return state.kind === "reconnecting" ? { kind: "live", rttMs: undefined, ...event.seat } : state;
    case "ended":
      return state.kind === "join" || state.kind === "ended" ? state : { kind: "ended", reason: event.reason };
  }
}

/** On the way to the first picture. */
export function isArriving(state: ViewerState): boolean {
  return state.kind === "waiting" || state.kind === "approving" || state.kind === "connecting";
}

/** Has had a picture, and has not given it up. */
export function hasSeat(state: ViewerState): boolean {
  return state.kind === "live" || state.kind === "paused" || state.kind === "reconnecting";
}

/** Input goes out only while the picture it answers to is on the screen. */
export function mayControl(state: ViewerState): boolean {
  return state.kind === "live" && state.role === "control";
}
