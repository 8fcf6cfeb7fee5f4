import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ip, writeWrapper } from "../support/namespaces.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { type Link, type LinkQuality, linkUp } from "./link.ts";
import { type Nat, natRules } from "./nat.ts";

/** The internet's router: everybody's next hop. */
export const INTERNET = "203.0.113.1";

export type SitePlan = Nat & {
  /** The line between the site and the internet; perfect unless told. */
  readonly link?: Partial<LinkQuality>;
  /** Names of the machines inside; one, named like the site, unless told. */
  readonly machines?: readonly string[];
};

export type LabPlan = {
  /** Decides which packets are lost. */
  readonly seed: number;
  /** Machines directly on the internet, by name. Each also has the name `NAME.test`. */
  readonly servers: readonly string[];
  readonly sites: Readonly<Record<string, SitePlan>>;
};

export type Machine = {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  /** Put before a command line, it runs that on this machine. */
  readonly inside: readonly string[];
  /** A program that runs the given one on this machine: for whoever wants a path and not a command line. */
  wrapper(program: string): Promise<string>;
};

/** A site's router: where its rules are, and the internet's device at the other end of its line. */
export type Router = { readonly namespace: string; readonly uplink: string };

export type Lab = {
  /** Throws for a name that is not in the plan; so do the others. */
  machine(name: string): Machine;
  router(site: string): Router;
  /** The line of a site. */
  link(site: string): Link;
  /** The namespace of the internet's router. */
  readonly internet: string;
  /** For more namespaces and lines, which go with the lab. */
  readonly ground: Ground;
  remove(): Promise<void>;
};

/** The address a server will have: rules and settings name it before the lab is there. */
export const serverAddress = (plan: Pick<LabPlan, "servers">, name: string): string =>
  `203.0.113.${10 + plan.servers.indexOf(name)}`;

/**
 * Builds machines, routers with NAT and the internet between them, as network namespaces on this machine. Rejects, with
 * nothing left behind, where the machine refuses (root, namespaces, nftables, /dev/net/tun and gcc are needed).
 */
export async function buildLab(plan: LabPlan): Promise<Lab> {
  const ground = await prepareGround(plan.seed);
  try {
    const internet = await ground.addNamespace("internet");
    await becomeRouter(internet);
    const inside = await namesOf(ground, plan);
    const machines = new Map<string, Machine>();
    const addMachine = async (name: string, address: string, gateway: string, cable: Cable) => {
      const namespace = await ground.addNamespace(name);
      await plugIn(namespace, address, gateway, cable);
      const prefix = inside(namespace);
      const wrapper = (program: string) => writeWrapper(ground.folder, prefix, program);
      machines.set(name, { name, namespace, address, inside: prefix, wrapper });
    };
    for (const [index, name] of plan.servers.entries()) {
      const [address, device] = [serverAddress(plan, name), `m${index}`];
      await addMachine(name, address, INTERNET, { from: internet, device, gateway: INTERNET });
      await ip("-n", internet, "route", "add", address, "dev", device);
    }
    const links = new Map<string, Link>();
    const routers = new Map<string, Router>();
    for (const [index, [name, site]] of Object.entries(plan.sites).entries()) {
      const router = await ground.addNamespace(`${name}-router`);
      await becomeRouter(router);
      const device = `s${index}`;
      const link = await ground.addLink({ namespace: router, device: "eth0" }, { namespace: internet, device });
      links.set(name, link);
      routers.set(name, { namespace: router, uplink: device });
      await link.shape(site.link ?? {});
      await joinInternet(router, `198.51.100.${10 + index}`, internet, device);
      const lan = site.nat === "none" ? `192.0.2.${8 * index}` : `192.168.${10 + index}.0`;
      if (site.nat === "none") await ip("-n", internet, "route", "add", `${lan}/29`, "dev", device);
      await openLan(router, hostOf(lan, 1));
      for (const [place, machine] of (site.machines ?? [name]).entries()) {
        const cable = { from: router, device: `p${place}`, bridge: "lan" };
        await addMachine(machine, hostOf(lan, 2 + place), hostOf(lan, 1), cable);
      }
      const rules = join(ground.folder, `${name}.nft`);
      await writeFile(rules, natRules(site));
      await promisify(execFile)("ip", ["netns", "exec", router, "nft", "-f", rules]);
    }
    return {
      machine: (name) => known(machines, name),
      router: (site) => known(routers, site),
      link: (site) => known(links, site),
      internet,
      ground,
      remove: () => ground.clear(),
    };
  } catch (error) {
    await ground.clear();
    throw error;
  }
}

