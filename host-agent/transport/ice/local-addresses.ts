import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { addressKind } from "../../core/address-kind.ts";

/** As `os.networkInterfaces()` gives it. */
export type InterfaceTable = Readonly<
  Record<string, readonly { readonly address: string; readonly internal: boolean }[] | undefined>
>;

/** Each is a socket for each connection, and an address that the other side tries. */
const MAX_ADDRESSES = 8;
/** Of one family, on one interface: IPv6 brings a stable one and temporary ones, all for the same cable. */
const MAX_OF_A_KIND = 2;

/**
 * Bridges to containers and virtual machines on this machine. Nobody elsewhere reaches them; worse, the other side often
 * has the same 172.17.0.1 for its own. A viewer inside such a container comes by this machine's other addresses.
 */
const BRIDGE =
  /^(docker\d|docker_gwbridge$|br-[0-9a-f]{12}$|virbr|lxcbr|lxdbr|incusbr|podman|cni|flannel|cali|kube-|vmnet|vboxnet)/;

/**
 * The addresses to be reached at, the best first: the one that packets to the world come from, then all others, those of
 * VPNs (`tun0`, `wg0`, `utun3`) like those of network cards. Bridges only when there is nothing else, and the loopback
 * address when there is nothing at all.
 * @param routed the addresses packets to the world come from, of either family
 */
export function chooseAddresses(table: InterfaceTable, routed: readonly string[]): readonly string[] {
  const cards: string[] = [];
  const bridges: string[] = [];
  const loopbacks: string[] = [];
  for (const [name, entries = []] of Object.entries(table)) {
    for (const { address, internal } of atMost(MAX_OF_A_KIND, routedFirst(entries, routed))) {
      if (addressKind(address) === "loopback") loopbacks.push(address);
      else if (!internal) (BRIDGE.test(name) && !routed.includes(address) ? bridges : cards).push(address);
    }
  }
  const chosen = [cards, bridges, loopbacks].find((list) => list.length > 0) ?? [];
  const first = routed.filter((address) => chosen.includes(address));
  return [...new Set([...first, ...chosen])].slice(0, MAX_ADDRESSES);
}

/** What this machine has now. */
export async function localAddresses(): Promise<readonly string[]> {
  const routed = await Promise.all([routedAddress("udp4", "192.0.2.1"), routedAddress("udp6", "2001:db8::1")]);
  return chooseAddresses(
    networkInterfaces(),
    routed.filter((address) => address !== undefined),
  );
}

type Entry = { readonly address: string; readonly internal: boolean };

function routedFirst(entries: readonly Entry[], routed: readonly string[]): readonly Entry[] {
  const isRouted = ({ address }: Entry) => routed.includes(address);
  return [...entries.filter(isRouted), ...entries.filter((entry) => !isRouted(entry))];
}

function atMost(limit: number, entries: readonly Entry[]): readonly Entry[] {
  const count = { 4: 0, 6: 0 };
  return entries.filter(({ address }) => {
    const kind = addressKind(address);
    if (kind !== "unicast" && kind !== "loopback") return false;
    count[address.includes(":") ? 6 : 4] += 1;
    return count[address.includes(":") ? 6 : 4] <= limit;
  });
}

/**
 * Where a packet to the world would come from. Nothing is sent: connecting a UDP socket only asks the kernel for its
 * choice (the addresses are for documentation, RFC 5737 and RFC 3849).
 */
async function routedAddress(family: "udp4" | "udp6", somewhere: string): Promise<string | undefined> {
  const socket = createSocket(family);
  try {
    return await new Promise<string | undefined>((resolve) => {
      // No route, or no such family on this machine.
      socket.once("error", () => resolve(undefined));
      socket.once("connect", () => resolve(socket.address().address));
      socket.connect(9, somewhere);
    });
  } finally {
    socket.close();
  }
}
