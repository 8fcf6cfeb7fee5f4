import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";

/** The host's standing orders, from its command line. */
export type AdmissionPolicy = {
  /** Who is let in without a question, and as what. */
  readonly approve: "ask" | "control" | "view";
  readonly viewOnly: boolean;
  /** May the picture go out unsealed? */
  readonly mjpeg: "ask" | "allow" | "off";
  /** The host holds to the unsealed picture, so no viewer can get another. */
  readonly onlyMjpeg: boolean;
};

export type Decision =
  | { readonly kind: "admit"; readonly role: Role; readonly mjpegAllowed: boolean }
  | { readonly kind: "refuse"; readonly reason: CloseReason };

export type Verdict = Decision | { readonly kind: "ask" };

/**
 * What happens to somebody who has proved to know the code.
 *
 * `--mjpeg ask` puts the unsealed picture into the approval question; where nobody is asked it means no, so that a
 * server that blocks every other way cannot get an unsealed picture out of an unattended host.
 */
export function admit(policy: AdmissionPolicy, viewer: { onlyMjpeg: boolean; controlTaken: boolean }): Verdict {
  if (viewer.onlyMjpeg && !mayBeUnsealed(policy)) return { kind: "refuse", reason: "path-refused" };
  if (policy.approve === "ask") return { kind: "ask" };
  const role = policy.approve === "control" && !policy.viewOnly && !viewer.controlTaken ? "control" : "view";
  return { kind: "admit", role, mjpegAllowed: policy.mjpeg === "allow" };
}

/** What a person's yes amounts to. */
export function approved(
  policy: AdmissionPolicy,
  viewer: { onlyMjpeg: boolean },
  answer: { role: Role; mjpeg: boolean },
): Decision {
  const mjpegAllowed = policy.mjpeg === "allow" || (policy.mjpeg === "ask" && answer.mjpeg);
  if (viewer.onlyMjpeg && !mjpegAllowed) return { kind: "refuse", reason: "path-refused" };
  return { kind: "admit", role: policy.viewOnly ? "view" : answer.role, mjpegAllowed };
}

/** Whether an unsealed picture is possible at all: outright, or after a question. */
export function mayBeUnsealed(policy: AdmissionPolicy): boolean {
  return policy.mjpeg === "allow" || (policy.mjpeg === "ask" && policy.approve === "ask");
}

/** After a sleep as long as this nobody knows any more who sits at the desktop. */
export const ASK_AGAIN_AFTER_SLEEP_MS = 5 * 60_000;

/**
 * Whether a viewer that comes back to its seat takes a new yes: the person at the host was asked the first time, and has
 * paused sharing or let the machine sleep since. Where nobody is asked, a return is no reason to begin.
 */
export function asksAgain(policy: AdmissionPolicy, host: { paused: boolean; sleptMs: number }): boolean {
  return policy.approve === "ask" && (host.paused || host.sleptMs > ASK_AGAIN_AFTER_SLEEP_MS);
}
