import { createSocket } from "node:dgram";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { classes, Message, methods, RTCPeerConnection, StunOverTurnProtocol, StunProtocol } from "werift";
import {
  closeSockets,
  type IceAgent,
  outliveSocketErrors,
  udpSockets,
} from "../../../../host-agent/transport/werift/ice-agent.ts";
import { openWeriftPeer } from "../../../../host-agent/transport/werift/peer.ts";
import { offeringBrowser } from "./offering-browser.ts";

const LIMIT = { timeout: 10_000 };

/** werift's agent as it comes, with a channel and nothing done to it. */
function untouched(): IceAgent {
  const connection = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1", "::1"],
  });
  onTestFinished(() => connection.close());
  connection.createDataChannel("deskbeam");
  const [transport] = connection.iceTransports;
  if (transport === undefined) throw new Error("werift made no ICE transport for a data channel");
  return transport.connection;
}

describe("werift 0.25.2, where our files reach into it", () => {
  it("has stunServer, set to a public server although none was given", () => {
    // When this fails because it is undefined, askNoStunServer is no longer needed.
    expect(untouched().stunServer).toEqual(["stun.l.google.com", 19_302]);
  });

  it("has protocols, filled with a StunProtocol for each address", async () => {
    const ice = untouched();
    expect(Reflect.get(ice, "protocols")).toEqual([]);
    delete ice.stunServer;
    await ice.gatherCandidates();
    expect(udpSockets(ice).map(({ localIp }) => localIp)).toEqual(["127.0.0.1", "::1"]);
    expect(Reflect.get(ice, "protocols")).toSatisfy((all: unknown[]) =>
      all.every((one) => one instanceof StunProtocol),
    );
    expect(StunOverTurnProtocol.type).toBe("turn");
  });

  it("has transport.socket on each, a node:dgram socket with no listener for errors", async () => {
    const ice = untouched();
    delete ice.stunServer;
    await ice.gatherCandidates();
    // When this fails because there is one, ours is no longer needed.
    expect(udpSockets(ice).map(({ transport }) => transport.socket.listenerCount("error"))).toEqual([0, 0]);
  });
});

describe("our hold on it", () => {
  it("hears every error of a socket, once", async () => {
    const ice = untouched();
    outliveSocketErrors(ice);
    delete ice.stunServer;
    await ice.gatherCandidates();
    for (const { transport } of udpSockets(ice)) {
      expect(transport.socket.listenerCount("error")).toBe(1);
      expect(transport.socket.emit("error", new Error("ENETDOWN"))).toBe(true);
    }
  });

  it("closes what came after the end", async () => {
    const ice = untouched();
    delete ice.stunServer;
    const gathered = ice.gatherCandidates();
    await ice.close();
    await gathered;
    expect(udpSockets(ice).map(({ transport }) => transport.closed)).toEqual([false, false]);
    await closeSockets(ice);
    expect(udpSockets(ice).map(({ transport }) => transport.closed)).toEqual([true, true]);
  });
});

/** Asks as an ICE peer does; `key` undefined: without a signature. Resolves with whether an answer came before the signed one's. */
async function answersTo(
  address: string,
  port: number,
  username: string,
  key: string,
): Promise<{ unsigned: number; signed: number }> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  const request = () =>
    new Message(methods.BINDING, classes.REQUEST)
      .setAttribute("USERNAME", username)
      .setAttribute("PRIORITY", 1)
      .setAttribute("ICE-CONTROLLING", 1n);
  const [unsigned, signed] = [request(), request()];
  signed.addMessageIntegrity(Buffer.from(key, "utf8")).addFingerprint();
  unsigned.addFingerprint();
  const answered = { unsigned: 0, signed: 0 };
  socket.on("message", (datagram) => {
    if (datagram.readUInt16BE(0) !== 0x0101) return;
    answered[datagram.subarray(8, 20).equals(signed.transactionId) ? "signed" : "unsigned"] += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  for (let round = 0; round < 5; round += 1) socket.send(unsigned.bytes, port, address);
  socket.send(signed.bytes, port, address);
  // Loopback keeps the order: when the last question is answered, so would the others have been.
  await vi.waitFor(() => expect(answered.signed).toBeGreaterThan(0), LIMIT);
  return answered;
}

it("on a live connection not even the socket of an address that is not used answers an unsigned question", async () => {
  const browser = await offeringBrowser(["127.0.0.1"]);
  const candidates: string[] = [];
  const peer = openWeriftPeer(
    { path: "direct", addresses: ["127.0.0.1", "::1"], stunUrl: undefined, turn: undefined },
    { candidate: (_mid, candidate) => candidates.push(candidate) },
    { connectLimitMs: 15_000 },
  );
  onTestFinished(() => peer.close());
  const answer = await peer.answer(browser.offer);
  await browser.take(answer);
  for (const candidate of browser.candidates) peer.addCandidate("0", candidate);
  await vi.waitFor(() => expect(peer.pipe.state).toBe("open"), LIMIT);
  const [, ufrag = ""] = /a=ice-ufrag:(\S+)/.exec(answer) ?? [];
  const [, password = ""] = /a=ice-pwd:(\S+)/.exec(answer) ?? [];
  const [, theirs = ""] = /a=ice-ufrag:(\S+)/.exec(browser.offer) ?? [];
  for (const address of ["127.0.0.1", "::1"]) {
    const port = Number(candidates.find((one) => one.includes(` ${address} `))?.split(" ")[5]);
    expect(await answersTo(address, port, `${ufrag}:${theirs}`, password)).toEqual({ unsigned: 0, signed: 1 });
  }
});
