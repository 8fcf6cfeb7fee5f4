import { ipBytes, ipText } from "../../protocol/ip-address.ts";
import { addressKind } from "./address-kind.ts";

/** A browser on a machine with many networks has a dozen. Each is one more address this machine sends packets to. */
export const MAX_CANDIDATES = 24;

/**
 * candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE ... (RFC 8839, 5.1). One component, and UDP:
 * a browser's TCP candidates only call, and werift does not listen. What follows the type is not needed.
 */
const CANDIDATE =
  /^candidate:([A-Za-z0-9+/]{1,32}) 1 udp ([0-9]{1,10}) (\S+) ([0-9]{1,5}) typ (host|srflx|relay)(?: |$)/i;
const MAX_PRIORITY = 2 ** 31 - 1;

/**
 * Judges where a viewer wants this machine to send packets to. What it says is sealed and comes from somebody let in, but
 * it must not turn the host's network inside out: addresses only, never names (`.local` would also cost ten seconds each).
 */
export class CandidateFilter {
  /** Candidates let through. */
  taken = 0;
  /** Candidates that were not, apart from repeated ones. */
  dropped = 0;
  private readonly loopback: boolean;
  private readonly seen = new Set<string>();

  /** @param loopback whether this machine offers its loopback address itself */
  constructor({ loopback }: { readonly loopback: boolean }) {
    this.loopback = loopback;
  }

  /** @returns the candidate in its one normal form, without extensions; undefined: it must not be used */
  take(candidate: string): string | undefined {
    const normal = this.normal(candidate);
    if (normal === undefined) {
      this.dropped += 1;
      return undefined;
    }
    const { place, text } = normal;
    if (this.seen.has(place)) return undefined;
    if (this.taken === MAX_CANDIDATES) {
      this.dropped += 1;
      return undefined;
    }
    this.seen.add(place);
    this.taken += 1;
    return text;
  }

  private normal(candidate: string): { readonly place: string; readonly text: string } | undefined {
    const [, foundation, priorityText, address = "", portText, type = ""] = CANDIDATE.exec(candidate) ?? [];
    const priority = Number(priorityText);
    const port = Number(portText);
    const bytes = address.includes("%") ? undefined : ipBytes(address);
    if (bytes === undefined || !this.mayBeSentTo(address)) return undefined;
    if (!(priority >= 1 && priority <= MAX_PRIORITY && port >= 1 && port <= 65_535)) return undefined;
    const place = `${ipText(bytes)} ${port}`;
    return { place, text: `candidate:${foundation} 1 udp ${priority} ${place} typ ${type.toLowerCase()}` };
  }

  private mayBeSentTo(address: string): boolean {
    const kind = addressKind(address);
    return kind === "unicast" || (kind === "loopback" && this.loopback);
  }
}

/**
 * A candidate of ours without the address behind the one that a server saw or lent. ICE does not use it, and with
 * `--ice-policy relay` it is what is to be kept back (RFC 8839, 5.1: no address, and port 9).
 */
export function withoutBase(candidate: string): string {
  const [, , , , address = ""] = candidate.split(" ");
  const nobody = address.includes(":") ? "::" : "0.0.0.0";
  return candidate.replace(/ raddr \S+ rport \S+/, ` raddr ${nobody} rport 9`);
}

/**
 * Takes the candidates out of an SDP, so that all of them go one way, through the filter.
 * The end of candidates goes too: it makes werift give up, though the browser may still come from where it could not say.
 */
export function withoutCandidates(sdp: string): { readonly sdp: string; readonly candidates: readonly string[] } {
  const lines = sdp.split(/\r?\n/);
  const candidates = lines.filter((line) => line.startsWith("a=candidate:")).map((line) => line.slice(2));
  // As loosely as a parser might read it.
  const rest = lines.filter((line) => !/^\s*a\s*=\s*(candidate|end-of-candidates)\b/i.test(line));
  return { sdp: rest.join("\r\n"), candidates };
}
