import { ipBytes } from "../../protocol/ip-address.ts";

/** What an address can be for: one machine, this machine only, this cable only; `none`: it names no machine. */
export type AddressKind = "unicast" | "loopback" | "link-local" | "none";

/**
 * Private and documentation networks are unicast like any other.
 * @returns undefined when this is no IP address
 */
export function addressKind(address: string): AddressKind | undefined {
  const bytes = ipBytes(address);
  if (bytes === undefined) return undefined;
  return bytes.length === 4 ? ipv4Kind(bytes) : ipv6Kind(bytes);
}

function ipv4Kind([first = 0, second = 0]: Uint8Array): AddressKind {
  if (first === 127) return "loopback";
  if (first === 169 && second === 254) return "link-local";
  // "This network", then multicast, reserved and broadcast.
  return first === 0 || first >= 224 ? "none" : "unicast";
}

function ipv6Kind(bytes: Uint8Array): AddressKind {
  const [first = 0, second = 0] = bytes;
  if (bytes.subarray(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return "loopback";
  if (first === 0xfe && (second & 0xc0) === 0x80) return "link-local";
  // Multicast; and `::`, or an IPv4 address in disguise (::a.b.c.d, ::ffff:a.b.c.d), which would pass for what it is not.
  const isIpv4 = bytes.subarray(0, 10).every((byte) => byte === 0);
  return first === 0xff || isIpv4 ? "none" : "unicast";
}
