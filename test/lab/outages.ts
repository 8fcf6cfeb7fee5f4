import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { ip } from "../support/namespaces.ts";
import { INTERNET, type Lab } from "./network.ts";

const run = promisify(execFile);

const addressesSchema = z.array(z.object({ addr_info: z.array(z.object({ local: z.string() })) }));

/** The site's router lets no datagram through any more, as a firewall does whose rules change. Gives the way back. */
export async function blockUdp(lab: Lab, site: string): Promise<() => Promise<void>> {
  const inside = ["netns", "exec", lab.router(site).namespace, "nft"];
  const rules = "add table ip outage; add chain ip outage forward { type filter hook forward priority filter - 1; }";
  await run("ip", [...inside, `${rules}; add rule ip outage forward meta l4proto udp drop`]);
  return async () => void (await run("ip", [...inside, "delete table ip outage"]));
}

/** The machine gets another address of its site, and back again at the next call: sockets on the old one are dead. */
export async function changeAddress(lab: Lab, machine: string): Promise<void> {
  const { namespace } = lab.machine(machine);
  const [next, gateway] = neighbours(await addressOf(namespace));
  await ip("-n", namespace, "address", "flush", "dev", "eth0");
  await ip("-n", namespace, "address", "add", `${next}/29`, "dev", "eth0");
  await ip("-n", namespace, "route", "replace", "default", "via", gateway, "dev", "eth0", "onlink");
}

/**
 * The provider gives the site another public address, and the old one at the next call. With the address the router
 * forgets what it translated to it: every connection of the site is cut off.
 */
export async function changePublicAddress(lab: Lab, site: string): Promise<void> {
  const { namespace, uplink } = lab.router(site);
  const old = await addressOf(namespace);
  const next = withLastByte(old, (last) => last ^ 128);
  await ip("-n", lab.internet, "route", "del", old, "dev", uplink);
  await ip("-n", lab.internet, "route", "add", next, "dev", uplink);
  await ip("-n", namespace, "address", "del", `${old}/32`, "dev", "eth0");
  await ip("-n", namespace, "address", "add", `${next}/32`, "dev", "eth0");
  await ip("-n", namespace, "route", "replace", "default", "via", INTERNET, "dev", "eth0", "onlink");
}

async function addressOf(namespace: string): Promise<string> {
  const answer = addressesSchema.parse(JSON.parse(await ip("-j", "-n", namespace, "-4", "address", "show", "eth0")));
  const address = answer[0]?.addr_info[0]?.local;
  if (address === undefined) throw new Error(`eth0 of ${namespace} has no address`);
  return address;
}

/** Another place in the same site of eight addresses, and its router. */
const neighbours = (address: string): [string, string] => [
  withLastByte(address, (last) => last ^ 4),
  withLastByte(address, (last) => (last & ~7) | 1),
];

function withLastByte(address: string, change: (last: number) => number): string {
  const bytes = address.split(".");
  return [...bytes.slice(0, 3), change(Number(bytes[3]))].join(".");
}