/** Where a machine's cable ends: at a port of a router's bridge, or at a device of the internet's router. */
type Cable = { readonly from: string; readonly device: string } & (
  | { readonly bridge: string }
  | { readonly gateway: string }
);

async function plugIn(namespace: string, address: string, gateway: string, cable: Cable): Promise<void> {
  const { from, device } = cable;
  // Named like a network card: werift leaves interfaces out that look virtual.
  await ip("link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", device, "netns", from);
  if ("bridge" in cable) await ip("-n", from, "link", "set", device, "master", cable.bridge);
  else await ip("-n", from, "address", "add", `${cable.gateway}/32`, "dev", device);
  await ip("-n", from, "link", "set", device, "up");
  await ip("-n", namespace, "address", "add", `${address}/${"bridge" in cable ? 29 : 32}`, "dev", "eth0");
  await ip("-n", namespace, "link", "set", "eth0", "up");
  await ip("-n", namespace, "route", "add", "default", "via", gateway, "dev", "eth0", "onlink");
}

async function joinInternet(router: string, outside: string, internet: string, device: string): Promise<void> {
  await ip("-n", internet, "address", "add", `${INTERNET}/32`, "dev", device);
  await ip("-n", internet, ...linkUp(device));
  await ip("-n", internet, "route", "add", outside, "dev", device);
  await ip("-n", router, "address", "add", `${outside}/32`, "dev", "eth0");
  await ip("-n", router, ...linkUp("eth0"));
  await ip("-n", router, "route", "add", "default", "via", INTERNET, "dev", "eth0", "onlink");
}

async function becomeRouter(namespace: string): Promise<void> {
  const set = (setting: string, value: 0 | 1) => `{ test ! -e ${setting} || echo ${value} > ${setting}; }`;
  const settings = [
    set("/proc/sys/net/ipv4/ip_forward", 1),
    // Without IPv6 its devices stay silent unless somebody sends: the seed then picks the same packets in every run.
    set("/proc/sys/net/ipv6/conf/all/disable_ipv6", 1),
    // What goes from machine to machine inside the site is none of the router's rules' business.
    set("/proc/sys/net/bridge/bridge-nf-call-iptables", 0),
  ];
  await promisify(execFile)("ip", ["netns", "exec", namespace, "sh", "-c", settings.join(" && ")]);
}

async function openLan(router: string, gateway: string): Promise<void> {
  await ip("-n", router, "link", "add", "lan", "type", "bridge");
  await ip("-n", router, "address", "add", `${gateway}/29`, "dev", "lan");
  await ip("-n", router, "link", "set", "lan", "up");
}

/**
 * The lab's names. Gives what runs a command in a namespace: `ip netns exec` gives it mounts of its own, so that these
 * files hide this machine's for it alone.
 */
async function namesOf(ground: Ground, plan: LabPlan): Promise<(namespace: string) => string[]> {
  const folder = join(ground.folder, "etc");
  await mkdir(folder);
  // With a dot at the end too: WebRTC in Chromium asks for the full name.
  const servers = plan.servers.map((name) => `${serverAddress(plan, name)} ${name}.test ${name}.test.\n`);
  await writeFile(join(folder, "hosts"), ["127.0.0.1 localhost\n", ...servers].join(""));
  // Refused at once: a name that is not in the file above is not known, and nobody waits for an answer behind a firewall.
  await writeFile(join(folder, "resolv.conf"), "nameserver 127.0.0.1\n");
  const mounts = ["hosts", "resolv.conf"].map((file) => `mount --bind ${join(folder, file)} /etc/${file}`);
  return (namespace) => ["ip", "netns", "exec", namespace, "sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh"];
}

function hostOf(network: string, host: number): string {
  const [a, b, c, d] = network.split(".");
  return `${a}.${b}.${c}.${Number(d) + host}`;
}

function known<Kept>(all: ReadonlyMap<string, Kept>, name: string): Kept {
  const found = all.get(name);
  if (found === undefined) throw new Error(`the lab has no "${name}", only ${[...all.keys()].join(", ")}`);
  return found;
}
