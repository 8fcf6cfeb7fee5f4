import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { middle } from "./middle.ts";
import { buildLab, type Lab, type LabPlan, serverAddress } from "./network.ts";
import { startOwnShare } from "./own-time.ts";
import { type PlainSockets, plainSocketsOn, type UdpSocket } from "./plain-sockets.ts";

const servers = ["one", "two"];
const one = { address: serverAddress({ servers }, "one"), port: 3478 };
const two = { address: serverAddress({ servers }, "two"), port: 3478 };
const web = { address: one.address, port: 8443 };
const LIMIT = { timeout: 5000, interval: 20 };

const kinds = {
  none: { nat: "none" },
  "full-cone": { nat: "full-cone" },
  "port-restricted": { nat: "port-restricted" },
  symmetric: { nat: "symmetric" },
  "udp-blocked": { nat: "udp-blocked" },
  "tcp-ports": { nat: "tcp-ports", to: [web], machines: ["tcp-ports", "neighbour"] },
} satisfies LabPlan["sites"];

describe("what routers do to packets", () => {
  let lab: Lab;
  const agents = new Map<string, PlainSockets>();
  const at = (name: string): PlainSockets => {
    const agent = agents.get(name) ?? plainSocketsOn(lab.machine(name));
    agents.set(name, agent);
    return agent;
  };

  beforeAll(async () => {
    lab = await buildLab({ seed: 1, servers, sites: kinds });
    await at("one").reflect(one.port);
    await at("two").reflect(two.port);
    for (const port of [web.port, 9000]) await at("one").listen(port);
    await at("two").listen(web.port);
  });
  afterAll(async () => {
    for (const agent of agents.values()) await agent.stop();
    await lab?.remove();
  });

  /** Where a server sees a socket from. */
  async function mappingAt(server: typeof one, socket: UdpSocket): Promise<{ address: string; port: number }> {
    const before = socket.heard.length;
    await socket.send("who am I?", server);
    const text = await vi.waitFor(() => {
      const heard = socket.heard.slice(before).find(({ from }) => from === `${server.address}:${server.port}`);
      if (heard === undefined) throw new Error(`no answer from ${server.address}`);
      return heard.text;
    }, LIMIT);
    const [address = "", port] = text.split(":");
    return { address, port: Number(port) };
  }

  /** Has a stranger's datagram come? The answer of a server that was asked after it says that the wait is over. */
  async function isReachedByStranger(socket: UdpSocket, mapped: { address: string; port: number }): Promise<boolean> {
    const stranger = await at("two").udp();
    await stranger.send("unasked", mapped);
    await mappingAt(one, socket);
    return socket.heard.some(({ text }) => text === "unasked");
  }

  it("none: the address is the machine's own, and everybody reaches it", async () => {
    const socket = await at("none").udp();
    const own = { address: lab.machine("none").address, port: socket.port };
    expect(await mappingAt(one, socket)).toEqual(own);
    expect(await isReachedByStranger(socket, own)).toBe(true);
  });

  it("full cone: one mapping for all, and everybody reaches it once it is there", async () => {
    const socket = await at("full-cone").udp();
    const mapped = await mappingAt(one, socket);
    expect(mapped.address).not.toBe(lab.machine("full-cone").address);
    expect(await mappingAt(two, socket)).toEqual(mapped);
    expect(await isReachedByStranger(socket, mapped)).toBe(true);
    const unmapped = await at("full-cone").udp();
    expect(await isReachedByStranger(socket, { ...mapped, port: unmapped.port })).toBe(true);
    expect(unmapped.heard).toEqual([]);
  });

  it("port restricted: one mapping for all, and only who was written to gets in", async () => {
    const socket = await at("port-restricted").udp();
    const mapped = await mappingAt(one, socket);
    expect(await mappingAt(two, socket)).toEqual(mapped);
    expect(await isReachedByStranger(socket, mapped)).toBe(false);
    const friend = await at("two").udp();
    // A packet that comes too early must not spoil the mapping for the time after.
    await friend.send("early", mapped);
    // What comes the same way after it has come through, so it is dealt with.
    expect(await mappingAt(two, socket)).toEqual(mapped);
    await socket.send("come in", { address: two.address, port: friend.port });
    await vi.waitFor(() => expect(friend.heard).toEqual([{ from: addressText(mapped), text: "come in" }]), LIMIT);
    await friend.send("thanks", mapped);
    await vi.waitFor(() => expect(socket.heard.map(({ text }) => text)).toContain("thanks"), LIMIT);
    expect(socket.heard.map(({ text }) => text)).not.toContain("early");
  });

  it("symmetric: another mapping for each destination, and only that destination gets in", async () => {
    const socket = await at("symmetric").udp();
    const mapped = await mappingAt(one, socket);
    const other = await mappingAt(two, socket);
    expect(other.address).toBe(mapped.address);
    expect(other.port).not.toBe(mapped.port);
    expect(await mappingAt(one, socket)).toEqual(mapped);
    expect(await isReachedByStranger(socket, mapped)).toBe(false);
  });

  it("UDP blocked: no datagram gets out, TCP does to everywhere", async () => {
    const sink = await at("one").udp();
    const socket = await at("udp-blocked").udp();
    await socket.send("is anybody there?", { address: one.address, port: sink.port });
    expect(await at("udp-blocked").connect(web, 3000)).toBe("connected");
    expect(await at("udp-blocked").connect({ ...two, port: web.port }, 3000)).toBe("connected");
    await hearsAfter(sink);
  });

  it("TCP ports: nothing gets out but TCP to that port of that server", async () => {
    const sink = await at("one").udp(web.port);
    const socket = await at("tcp-ports").udp();
    await socket.send("is anybody there?", web);
    const agent = at("tcp-ports");
    expect(await agent.connect(web, 3000)).toBe("connected");
    const refusals = [
      { ...web, port: 9000 },
      { ...two, port: web.port },
    ].map((to) => agent.connect(to, 500));
    expect(await Promise.all(refusals)).toEqual(["silence", "silence"]);
    expect(await at("none").connect({ ...web, port: 9000 }, 3000)).toBe("connected");
    await hearsAfter(sink);
  });

  it("neighbours reach each other, whatever their router lets out", async () => {
    const { address } = lab.machine("neighbour");
    const neighbour = await at("neighbour").udp();
    await (await at("tcp-ports").udp()).send("hello over the fence", { address, port: neighbour.port });
    await vi.waitFor(() => expect(neighbour.heard.map(({ text }) => text)).toEqual(["hello over the fence"]), LIMIT);
  });

  /** The socket hears, but nothing of what was sent to it before this. */
  async function hearsAfter(sink: UdpSocket): Promise<void> {
    const socket = await at("none").udp();
    await socket.send("the last word", { address: one.address, port: sink.port });
    await vi.waitFor(() => expect(sink.heard.map(({ text }) => text)).toEqual(["the last word"]), LIMIT);
  }

  it("names of the lab's servers are known inside, and only inside", async () => {
    expect(await at("symmetric").connect({ address: "one.test", port: web.port }, 3000)).toBe("connected");
    expect(await at("symmetric").connect({ address: "three.test", port: web.port }, 3000)).toMatch(
      /ENOTFOUND|EAI_AGAIN/,
    );
  });
});

