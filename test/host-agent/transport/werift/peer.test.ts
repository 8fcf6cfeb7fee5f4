import { createSocket } from "node:dgram";
import { promises as dns } from "node:dns";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { RTCDtlsTransport } from "werift";
import type { Peer, PeerSettings } from "../../../../host-agent/transport/driver.ts";
import { localAddresses } from "../../../../host-agent/transport/ice/local-addresses.ts";
import { openWeriftPeer, weriftDriver } from "../../../../host-agent/transport/werift/peer.ts";
import { MAX_RECORD_BYTES } from "../../../../protocol/pipe.ts";
import { readStun } from "../../../../protocol/stun.ts";
import { turnCredential } from "../../../../signaling/ice.ts";
import { packetOf } from "../../../support/sctp-packet.ts";
import { startTurn } from "../../../support/turn-server.ts";
import { streamServer, udpServer } from "../ice/answering-servers.ts";
import { offeringBrowser } from "./offering-browser.ts";

const LIMIT = { timeout: 10_000 };
const HERE: PeerSettings = { path: "direct", addresses: ["127.0.0.1"], stunUrl: undefined, turn: undefined };

type Heard = {
  readonly candidates: string[];
  readonly messages: string[];
  readonly closed: string[];
  opened: boolean;
};

function openPeer(settings: PeerSettings, connectLimitMs = 15_000): { peer: Peer; heard: Heard } {
  const heard: Heard = { candidates: [], messages: [], closed: [], opened: false };
  const events = { candidate: (_mid: string, candidate: string) => heard.candidates.push(candidate) };
  const peer = openWeriftPeer(settings, events, { connectLimitMs });
  onTestFinished(() => peer.close());
  peer.pipe.listen({
    opened: () => {
      heard.opened = true;
    },
    message: (bytes) => heard.messages.push(Buffer.from(bytes).toString()),
    closed: (why) => heard.closed.push(why),
  });
  return { peer, heard };
}

const isAnswered = ({ candidates }: Heard) => candidates.at(-1) === "";
const hostsOf = ({ candidates }: Heard) =>
  candidates
    .filter((one) => one !== "")
    .map((one) =>
      one
        .split(" ")
        .slice(4, 8)
        .join(" ")
        .replace(/ \d+ typ/, ""),
    );

