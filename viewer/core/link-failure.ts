import type { CloseReason } from "../../protocol/errors.ts";
import type { LastTry } from "./back-off.ts";
import type { StepReason } from "./connect-report.ts";
import type { JoinProblem, ViewerEvent } from "./session-state.ts";

export type ServerProblem =
  | Extract<JoinProblem, "no-such-room" | "no-answer" | "server-unreachable" | "busy" | "too-many">
  /** The host came back to the server in the middle of the meeting: the next try meets it there. */
  | "host-moved";

/** Why one try to reach the host came to nothing. */
export type LinkFailure =
  /** The proof failed, or somebody at the host said no. */
  | { readonly kind: "refused"; readonly reason: CloseReason }
  /** Nothing was decided: the next try may work. */
  | { readonly kind: "problem"; readonly problem: ServerProblem }
  /** Let in, but no way for the picture was found, or the last way was not allowed. */
  | { readonly kind: "no-path" | "mjpeg-refused" }
  /** Nobody was asked: there is no way that could be tried, because this browser has no WebRTC. */
  | { readonly kind: "no-webrtc" };

/** What the report says of the step at which it failed. */
export function stepReason(failure: LinkFailure): StepReason {
  if (failure.kind === "problem") {
    switch (failure.problem) {
      case "server-unreachable":
      case "host-moved":
        return "unreachable";
      default:
        return failure.problem;
    }
  }
  if (failure.kind !== "refused") return "no-way-found";
  switch (failure.reason) {
    case "wrong-code":
    case "code-burned":
    case "no-answer":
      return failure.reason;
    case "expired":
      return "code-used";
    case "protocol-error":
      return "not-understood";
    default:
      return "refused";
  }
}

/** How a first arrival may fail. */
export type ArrivalEnd = Extract<ViewerEvent, { kind: "join-failed" | "ended" }>;

/** What a first arrival that failed means to the person at this page. `asked`: the person at the host saw the question. */
export function arrivalEvent(failure: LinkFailure, asked: boolean): ArrivalEnd {
  if (failure.kind === "problem") {
    return { kind: "join-failed", problem: failure.problem === "host-moved" ? "no-answer" : failure.problem };
  }
  if (failure.kind !== "refused") return { kind: "ended", reason: failure.kind };
  const { reason } = failure;
  switch (reason) {
    // The code is what has to change, so the form comes back.
    case "wrong-code":
    case "code-burned":
      return { kind: "join-failed", problem: reason };
    case "expired":
      return { kind: "join-failed", problem: "code-used" };
    case "no-answer":
      return asked ? { kind: "ended", reason } : { kind: "join-failed", problem: reason };
    default:
      return { kind: "ended", reason };
  }
}

export type AfterFailure =
  | { readonly kind: "again"; readonly after: LastTry }
  | { readonly kind: "end"; readonly reason: CloseReason };

/** What a failed try to take the seat up again means. Only a plain no ends it; ways that are closed may open again. */
export function recoveryAfter(failure: LinkFailure): AfterFailure {
  switch (failure.kind) {
    case "problem":
      if (failure.problem === "no-such-room") return { kind: "again", after: "host-absent" };
      return { kind: "again", after: failure.problem === "too-many" ? "too-many" : "failed" };
    case "no-path":
    case "no-webrtc":
    case "mjpeg-refused":
      return { kind: "again", after: "failed" };
    case "refused":
      if (failure.reason === "no-answer") return { kind: "again", after: "failed" };
      // A host that does not know the seat's secret any more (restarted, or it waited long enough).
      return { kind: "end", reason: failure.reason === "wrong-code" ? "expired" : failure.reason };
  }
}