const addressText = ({ address, port }: { address: string; port: number }) => `${address}:${port}`;

describe("what a line does to packets", () => {
  const sites = { home: { nat: "none" } } satisfies LabPlan["sites"];
  const ends: (() => Promise<void>)[] = [];
  let lab: Lab;
  let home: PlainSockets;
  let server: PlainSockets;

  beforeAll(async () => {
    lab = await buildLab({ seed: 5, servers, sites });
    home = plainSocketsOn(lab.machine("home"));
    server = plainSocketsOn(lab.machine("one"));
    ends.push(home.stop, server.stop);
    await server.reflect(one.port);
  });
  afterAll(async () => {
    for (const end of ends) await end();
    await lab?.remove();
  });

  it("delays them each way, and differently each way if told", async () => {
    const line = lab.link("home");
    await line.shape({ delayMs: 25 });
    await expectRoundTripOf(50);
    await line.shape({ delayMs: 5 }, "up");
    await expectRoundTripOf(30);
    await line.shape({ delayMs: 0 });
    await expectRoundTripOf(0);
  });

  /** None is ever shorter, and when nothing holds up the machine most are hardly longer. */
  async function expectRoundTripOf(delayMs: number): Promise<void> {
    const all: number[] = [];
    await vi.waitFor(async () => {
      const some = await home.roundTripsMs(one, 9);
      all.push(...some);
      expect(middle(some)).toBeLessThan(delayMs + 8);
    }, LIMIT);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(delayMs);
  }

  it("spreads the delay", async () => {
    const line = lab.link("home");
    await line.shape({ delayMs: 10, jitterMs: 20 }, "up");
    const roundTrips = await home.roundTripsMs(one, 40);
    await line.shape({ delayMs: 0, jitterMs: 0 });
    expect(Math.min(...roundTrips)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...roundTrips) - Math.min(...roundTrips)).toBeGreaterThan(10);
  });

  /** Sends that many and waits until the line has dealt with them all; resolves with what it did and what arrived. */
  async function stream(packets: number, rateBps: number) {
    const line = lab.link("home");
    await line.forget();
    const shareOfNow = startOwnShare();
    const [from, to] = [await home.udp(), await server.udp()];
    await from.stream({ address: one.address, port: to.port }, packets, rateBps);
    const up = await vi.waitFor(async () => {
      const { up } = await line.count();
      expect(up.packets + up.lost + up.overflowed).toBe(packets);
      return up;
    }, LIMIT);
    const ownShare = shareOfNow();
    const arrived = await vi.waitFor(async () => {
      const arrived = await to.received();
      // A receiver that did not get the processor for a while lets some drop by itself, and its socket counts them.
      expect(arrived.packets + arrived.dropped).toBeGreaterThan(up.packets * 0.99);
      return arrived;
    }, LIMIT);
    return { ...up, arrived, ownShare };
  }

  it("loses as many as told", async () => {
    await lab.link("home").shape({ lossPercent: 10 }, "up");
    const { lost } = await stream(3000, 24e6);
    await lab.link("home").shape({ lossPercent: 0 });
    // Four standard deviations of a fair draw are 66 packets.
    expect(Math.abs(lost - 300)).toBeLessThan(66);
  });

  it("loses the same packets again in a lab with the same seed, and others with another", async () => {
    const arrivals = async (seed: number) => {
      const twin = await buildLab({
        seed,
        servers: ["one"],
        sites: { home: { nat: "none", link: { lossPercent: 30 } } },
      });
      const [sender, receiver] = ["home", "one"].map((name) => plainSocketsOn(twin.machine(name)));
      try {
        if (sender === undefined || receiver === undefined) throw new Error("two names give two machines");
        const [from, to] = [await sender.udp(), await receiver.udp()];
        const address = twin.machine("one").address;
        for (let i = 0; i < 60; i++) await from.send(String(i), { address, port: to.port });
        await vi.waitFor(async () => {
          const { up } = await twin.link("home").count();
          expect(to.heard.length + up.lost).toBe(60);
        }, LIMIT);
        return to.heard.map(({ text }) => text).join(" ");
      } finally {
        await sender?.stop();
        await receiver?.stop();
        await twin.remove();
      }
    };
    const first = await arrivals(9);
    expect(await arrivals(9)).toBe(first);
    expect(await arrivals(10)).not.toBe(first);
  });

  it("has a rate, a queue in front of it, and an end of the queue", async () => {
    await lab.link("home").shape({ rateBps: 4e6, queueMs: 50 }, "up");
    const { overflowed, queueMs, packets, arrived, ownShare } = await stream(1500, 12e6);
    await lab.link("home").shape({ rateBps: 0 });
    // The wire carries IP packets: 28 bytes of headers on 1,000.
    const rateBps = ((packets - 1) * 1028 * 8 * 1000) / (arrived.lastMs - arrived.firstMs);
    // While the shaper has no processor the wire is idle.
    expect(rateBps).toBeGreaterThan(4e6 * 0.93 * ownShare);
    expect(rateBps).toBeLessThan(4e6 * 1.07);
    expect(overflowed).toBeGreaterThan(500);
    expect(queueMs.p95).toBeGreaterThan(45);
    expect(queueMs.p95).toBeLessThanOrEqual(51);
  });

  it("carries nothing while it is cut", async () => {
    const line = lab.link("home");
    await line.shape({ delayMs: 10 });
    const [from, to] = [await home.udp(), await server.udp()];
    await line.cut();
    await from.send("into the void", { address: one.address, port: to.port });
    await vi.waitFor(async () => expect((await line.count()).up.cut).toBe(1), LIMIT);
    await line.mend();
    await from.send("hello again", { address: one.address, port: to.port });
    await vi.waitFor(() => expect(to.heard.map(({ text }) => text)).toEqual(["hello again"]), LIMIT);
    await line.shape({ delayMs: 0 });
  });
});
