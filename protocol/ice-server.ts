import { utf8 } from "./bytes.ts";
import type { IceServer } from "./signaling.ts";

/*
 * What a list of STUN and TURN servers may hold, wherever it comes from: a person, the signaling server, the host. A browser
 * refuses the whole connection for one URL it cannot read, and the sealed meeting (meeting.ts) has one byte for each length.
 */
export const MAX_ICE_SERVERS = 8;
/** Of one server. */
export const MAX_ICE_URLS = 8;
/** Each is a socket at either end while the servers are tried. */
export const MAX_ICE_URLS_IN_ALL = 16;
/** A URL, a user name, a password. */
export const MAX_ICE_TEXT_BYTES = 255;
/** STUN over TLS is nothing that a browser or werift would ask. */
export const ICE_URL_PATTERN = /^(stun|turn|turns):[!-~]+$/;

/** What is wrong with the list, completing "the servers must …"; undefined: nothing. Repeats nothing of it: it holds secrets. */
export function iceProblem(servers: readonly IceServer[]): string | undefined {
  const lists = servers.map(iceUrls);
  const count = lists.flat().length;
  if (servers.length > MAX_ICE_SERVERS) return `be at most ${MAX_ICE_SERVERS}, not ${servers.length}`;
  if (lists.some((urls) => urls.length < 1 || urls.length > MAX_ICE_URLS)) return `have 1 to ${MAX_ICE_URLS} URLs each`;
  if (count > MAX_ICE_URLS_IN_ALL) return `have at most ${MAX_ICE_URLS_IN_ALL} URLs in all, not ${count}`;
  if (!lists.flat().every((url) => ICE_URL_PATTERN.test(url)))
    return "have URLs that begin with stun:, turn: or turns:";
  const texts = servers.flatMap(({ username = "", credential = "" }) => [username, credential]);
  if ([...lists.flat(), ...texts].some((text) => utf8(text).length > MAX_ICE_TEXT_BYTES)) {
    return `have URLs, user names and passwords of at most ${MAX_ICE_TEXT_BYTES} bytes`;
  }
  if (texts.some((text) => /\p{Cc}/u.test(text))) return "have user names and passwords without control characters";
  return undefined;
}

export const iceUrls = ({ urls }: IceServer): readonly string[] => (typeof urls === "string" ? [urls] : urls);

/** The STUN servers of a list, without any credential: STUN asks nobody who they are. */
export function stunOnly(servers: readonly IceServer[]): readonly IceServer[] {
  return servers.flatMap((server) => {
    const urls = iceUrls(server).filter((url) => url.startsWith("stun:"));
    return urls.length === 0 ? [] : [{ urls }];
  });
}
