import { isIP } from "node:net";

export type IceCarrier = "udp" | "tcp" | "tls";

/** A STUN or TURN server's URL (RFC 7064, RFC 7065), taken apart. */
export type IceUrl = {
  readonly kind: "stun" | "turn";
  readonly carrier: IceCarrier;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
};

const PORTS = { udp: 3478, tcp: 3478, tls: 5349 } as const;
/** `scheme:host:port?transport=`; an IPv6 address stands in brackets. */
const URL_FORM = /^(stuns?|turns?):(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/** @returns undefined when this is none of the forms the two RFCs know, or asks for TLS over UDP (DTLS) */
export function parseIceUrl(url: string): IceUrl | undefined {
  const [, scheme = "", ipv6, name, portText, transport] = URL_FORM.exec(url.trim()) ?? [];
  const isSecure = scheme.toLowerCase().endsWith("s");
  const kind = scheme.toLowerCase().startsWith("turn") ? "turn" : "stun";
  const host = ipv6 ?? name;
  if (host === undefined || (ipv6 !== undefined && isIP(ipv6) !== 6)) return undefined;
  if (isSecure && transport?.toLowerCase() === "udp") return undefined;
  const carrier = isSecure ? "tls" : transport?.toLowerCase() === "tcp" ? "tcp" : "udp";
  const port = portText === undefined ? PORTS[carrier] : Number(portText);
  return port >= 1 && port <= 65_535 ? { kind, carrier, host, port } : undefined;
}

/** The URL again, with another host. */
export function formatIceUrl({ kind, carrier, port }: IceUrl, address: string): string {
  const host = address.includes(":") ? `[${address}]` : address;
  if (kind === "stun") return `stun:${host}:${port}`;
  return carrier === "tls" ? `turns:${host}:${port}?transport=tcp` : `turn:${host}:${port}?transport=${carrier}`;
}
