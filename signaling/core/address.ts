/** An address as people write it: an IPv4 address that arrived over an IPv6 socket loses its `::ffff:`. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=[0-9.]+$)/i, "");

/** What limits are counted by: an IPv4 address, or the /64 of an IPv6 address, of which one household owns all. */
export function limitKey(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("%", 1).join("").split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array.from({ length: zeros }, () => "0"), ...back];
  return `${groups.slice(0, 4).map(withoutLeadingZeros).join(":")}::/64`;
}

const withoutLeadingZeros = (group: string): string => group.toLowerCase().replace(/^0+(?=.)/, "");

/**
 * The address a request came from. Behind a trusted proxy it is the last entry of X-Forwarded-For: the one that our
 * own proxy wrote; what stands before it, anybody can write.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | undefined,
  trustProxy: boolean,
): string {
  const forwarded = trustProxy ? forwardedFor?.split(",").at(-1)?.trim() : undefined;
  return plainAddress(forwarded || remote || "unknown");
}
