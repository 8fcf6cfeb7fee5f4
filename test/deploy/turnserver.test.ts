import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { turnCredential } from "../../signaling/ice.ts";
import { ATTRIBUTES, relayedPeer, TurnClient, type TurnLogin } from "../support/turn-client.ts";
import { ownIpv4, type RunningTurn, startTurn } from "../support/turn-server.ts";

const FORBIDDEN = 403;
const QUOTA_REACHED = 486;
const SUCCESS = 0;
const TRANSPORTS = ["udp", "tcp"] as const;

/** Inside, or nowhere: none of these is a peer on the public internet. */
const INSIDE_IPV4 = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254"],
  ...["127.0.0.1", "127.0.0.53", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.17.0.1"],
  ...["172.31.255.255", "192.0.0.1", "192.0.2.77", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1"],
  ...["198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
];
const INSIDE_IPV6 = [
  ...["::", "::1", "::2", "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
  ...[
    "::ffff:192.168.1.1",
    "::ffff:0.0.0.0",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::a00:1",
    "64:ff9c::",
    "1f00::",
    "100::1",
  ],
  ...[
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
  ],
  ...["fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1"],
];
/** What the operator added, in test/support/turn-server.ts. */
const OWN_SERVERS = ["203.0.114.5", "203.0.114.16", "203.0.114.31"];
/** The neighbours of what is denied, which are as public as any. */
const OUTSIDE_IPV4 = [
  "1.0.0.1",
  "8.8.8.8",
  "11.0.0.1",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.1",
];
const MORE_OUTSIDE_IPV4 = [
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "203.0.114.4",
  "203.0.114.32",
  "223.255.255.255",
];
const OUTSIDE_IPV6 = ["2000::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "2a00::", "3ffe::1"];

const login = ({ secret }: RunningTurn, nowMs = Date.now()): TurnLogin =>
  turnCredential({ secret, ttlS: 600 }, "7316-test", nowMs);

async function connect(turn: RunningTurn, transport: "udp" | "tcp", as = login(turn)): Promise<TurnClient> {
  const client = await TurnClient.connect(transport, turn, as);
  onTestFinished(() => client.close());
  return client;
}

async function allocated(turn: RunningTurn, transport: "udp" | "tcp", family: 4 | 6): Promise<TurnClient> {
  const client = await connect(turn, transport);
  expect((await client.allocate(family)).code).toBe(SUCCESS);
  return client;
}

/** What the server says to a permission for each address, and to a channel. */
async function answers(client: TurnClient, addresses: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  let channel = 0x4000;
  for (const address of addresses) {
    const permission = await client.createPermission(address);
    const bound = await client.channelBind(channel, { address, port: 80 });
    lines.push(`${address} ${permission} ${bound}`);
    channel += 1;
  }
  return lines;
}

const each = (addresses: readonly string[], code: number) => addresses.map((address) => `${address} ${code} ${code}`);

describe("our TURN server, asked to relay", () => {
  it.each(TRANSPORTS)("inside over %s, refuses each address", async (transport) => {
    const turn = await startTurn();
    const inside = [...INSIDE_IPV4, ...OWN_SERVERS];
    expect(await answers(await allocated(turn, transport, 4), inside)).toEqual(each(inside, FORBIDDEN));
    expect(await answers(await allocated(turn, transport, 6), INSIDE_IPV6)).toEqual(each(INSIDE_IPV6, FORBIDDEN));
    expect(inside.length + INSIDE_IPV6.length).toBeGreaterThanOrEqual(40);
  });

  it.each(TRANSPORTS)(
    "to the public internet over %s, does so, also right beside what it refuses",
    async (transport) => {
      const turn = await startTurn();
      const outside = [...OUTSIDE_IPV4, ...MORE_OUTSIDE_IPV4];
      expect(await answers(await allocated(turn, transport, 4), outside)).toEqual(each(outside, SUCCESS));
      expect(await answers(await allocated(turn, transport, 6), OUTSIDE_IPV6)).toEqual(each(OUTSIDE_IPV6, SUCCESS));
    },
  );

  it("would relay to most of these without the lines that deny them; a newer coturn itself refuses a few", async () => {
    const turn = await startTurn({ change: (conf) => conf.replaceAll(/^denied-peer-ip=.*$/gm, "") });
    const ipv4 = INSIDE_IPV4.filter((address) => !/^(0|127|169|2[2-5][0-9])\./.test(address));
    expect(await answers(await allocated(turn, "udp", 4), ipv4)).toEqual(each(ipv4, SUCCESS));
    const client = await allocated(turn, "udp", 6);
    const ipv6 = ["::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::"];
    expect(await answers(client, ipv6)).toEqual(each(ipv6, SUCCESS));
  });

  it.each(TRANSPORTS)("delivers nothing that is sent inside all the same, over %s", async (transport) => {
    const turn = await startTurn();
    const victim = createSocket("udp4").bind(0, "127.0.0.1");
    onTestFinished(() => void victim.close());
    await once(victim, "listening");
    const peer = { address: "127.0.0.1", port: victim.address().port };
    const client = await allocated(turn, transport, 4);
    const heard: string[] = [];
    const end = new Promise<void>((resolve) =>
      victim.on("message", (message) => {
        heard.push(String(message));
        if (heard.at(-1) === "end") resolve();
      }),
    );
    client.send(peer, "before any permission");
    expect(await client.createPermission(peer.address)).toBe(FORBIDDEN);
    client.send(peer, "after the refusal");
    expect(await client.channelBind(0x4001, peer)).toBe(FORBIDDEN);
    client.sendOnChannel(0x4001, "on a channel");
    // The answer comes after all that was sent before it.
    expect(await client.createPermission("8.8.8.8")).toBe(SUCCESS);
    victim.send("end", peer.port, peer.address);
    await end;
    expect(heard).toEqual(["end"]);
  });

  it("opens no TCP connections", async () => {
    const turn = await startTurn();
    const client = await connect(turn, "tcp");
    expect((await client.allocate(4, "tcp")).code).toBe(442);
  });
});

describe("turnserver.sh", () => {
  it("does not start coturn without a secret worth the name, nor without an address", async () => {
    await expect(startTurn({ settings: { TURN_SECRET_FILE: "/dev/null" } })).rejects.toThrow(
      /coturn ended with 2: turnserver.sh: the secret must have 16 characters or more/,
    );
    await expect(startTurn({ settings: { TURN_PUBLIC_IP: "" } })).rejects.toThrow(
      /coturn ended with 2: .*TURN_PUBLIC_IP/,
    );
  });

  it("keeps the secret off the command line and out of what others can read", async () => {
    const turn = await startTurn();
    const words = (await readFile(`/proc/${turn.pid}/cmdline`, "utf8")).split("\0");
    const conf = words[words.indexOf("-c") + 1] ?? "";
    expect(words.join(" ")).not.toContain(turn.secret);
    expect(await readFile(conf, "utf8")).toContain(`static-auth-secret=${turn.secret}\n`);
    expect((await stat(conf)).mode & 0o077).toBe(0);
  });
});

describe("our TURN server", () => {
  it("lends six relays to one name, whichever of its passwords it comes with, and another name has its own", async () => {
    const turn = await startTurn();
    const codes: number[] = [];
    for (let count = 0; count < 8; count++) {
      const laterMs = Date.now() + count * 1_000;
      codes.push((await (await connect(turn, "udp", login(turn, laterMs))).allocate(4)).code);
    }
    expect(codes).toEqual([...Array(6).fill(SUCCESS), QUOTA_REACHED, QUOTA_REACHED]);
    const other = turnCredential({ secret: turn.secret, ttlS: 600 }, "7316-other", Date.now());
    expect((await (await connect(turn, "udp", other)).allocate(4)).code).toBe(SUCCESS);
  });

  it("relays between two who are both relayed by it, although its own address may be of a kind it refuses", async () => {
    const turn = await startTurn();
    const [host, viewer] = [await connect(turn, "udp"), await connect(turn, "tcp")];
    const atHost = relayedPeer(await host.allocate(4));
    const atViewer = relayedPeer(await viewer.allocate(4));
    expect(atHost.address).toBe(ownIpv4());
    expect(await host.createPermission(atViewer.address)).toBe(SUCCESS);
    expect(await viewer.createPermission(atHost.address)).toBe(SUCCESS);
    const heard = viewer.nextData();
    host.send(atViewer, "hello");
    expect(await heard).toBe("hello");
  });

  it("does so behind a NAT too, under the address that the NAT has", async () => {
    const settings = { TURN_PUBLIC_IP: "198.51.100.7 ::1", TURN_PRIVATE_IP: ownIpv4() };
    const turn = await startTurn({ settings });
    const client = await connect(turn, "udp");
    expect(relayedPeer(await client.allocate(4)).address).toBe("198.51.100.7");
    expect(await client.createPermission("198.51.100.7")).toBe(SUCCESS);
    expect(await client.createPermission("198.51.100.8")).toBe(FORBIDDEN);
  });

  it("lets in nobody whose password is over, made with another secret, or for another name", async () => {
    const turn = await startTurn();
    const hourAgo = login(turn, Date.now() - 3_600_000);
    const elsewhere = login({ ...turn, secret: "the secret of somebody else" });
    const longer = { ...login(turn), username: `${Math.floor(Date.now() / 1000) + 86_400}:7316-test` };
    for (const wrong of [hourAgo, elsewhere, longer, { username: "", credential: "" }]) {
      expect((await (await connect(turn, "udp", wrong)).allocate(4)).code).toBe(401);
    }
    expect((await (await connect(turn, "udp")).allocate(4)).code).toBe(SUCCESS);
  });

  it("gives one password six allocations and the next password its own", async () => {
    const turn = await startTurn();
    const one = turnCredential({ secret: turn.secret, ttlS: 600 }, "7316-one", Date.now());
    const codes: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      codes.push((await (await connect(turn, "udp", one)).allocate(4)).code);
    }
    expect(codes).toEqual([...Array(6).fill(SUCCESS), 486]);
    const other = turnCredential({ secret: turn.secret, ttlS: 600 }, "7316-other", Date.now());
    expect((await (await connect(turn, "udp", other)).allocate(4)).code).toBe(SUCCESS);
  });

  it("says nothing of its version, and understands its configuration but for what is so by itself in newer ones", async () => {
    const turn = await startTurn();
    const answer = await (await connect(turn, "udp")).allocate(4);
    expect(answer.attributes.has(ATTRIBUTES.software)).toBe(false);
    const complaints = turn.said().match(/(Bad configuration format|Unknown|Wrong|Cannot).*/gi) ?? [];
    expect(complaints.filter((line) => !/^Bad configuration format: no-tlsv1(_1)?$/.test(line))).toEqual([]);
  });
});