/** A socket that counts the STUN questions that come to it, and answers none. */
async function trap(address: string) {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  let questions = 0;
  socket.on("message", (datagram) => {
    // werift's carry attributes that are none of ours, so the header must do.
    if (datagram.readUInt16BE(0) === 1) questions += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  const { port } = socket.address();
  return { candidate: `candidate:1 1 udp 1677729535 ${address} ${port} typ host`, questions: () => questions };
}

describe("a connection that answers", () => {
  it("has its certificate before anybody offers one, so that nobody waits for it", async () => {
    await weriftDriver.prepare();
    const { localCertificate } = RTCDtlsTransport;
    const browser = await offeringBrowser();
    const answer = await openPeer(HERE).peer.answer(browser.offer);
    expect(localCertificate?.getFingerprints().map(({ value }) => value)).toEqual([
      /^a=fingerprint:sha-256 (\S+)/m.exec(answer)?.[1],
    ]);
  });

  it("connects, and says of itself what it was opened as", async () => {
    const browser = await offeringBrowser();
    const { peer, heard } = openPeer({ ...HERE, path: "turn" });
    await browser.take(await peer.answer(browser.offer));
    for (const candidate of browser.candidates) peer.addCandidate("0", candidate);
    await vi.waitFor(() => expect(isAnswered(heard)).toBe(true), LIMIT);
    for (const candidate of heard.candidates) browser.addCandidate(candidate);
    await vi.waitFor(() => expect([heard.opened, browser.isOpen()]).toEqual([true, true]), LIMIT);
    expect(peer.pipe.path).toBe("turn");
  });

  it("lives on when its viewer seals what is no packet, and hears what it says next", async () => {
    const browser = await offeringBrowser();
    const { peer, heard } = openPeer(HERE);
    await browser.take(await peer.answer(browser.offer));
    for (const candidate of browser.candidates) peer.addCandidate("0", candidate);
    await vi.waitFor(() => expect([heard.opened, browser.isOpen()]).toEqual([true, true]), LIMIT);
    const uncaught: unknown[] = [];
    const note = (error: unknown) => uncaught.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const init = Buffer.from([1, 0, 0, 4]);
    const wrongChecksum = packetOf(0, init).fill(0, 8, 12);
    const none = [0, 1, 11, 12].map((bytes) => Buffer.alloc(bytes));
    for (const packet of [...none, wrongChecksum, packetOf(0, init), packetOf(0, init, init)]) {
      await browser.dtls()?.send(packet);
    }
    browser.say("here");
    await vi.waitFor(() => expect(heard.messages).toEqual(["here"]), LIMIT);
    expect(uncaught).toEqual([]);
  });

  it.each(["before its offer", "inside it"])("connects when the browser's candidates come %s", async (when) => {
    const browser = await offeringBrowser();
    const [candidate = ""] = browser.candidates;
    const { peer, heard } = openPeer(HERE);
    if (when === "before its offer") peer.addCandidate("0", candidate);
    const inside = browser.offer.replace("a=ice-ufrag", `a=${candidate}\r\na=ice-ufrag`);
    await browser.take(await peer.answer(when === "inside it" ? inside : browser.offer));
    // The browser is told no address of ours: it learns of us by our knocking at the address it gave.
    await vi.waitFor(() => expect([heard.opened, browser.isOpen()]).toEqual([true, true]), LIMIT);
  });

  it("offers the addresses it was given, in their order, and no others", async () => {
    const browser = await offeringBrowser();
    const addresses = ["127.0.0.3", "127.0.0.1", "::1", "127.0.0.2"];
    const { peer, heard } = openPeer({ ...HERE, addresses });
    const answer = await peer.answer(browser.offer);
    await vi.waitFor(() => expect(isAnswered(heard)).toBe(true), LIMIT);
    expect(hostsOf(heard)).toEqual(addresses.map((address) => `${address} host`));
    expect(answer).not.toContain("a=candidate");
  });

  it("offers what a STUN server sees too, and asks no other", async () => {
    const lookups = vi.spyOn(dns, "lookup");
    onTestFinished(() => lookups.mockRestore());
    const [stun, browser] = [await udpServer(), await offeringBrowser()];
    const { peer, heard } = openPeer({ ...HERE, stunUrl: `stun:127.0.0.1:${stun.port}` });
    await peer.answer(browser.offer);
    await vi.waitFor(() => expect(isAnswered(heard)).toBe(true), LIMIT);
    expect(hostsOf(heard)).toEqual(["127.0.0.1 host", "127.0.0.1 srflx"]);
    const alone = openPeer(HERE);
    await alone.peer.answer(browser.offer);
    await vi.waitFor(() => expect(isAnswered(alone.heard)).toBe(true), LIMIT);
    expect(hostsOf(alone.heard)).toEqual(["127.0.0.1 host"]);
    // werift's own public server has a name, and nothing else here has.
    expect(lookups).not.toHaveBeenCalled();
  });

  it("that may only be reached through TURN names what it was lent, and not what is behind it", async () => {
    const [turn, browser] = [await startTurn(), await offeringBrowser()];
    const { secret, address, port } = turn;
    const access = turnCredential({ secret, ttlS: 60 }, "host", Date.now());
    const { peer, heard } = openPeer({
      ...{ path: "turn", addresses: [], stunUrl: undefined },
      turn: { url: `turn:${address}:${port}?transport=udp`, serverName: undefined, ...access },
    });
    const answer = await peer.answer(browser.offer);
    await vi.waitFor(() => expect(isAnswered(heard)).toBe(true), LIMIT);
    const [lent, ...rest] = heard.candidates;
    expect(lent).toMatch(/ typ relay raddr (0\.0\.0\.0|::) rport 9( |$)/);
    expect(rest).toEqual([""]);
    expect(answer).not.toContain(address);
  });

  it("answers and names its first address at once, though the STUN server is silent", async () => {
    const [stun, browser] = [await udpServer(), await offeringBrowser()];
    stun.silence();
    const { peer, heard } = openPeer({ ...HERE, stunUrl: `stun:127.0.0.1:${stun.port}` });
    await browser.take(await peer.answer(browser.offer));
    expect(heard.candidates).toEqual([]);
    await vi.waitFor(() => expect(heard.candidates).toHaveLength(1), LIMIT);
    for (const candidate of heard.candidates) browser.addCandidate(candidate);
    for (const candidate of browser.candidates) peer.addCandidate("0", candidate);
    const startMs = performance.now();
    await vi.waitFor(() => expect(heard.opened).toBe(true), LIMIT);
    // werift waits for 5 s by itself, and for a second when told so.
    expect(performance.now() - startMs).toBeLessThan(4_000);
  });
});

describe("what the browser wants to be tried", () => {
  it("is tried when it is an address, and neither its own machine nor a name, wherever it is said", async () => {
    const own = (await localAddresses()).find((address) => !address.includes(":")) ?? "";
    const browser = await offeringBrowser();
    const [inOffer, later, home, homeLater] = await Promise.all([trap(own), trap(own), trap("127.0.0.1"), trap("::1")]);
    const mdns = "candidate:1 1 udp 2113937151 4b2a6f1e-3c3c-4a0f-9f6a-0a8f0b1c2d3e.local 4711 typ host";
    const lines = [mdns, home.candidate, inOffer.candidate].map((one) => `a=${one}\r\n`).join("");
    const { peer } = openPeer({ ...HERE, addresses: [own] });
    await peer.answer(browser.offer.replace(/a=ice-ufrag/, `${lines}a=ice-ufrag`));
    peer.addCandidate("0", mdns.replace("4b2a", "4b2b"));
    peer.addCandidate("0", homeLater.candidate);
    peer.addCandidate("0", later.candidate);
    // Names cost ten seconds each; LIMIT is ten in all.
    await vi.waitFor(() => expect(Math.min(inOffer.questions(), later.questions())).toBeGreaterThan(2), LIMIT);
    expect([home.questions(), homeLater.questions()]).toEqual([0, 0]);
  });

  it("may be anything: nothing of it goes unhandled, before, while, after it is answered, and after the end", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const browser = await offeringBrowser();
    const { peer, heard } = openPeer(HERE);
    const garbage = [
      ...[
        "",
        " ",
        "candidate:",
        "candidate:1",
        "candidate:1 1 udp x y z typ w",
        "a=candidate:1 1 udp 1 ::1 1 typ host",
      ],
      "candidate:1 1 udp 1 127.0.0.1 1 typ host generation NaN ufrag",
      "candidate:1 1 udp 2147483647 127.0.0.2 65535 typ relay raddr x rport y",
      "candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active",
      "\0".repeat(1000),
    ];
    const throwAll = () => {
      for (const candidate of garbage) for (const mid of ["0", "", "9", "x"]) peer.addCandidate(mid, candidate);
    };
    throwAll();
    const answering = peer.answer(browser.offer);
    throwAll();
    await browser.take(await answering);
    throwAll();
    for (const candidate of browser.candidates) peer.addCandidate("0", candidate);
    await vi.waitFor(() => expect(isAnswered(heard)).toBe(true), LIMIT);
    for (const candidate of heard.candidates) browser.addCandidate(candidate);
    await vi.waitFor(() => expect(heard.opened).toBe(true), LIMIT);
    throwAll();
    peer.close();
    throwAll();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });

  it("is answered with a refusal when the browser takes no message of our size", async () => {
    const { offer } = await offeringBrowser();
    const taking = (bytes: number) => offer.replace(/^a=max-message-size:\d+/m, `a=max-message-size:${bytes}`);
    expect(taking(1)).not.toBe(offer);
    for (const bytes of [1, MAX_RECORD_BYTES - 1]) {
      await expect(openPeer(HERE).peer.answer(taking(bytes))).rejects.toThrow(`takes ${bytes} bytes only`);
    }
    // 0 stands for any size, and silence for 64 KiB (RFC 8841, 6).
    for (const enough of [taking(MAX_RECORD_BYTES), taking(0), offer.replace(/^a=max-message-size:\d+\r\n/m, "")]) {
      expect(await openPeer(HERE).peer.answer(enough)).toContain("a=max-message-size:");
    }
  });

  it("is answered with a refusal when it is no offer", async () => {
    for (const offer of ["", "x", "v=0\r\n", "m=application\r\na=candidate:"]) {
      const { peer } = openPeer(HERE);
      await expect(peer.answer(offer)).rejects.toThrow();
      peer.close();
    }
  });
});

describe("a connection that finds no way", () => {
  it("says after its limit that the browser named no address", async () => {
    const browser = await offeringBrowser();
    const { peer, heard } = openPeer(HERE, 300);
    await peer.answer(browser.offer);
    peer.addCandidate("0", "candidate:1 1 udp 1 nobody.local 9 typ host");
    await vi.waitFor(() => expect(heard.closed).toHaveLength(1), LIMIT);
    expect(heard.closed[0]).toMatch(/the browser named no address that can be used \(1 left out\).* within 0\.3 s/);
  });

  it("says that none of them answered", async () => {
    const browser = await offeringBrowser();
    const silent = await trap("127.0.0.1");
    const { peer, heard } = openPeer(HERE, 300);
    await peer.answer(browser.offer);
    peer.addCandidate("0", silent.candidate);
    await vi.waitFor(() => expect(heard.closed).toHaveLength(1), LIMIT);
    expect(silent.questions()).toBeGreaterThan(0);
    expect(heard.closed[0]).toMatch(/^none of the 1 addresses the browser named answered within 0\.3 s/);
  });

  it("does not wait when it has no address to offer", async () => {
    const browser = await offeringBrowser();
    const { peer, heard } = openPeer({ ...HERE, addresses: [] });
    await peer.answer(browser.offer);
    await vi.waitFor(
      () => expect(heard.closed).toEqual(["this machine has no network address to be reached at"]),
      LIMIT,
    );
  });

  it("says of a host that is to be reached through TURN only that no TURN server answered", async () => {
    const browser = await offeringBrowser();
    const { peer, heard } = openPeer({ ...HERE, path: "turn", addresses: [] });
    await peer.answer(browser.offer);
    await vi.waitFor(() => expect(heard.closed).toHaveLength(1), LIMIT);
    expect(heard.closed[0]).toMatch(/through TURN only \(--ice-policy relay\), and no TURN server answered$/);
  });

  it("says that the TURN server lent nothing", async () => {
    const [turn, browser] = [await streamServer(), await offeringBrowser()];
    const { peer, heard } = openPeer({
      ...{ path: "turn", addresses: [], stunUrl: undefined },
      turn: {
        url: `turn:127.0.0.1:${turn.port}?transport=tcp`,
        serverName: undefined,
        username: "anna",
        credential: "old",
      },
    });
    await peer.answer(browser.offer);
    await vi.waitFor(() => expect(heard.closed[0]).toMatch(/^the TURN server lent no address: the password/), LIMIT);
    expect(hostsOf(heard)).toEqual([]);
  });
});

it("reads STUN questions by what the trap reads them by", () => {
  expect(readStun(Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12)))?.class).toBe("request");
});
