import { createHmac, randomBytes } from "node:crypto";
import type { IceServer } from "../protocol/signaling.ts";

/** A TURN server that knows the same secret as this one. */
export type TurnAccess = {
  /** `turn:` and `turns:` URLs, all of the same server or of servers with the same secret. */
  readonly urls: readonly string[];
  readonly secret: string;
  /** How long a credential may be used to begin with; what was begun by then goes on. */
  readonly ttlS: number;
};

/** What both ends of a session may use, whoever they are, and what is made for each. */
export type IceSources = { readonly iceServers: readonly IceServer[]; readonly turn: TurnAccess | undefined };

/**
 * The servers for one end of one session. Its TURN credential is made for it alone, so that the TURN server can count what
 * each takes.
 */
export function iceServersFor(sources: IceSources, room: string, nowMs: number): readonly IceServer[] {
  const { iceServers, turn } = sources;
  if (turn === undefined) return iceServers;
  return [
    ...iceServers,
    { urls: turn.urls, ...turnCredential(turn, `${room}-${randomBytes(6).toString("hex")}`, nowMs) },
  ];
}

/**
 * The convention of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest): the user name says until when it is good, in
 * seconds since 1970, and for whom; the password is its HMAC-SHA1 under the shared secret.
 */
export function turnCredential(
  { secret, ttlS }: Pick<TurnAccess, "secret" | "ttlS">,
  id: string,
  nowMs: number,
): { readonly username: string; readonly credential: string } {
  const username = `${Math.floor(nowMs / 1000) + ttlS}:${id}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}
