import { ip } from "../support/namespaces.ts";
import { linkUp } from "./link.ts";
import type { Lab, Machine } from "./network.ts";

/**
 * A VPN that is up, as VPN clients leave it on a laptop: tun0 with an address of its own, which the internet sends
 * nothing back to.
 */
export async function addVpn(lab: Lab, machine: Machine): Promise<void> {
  const far = { namespace: lab.internet, device: "vpn" };
  await lab.ground.addLink({ namespace: machine.namespace, device: "tun0" }, far);
  await ip("-n", far.namespace, ...linkUp(far.device));
  await ip("-n", machine.namespace, "address", "add", "10.8.0.2/24", "dev", "tun0");
  await ip("-n", machine.namespace, ...linkUp("tun0"));
}

/** Docker's bridge, with a container on it: without one it would have no carrier, and programs would not see it. */
export async function addDocker(lab: Lab, machine: Machine): Promise<void> {
  const { namespace } = machine;
  const container = await lab.ground.addNamespace(`${machine.name}-container`);
  await ip("-n", namespace, "link", "add", "docker0", "type", "bridge");
  await ip("-n", namespace, "address", "add", "172.17.0.1/16", "dev", "docker0");
  await ip("link", "add", "eth0", "netns", container, "type", "veth", "peer", "name", "veth0", "netns", namespace);
  await ip("-n", namespace, "link", "set", "veth0", "master", "docker0", "up");
  await ip("-n", namespace, "link", "set", "docker0", "up");
  await ip("-n", container, "address", "add", "172.17.0.2/16", "dev", "eth0");
  await ip("-n", container, "link", "set", "eth0", "up");
}
