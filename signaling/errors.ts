/** The server cannot start: what happened, and what the person can do. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;
  readonly hint: string;
  constructor(code: ServerErrorCode, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

export type ServerErrorCode =
  | "port-busy"
  | "port-forbidden"
  | "address-unavailable"
  | "tls-invalid"
  | "redis-unreachable";

/** What this server shares with others cannot be read or written just now. Nothing is wrong with what was asked. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
