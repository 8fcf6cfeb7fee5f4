import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ip, type TwoMachines, twoMachines } from "../../../support/namespaces.ts";
import { converse, datagramsOf, type Ends, introduce, startPeerProcess } from "../../../support/peer-process.ts";

const LIMIT = { timeout: 20_000, interval: 50 };
const inside = (namespace: string) => ["ip", "netns", "exec", namespace];

let machines: TwoMachines;
let ends: Ends;
beforeEach(async () => {
  machines = await twoMachines();
}, 30_000);
afterEach(async () => {
  await Promise.all([ends?.host.stop(), ends?.viewer.stop()]);
  await machines?.remove();
}, 30_000);

async function startEnds(host: string, viewer: string): Promise<void> {
  const [first, second] = await Promise.all([startPeerProcess(inside(host)), startPeerProcess(inside(viewer))]);
  ends = { host: first, viewer: second };
}

/** Words of `ip` on the host's machine. */
const near = (...words: string[]) => ip("-n", machines.near.name, ...words);

function expectWell(): void {
  const { exitCode, complaints, news } = ends.host;
  expect([exitCode(), complaints(), news("closed")]).toEqual([undefined, "", []]);
}

const V4 = { own: "10.77.0.1", net: "10.77.0.1/24", far: "10.77.0.2", flag: "-4" };
const V6 = { own: "fd77::1", net: "fd77::1/64", far: "fd77::2", flag: "-6" };

/** What happens to the host's network, and how it is mended. */
const FAULTS = {
  "its address goes": {
    break: (family: typeof V4) => near("address", "del", family.net, "dev", "eth0"),
    mend: (family: typeof V4) => near("address", "add", family.net, "dev", "eth0", ...nodad(family)),
  },
  "its cable is pulled": {
    break: () => near("link", "set", "eth0", "down"),
    mend: async (family: typeof V4) => {
      await near("link", "set", "eth0", "up");
      // With the link go IPv6 addresses, not IPv4 ones.
      if (family === V6) await near("address", "replace", family.net, "dev", "eth0", ...nodad(family));
    },
  },
  "the other end is unreachable": {
    break: (family: typeof V4) => near(family.flag, "route", "add", "unreachable", family.far),
    mend: (family: typeof V4) => near(family.flag, "route", "del", "unreachable", family.far),
  },
  "the other end is forbidden": {
    break: (family: typeof V4) => near(family.flag, "route", "add", "prohibit", family.far),
    mend: (family: typeof V4) => near(family.flag, "route", "del", "prohibit", family.far),
  },
};
const nodad = (family: typeof V4) => (family === V6 ? ["nodad"] : []);

describe.each([
  ["IPv4", V4],
  ["IPv6", V6],
])("a host connected over %s", (_name, family) => {
  beforeEach(async () => {
    for (const [name, address] of [
      [machines.near.name, "fd77::1/64"],
      [machines.far.name, "fd77::2/64"],
    ] as const) {
      await ip("-n", name, "address", "add", address, "dev", "eth0", "nodad");
    }
    await startEnds(machines.near.name, machines.far.name);
    await introduce(ends, { path: "direct", addresses: [family.own] });
    await converse(ends);
  }, 60_000);

  it("lives on, and the connection with it, whatever happens to the network", async () => {
    for (const [what, { break: breakIt, mend }] of Object.entries(FAULTS)) {
      await breakIt(family);
      const before = await datagramsOf(ends.host);
      for (let number = 0; number < 20; number += 1) ends.host.order({ do: "send", text: `into the void ${number}` });
      const tried = async () => expect(await datagramsOf(ends.host), what).toBeGreaterThan(before + 2);
      await vi.waitFor(tried, LIMIT);
      await mend(family);
      await converse(ends);
      expectWell();
    }
  }, 60_000);
});

/** Gives the host's machine a bridge as Docker has it, and the other one its own with the same address. */
async function addDockerBridges(): Promise<void> {
  for (const { name } of [machines.near, machines.far]) {
    await ip("-n", name, "link", "add", "docker0", "type", "bridge");
    await ip("-n", name, "address", "add", "172.17.0.1/16", "dev", "docker0");
    await ip("-n", name, "link", "set", "docker0", "up");
  }
}

const offeredBy = ({ host }: Ends) =>
  host.news("candidate").flatMap(({ candidate }) => (candidate === "" ? [] : [candidate.split(" ")[4]]));

it("a host whose only way is a VPN, with Docker beside it, connects by the VPN", async () => {
  await near("link", "set", "eth0", "down");
  await near("link", "set", "eth0", "name", "tun0");
  await near("link", "set", "tun0", "up");
  await near("route", "add", "default", "dev", "tun0");
  await addDockerBridges();
  await startEnds(machines.near.name, machines.far.name);
  await introduce(ends, { path: "direct" });
  await converse(ends);
  expect(offeredBy(ends)).toEqual(["10.77.0.1"]);
}, 60_000);

it("a viewer inside a container reaches the host around it, although the bridge between them is not offered", async () => {
  // The cable's near end becomes the bridge, its far end the container's network.
  await near("link", "set", "eth0", "down");
  await near("link", "set", "eth0", "name", "docker0");
  await near("link", "set", "docker0", "up");
  await ip("-n", machines.far.name, "route", "replace", "default", "via", "10.77.0.1", "dev", "eth0");
  await near("link", "add", "eth1", "type", "bridge");
  await near("address", "add", "192.0.2.55/24", "dev", "eth1");
  await near("link", "set", "eth1", "up");
  await startEnds(machines.near.name, machines.far.name);
  await introduce(ends, { path: "direct" });
  await converse(ends);
  expect(offeredBy(ends)).toEqual(["192.0.2.55"]);
}, 60_000);
