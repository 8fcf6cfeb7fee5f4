import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import {
  chooseAddresses,
  type InterfaceTable,
  localAddresses,
} from "../../../../host-agent/transport/ice/local-addresses.ts";

const card = (...addresses: string[]) => addresses.map((address) => ({ address, internal: false }));
const lo = { lo: ["127.0.0.1", "::1"].map((address) => ({ address, internal: true })) };

/** What `os.networkInterfaces()` says on a developer's laptop: Docker's bridge comes before the cards. */
const LAPTOP: InterfaceTable = {
  ...lo,
  docker0: card("172.17.0.1", "fe80::42:1"),
  "br-0a1b2c3d4e5f": card("172.18.0.1"),
  veth1234567: card("fe80::1"),
  eth0: card("192.168.1.7", "2a00:1:2:3::7", "2a00:1:2:3::99", "2a00:1:2:3::100", "fe80::7"),
  wlan0: card("192.168.1.8"),
  tun0: card("10.8.0.2"),
  utun3: card("100.101.102.103"),
};

describe("the addresses that are offered", () => {
  it("begin with the one packets to the world come from", () => {
    expect(chooseAddresses(LAPTOP, ["192.168.1.8", "2a00:1:2:3::99"]).slice(0, 2)).toEqual([
      "192.168.1.8",
      "2a00:1:2:3::99",
    ]);
  });

  it("are those of the network cards and of the VPNs, not of Docker, and none that is link-local or loopback", () => {
    expect(chooseAddresses(LAPTOP, [])).toEqual([
      ...["192.168.1.7", "2a00:1:2:3::7", "2a00:1:2:3::99"],
      ...["192.168.1.8", "10.8.0.2", "100.101.102.103"],
    ]);
  });

  it("begin with the VPN's where it takes everything", () => {
    expect(chooseAddresses(LAPTOP, ["10.8.0.2"])[0]).toBe("10.8.0.2");
  });

  it.each(["docker0", "br-0a1b2c3d4e5f", "virbr0", "lxcbr0", "podman1", "cni0", "vboxnet0"])(
    "are %s's only where there is nothing else",
    (name) => {
      expect(chooseAddresses({ ...lo, [name]: card("172.17.0.1"), eth0: card("10.0.0.5") }, [])).toEqual(["10.0.0.5"]);
      expect(chooseAddresses({ ...lo, [name]: card("172.17.0.1") }, [])).toEqual(["172.17.0.1"]);
    },
  );

  it.each(["br0", "br-lan", "bond0", "veth0", "wg0", "ppp0"])("are %s's too: nothing says it leads nowhere", (name) => {
    expect(chooseAddresses({ [name]: card("10.0.0.5"), docker0: card("172.17.0.1") }, [])).toEqual(["10.0.0.5"]);
  });

  it("are a bridge's where the default route goes through it", () => {
    expect(chooseAddresses({ ...lo, virbr0: card("10.0.0.5"), eth1: card("10.1.0.5") }, ["10.0.0.5"])).toEqual([
      "10.0.0.5",
      "10.1.0.5",
    ]);
  });

  it("are loopback's on a machine without any network", () => {
    expect(chooseAddresses(lo, [])).toEqual(["127.0.0.1", "::1"]);
  });

  it("are eight at most, and none twice", () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`eth${at}`, card(`10.0.${at}.1`)]));
    expect(chooseAddresses(many, ["10.0.20.1"])).toHaveLength(8);
    expect(chooseAddresses(many, ["10.0.20.1"])[0]).toBe("10.0.20.1");
    expect(chooseAddresses({ eth0: card("10.0.0.1"), eth1: card("10.0.0.1") }, [])).toEqual(["10.0.0.1"]);
  });

  it("of this machine are addresses this machine has", async () => {
    const own = Object.values(networkInterfaces()).flatMap((entries = []) => entries.map(({ address }) => address));
    const offered = await localAddresses();
    expect(offered.length).toBeGreaterThan(0);
    expect(own).toEqual(expect.arrayContaining([...offered]));
  });
});
