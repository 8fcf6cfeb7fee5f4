/** The peer broke the wire format. Thrown by decoders only; the session that reads catches it, says Bye and closes. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;
  constructor(code: ProtocolErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

export type ProtocolErrorCode =
  | "truncated" // the bytes end inside a field
  | "trailing" // bytes are left over after the last field
  | "unknown-type" // a type, encoding or enumeration value outside its list
  | "out-of-range" // a number outside its documented bounds
  | "too-large" // longer than the limit written beside the field
  | "bad-text" // text that is not UTF-8, or has control characters
  | "not-authentic" // sealed bytes that this session's key does not open
  | "out-of-order"; // a sequence that does not follow the one before

/**
 * Why a session, or one seat in it, ended. Only these words cross the wire; each side has its own sentence for each.
 * The number is the byte in a Bye message.
 */
export const CLOSE_REASONS = {
  "host-stopped": 1,
  kicked: 2,
  "viewer-left": 3,
  denied: 4,
  "no-answer": 5,
  "wrong-code": 6,
  "code-burned": 7,
  "room-full": 8,
  expired: 9,
  "no-progress": 10,
  "protocol-error": 11,
  flooded: 12,
  "version-mismatch": 13,
  "capture-lost": 14,
  "path-refused": 15,
} as const;

export type CloseReason = keyof typeof CLOSE_REASONS;

// Object.entries forgets that its names are the keys; the cast gives that back.
const reasonByByte = new Map<number, CloseReason>(
  Object.entries(CLOSE_REASONS).map(([reason, byte]) => [byte, reason as CloseReason]),
);

export function closeReasonFromByte(byte: number): CloseReason {
  const reason = reasonByByte.get(byte);
  if (reason === undefined) throw new ProtocolError("unknown-type", `close reason ${byte}`);
  return reason;
}
