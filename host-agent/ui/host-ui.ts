import type { Role } from "../../protocol/control.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import type { Path } from "../../protocol/pipe.ts";
import type { HostErrorCode } from "../errors.ts";

/** Why the sharing itself ended: `host-stopped` is the normal way. */
export type EndReason = CloseReason | HostErrorCode;

/** Why there is a new code: the old one let its viewer in, was guessed at too often, ran out, or another was asked for. */
export type FreshCodeReason = "used" | "burned" | "expired" | "invited";

/**
 * What happens on the host, in the words of the `--json` contract: each is printed there exactly as it is here.
 * `code` is what a person types: digits only, the room number first. `expires` is an ISO 8601 time.
 */
export type HostEvent =
  | {
      readonly event: "ready";
      readonly link: string;
      readonly code: string;
      readonly room: string;
      readonly server: string;
      /** A view-only URL for IP-camera clients, or null where the policy gives none. */
      readonly mjpeg: string | null;
      readonly capture: string;
      readonly input: string;
      readonly display: { readonly width: number; readonly height: number };
      readonly expires: string;
    }
  | {
      /** Somebody proved to know the code. `mjpeg`: only an unsealed picture is possible. */
      readonly event: "knock";
      readonly viewer: string;
      readonly label: string;
      readonly from: string;
      readonly mjpeg: boolean;
    }
  | { readonly event: "asks-control"; readonly viewer: string }
  | { readonly event: "joined"; readonly viewer: string; readonly role: Role; readonly path: Path }
  | { readonly event: "path"; readonly viewer: string; readonly path: Path; readonly rttMs: number }
  | { readonly event: "role"; readonly viewer: string; readonly role: Role }
  | { readonly event: "left"; readonly viewer: string; readonly reason: CloseReason }
  | { readonly event: "code"; readonly code: string; readonly link: string; readonly why: FreshCodeReason }
  | { readonly event: "ended"; readonly reason: EndReason };

/** What the person at the host (or the program that started it) wants. */
export type HostCommand =
  | { readonly command: "approve"; readonly viewer: string; readonly role: Role; readonly mjpeg?: boolean | undefined }
  /** Refuses what the viewer asks for: to be let in or, once inside, control. */
  | { readonly command: "deny"; readonly viewer: string }
  | { readonly command: "grant" | "revoke" | "kick"; readonly viewer: string }
  | { readonly command: "pause" | "resume" | "invite" | "stop" };

/**
 * The host waits for an answer: `approve` or `deny` for a knock and for a session that has lasted long, `grant` or `deny`
 * for control.
 */
export type Question = {
  readonly kind: "admit" | "control" | "continue";
  readonly viewer: string;
  readonly label: string;
  /** The address the server reports. */
  readonly from: string;
  /** The picture can only be sent unsealed; approving accepts that. */
  readonly mjpeg: boolean;
  /** The host takes silence for a refusal after this long, and then withdraws the question. */
  readonly timeoutMs: number;
};

export type NoticeLevel = "info" | "warning" | "error";

/**
 * How the host talks with whoever started it. Two implementations: lines of JSON for programs, a terminal for people.
 * Answers and wishes come back as commands, whoever gave them. The host owns every deadline.
 */
export interface HostUi {
  event(event: HostEvent): void;
  /** A sentence for people. Never on standard output under `--json`. */
  notice(level: NoticeLevel, text: string): void;
  ask(question: Question): void;
  /** The question about this viewer needs no answer any more: it was answered, ran out, or the viewer left. */
  withdraw(viewer: string): void;
  /** Sharing is paused, or goes on, whoever said so. */
  paused(paused: boolean): void;
  /** Called once. Commands that came before are delivered then. */
  listen(onCommand: (command: HostCommand) => void): void;
  /** Gives the terminal and standard input back. Idempotent; nothing is delivered after it. */
  close(): void;
}

/** What the launcher hands the host besides its options. `stop` is aborted when the person or the system says stop. */
export type HostIo = { readonly ui: HostUi; readonly stop: AbortSignal };

/** The signaling server and viewer inside the host, started by the launcher so that the host needs not know it. */
export type EmbeddedServer = {
  /** Fails with an error that says what to do; the host lets it pass. */
  start(): Promise<{ readonly port: number; close(): Promise<void> }>;
};
