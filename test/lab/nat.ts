/**
 * What a site's router does to packets, in the words people use; RFC 4787 says mapping/filtering:
 * - none: public addresses, nothing in the way
 * - full-cone: endpoint-independent mapping, endpoint-independent filtering
 * - port-restricted: endpoint-independent mapping, address and port-dependent filtering (most homes)
 * - symmetric: address and port-dependent mapping, and filtering (carriers, companies)
 * - udp-blocked: no UDP at all; TCP goes out
 * - tcp-ports: nothing but TCP to the ports of the servers that are listed
 */
export type Nat =
  | { readonly nat: "none" | "full-cone" | "port-restricted" | "symmetric" | "udp-blocked" }
  | { readonly nat: "tcp-ports"; readonly to: readonly Place[] };

export type Place = { readonly address: string; readonly port: number };

/** A mapping that nothing uses any more is forgotten, as RFC 4787 asks at the least. */
const MAPPING_TIMEOUT = "120s";

/** The router's rules for nftables. Its devices: eth0 to the internet, lan to the site. */
export function natRules(site: Nat): string {
  if (site.nat === "none") return "";
  const forward = [...blocked(site), 'iifname "lan" accept', "ct state established,related accept"];
  // Answers only: a router that took a stranger's packet as its own would also hold the port against the inside.
  const input = ["ct state established,related accept", 'iifname { "lan", "lo" } accept'];
  const chains = [
    chain("input", "type filter hook input priority filter; policy drop;", input),
    chain("translate", "type nat hook postrouting priority srcnat;", [`oifname "eth0" ${translation(site.nat)}`]),
  ];
  if (site.nat === "full-cone") {
    forward.push('iifname "eth0" ct status dnat accept');
    // The translation keeps the port, so the inside port is the outside one.
    const learn = 'oifname "eth0" meta l4proto udp update @cone { udp sport : ip saddr }';
    chains.push(
      chain("learn", "type filter hook postrouting priority srcnat - 1;", [learn]),
      chain("invite", "type nat hook prerouting priority dstnat;", ['iifname "eth0" dnat to udp dport map @cone']),
    );
  }
  chains.push(chain("forward", "type filter hook forward priority filter; policy drop;", forward));
  const cone = `map cone { type inet_service : ipv4_addr; size 4096; flags dynamic,timeout; timeout ${MAPPING_TIMEOUT}; }\n`;
  return `table ip router {\n${site.nat === "full-cone" ? cone : ""}${chains.join("")}}\n`;
}

/** Dropped in silence, as firewalls do: whoever tries learns it only by waiting. */
function blocked(site: Nat): string[] {
  if (site.nat === "udp-blocked") return ["meta l4proto udp drop"];
  if (site.nat !== "tcp-ports") return [];
  const open = site.to.map(({ address, port }) => `iifname "lan" ip daddr ${address} tcp dport ${port} accept`);
  return [...open, 'iifname "lan" drop'];
}

/** Linux keeps the inside port where it can, for every destination: an endpoint-independent mapping. */
function translation(nat: Nat["nat"]): string {
  return nat === "symmetric" ? "masquerade fully-random" : "masquerade";
}

function chain(name: string, hook: string, rules: readonly string[]): string {
  return `chain ${name} {\n${[hook, ...rules].join("\n")}\n}\n`;
}
