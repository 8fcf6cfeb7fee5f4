/**
 * The world said no: what happened, why, and what the person can do. Shown as it is; the program ends with `exitCode`
 * when nothing can go on without it.
 */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly code: HostErrorCode;
  readonly hint: string;
  constructor(code: HostErrorCode, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

export type HostErrorCode =
  | "display-not-openable"
  | "capture-unavailable"
  | "capture-lost"
  | "input-unavailable"
  | "presence-unavailable"
  | "presence-lost"
  | "encoder-unavailable"
  | "port-busy"
  | "server-unreachable"
  | "room-refused";

/** What a probe found. `why` is a sentence a person understands. */
export type Availability =
  | { readonly available: true; readonly note: string }
  | { readonly available: false; readonly why: string; readonly hint: string };
