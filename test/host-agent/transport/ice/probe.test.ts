import { createSocket } from "node:dgram";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type IceProbe, type ProbeOutcome, probeIceServers } from "../../../../host-agent/transport/ice/probe.ts";
import { probeSentence } from "../../../../host-agent/transport/ice/probe-words.ts";
import type { IceServer } from "../../../../protocol/signaling.ts";
import { makeCertificates } from "../../../lab/certificates.ts";
import { streamServer, udpServer } from "./answering-servers.ts";

const PASSWORD = { username: "anna", credential: "hush" };
const turn = (...urls: string[]): IceServer => ({ urls, ...PASSWORD });
const outcomes = ({ tried }: IceProbe) => tried.map(({ outcome }) => outcome.kind);

function only({ tried }: IceProbe): ProbeOutcome {
  const [first] = tried;
  if (first === undefined || tried.length !== 1) throw new Error(`${tried.length} URLs were tried`);
  return first.outcome;
}

/** A UDP port where nobody listens, and a TCP port likewise. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A UDP socket that takes everything and says nothing, as a firewall does. */
async function silentPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket.address().port;
}

describe("asking ICE servers", () => {
  it("finds a STUN server, and learns how it sees us", async () => {
    const { port } = await udpServer();
    const probe = await probeIceServers([{ urls: `stun:localhost:${port}` }]);
    expect(probe).toMatchObject({ stunUrl: `stun:127.0.0.1:${port}`, turn: undefined });
    expect(only(probe)).toMatchObject({ kind: "ok", address: "127.0.0.1", seenAs: { address: "127.0.0.1" } });
    expect(probe.tried.map(probeSentence)[0]).toMatch(
      /answers in \d+ ms\. It sees this machine as 127\.0\.0\.1, port \d+\.$/,
    );
  });

  it("asks again when a packet is lost", async () => {
    const server = await udpServer({ deafTo: 2 });
    expect(outcomes(await probeIceServers([{ urls: `stun:127.0.0.1:${server.port}` }]))).toEqual(["ok"]);
    expect(server.asked()).toBe(3);
  });

  it("knows a TURN server by its asking for a password, over UDP and over TCP", async () => {
    const [udp, tcp] = [await udpServer(), await streamServer()];
    const overUdp = `turn:127.0.0.1:${udp.port}?transport=udp`;
    const overTcp = `turn:127.0.0.1:${tcp.port}?transport=tcp`;
    const probe = await probeIceServers([turn(overTcp), turn(overUdp)]);
    expect(outcomes(probe)).toEqual(["ok", "ok"]);
    expect(probe.turn).toEqual({ url: overUdp, serverName: undefined, ...PASSWORD });
    expect((await probeIceServers([turn(overTcp)])).turn?.url).toBe(overTcp);
  });

  it("takes UDP before TCP, although UDP was slower", async () => {
    const [udp, tcp] = [await udpServer({ deafTo: 2 }), await streamServer()];
    const probe = await probeIceServers([
      turn(`turn:127.0.0.1:${tcp.port}?transport=tcp`, `turn:127.0.0.1:${udp.port}?transport=udp`),
    ]);
    expect(outcomes(probe)).toEqual(["ok", "ok"]);
    expect(probe.turn?.url).toContain(`:${udp.port}?transport=udp`);
  });

  it("takes TCP when UDP is silent, and says so within the second", async () => {
    const [udp, tcp] = [await silentPort(), await streamServer()];
    const startMs = performance.now();
    const probe = await probeIceServers([
      turn(`turn:127.0.0.1:${udp}?transport=udp`, `turn:127.0.0.1:${tcp.port}?transport=tcp`),
    ]);
    // The limit is a second; what is above it is a busy machine.
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(outcomes(probe)).toEqual(["no-answer", "ok"]);
    expect(probe.turn?.url).toContain("transport=tcp");
    expect(probe.tried.map(probeSentence)[0]).toMatch(/gives no answer within \d+ ms: it is down, or a firewall/);
  });

  it("does not wait for the others once the best have answered", async () => {
    const [stun, udp, silent] = [await udpServer(), await udpServer(), await silentPort()];
    const servers = [
      { urls: `stun:127.0.0.1:${stun.port}` },
      turn(`turn:127.0.0.1:${udp.port}`, `turn:127.0.0.1:${silent}`),
    ];
    const probe = await probeIceServers(servers, { limitMs: 60_000, graceMs: 0 });
    expect(outcomes(probe)).toEqual(["ok", "ok", "not-needed"]);
  });

  it("reads of a closed port that nobody is there", async () => {
    const port = await deadPort();
    const probe = await probeIceServers([turn(`turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`)]);
    expect(outcomes(probe)).toEqual(["refused", "refused"]);
    expect(probe.tried.map(probeSentence)[1]).toContain("ECONNREFUSED");
    expect(probe.turn).toBeUndefined();
  });

  it("does not take a server for alive that answers with another error", async () => {
    const { port } = await udpServer({ turnError: 508 });
    expect(only(await probeIceServers([turn(`turn:127.0.0.1:${port}`)]))).toMatchObject({
      kind: "refused",
      why: "it answered with error 508",
    });
  });

  it("does not take for TURN what speaks another language", async () => {
    const server = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const outcome = only(await probeIceServers([turn(`turn:127.0.0.1:${port}?transport=tcp`)]));
    expect(outcome).toMatchObject({ kind: "refused", why: "it answered with something that is not STUN" });
  });

  it("says of a name that nobody knows that nobody knows it", async () => {
    const probe = await probeIceServers([turn("turn:nobody.invalid")], { limitMs: 15_000, graceMs: 0 });
    expect(outcomes(probe)).toEqual(["name-not-found"]);
    expect(probe.tried.map(probeSentence)[0]).toContain("is not known by that name");
  });

  it("does not trust a certificate that this machine does not trust", async () => {
    const folder = await mkdtemp(join(tmpdir(), "probe-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { cert, key } = (await makeCertificates(folder, ["localhost"])).of("localhost");
    const tls = { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
    const server = await streamServer({ tls });
    const probe = await probeIceServers([turn(`turns:localhost:${server.port}`)]);
    expect(outcomes(probe)).toEqual(["not-trusted"]);
    expect(server.asked()).toBe(0);
    expect(probe.tried.map(probeSentence)[0]).toContain("certificate that this machine does not trust");
  });

  it("reaches a server that has only an IPv6 address, for TURN; STUN over IPv6 would be of no use", async () => {
    const { port } = await udpServer({ address: "::1" });
    const probe = await probeIceServers([turn(`turn:[::1]:${port}`), { urls: `stun:[::1]:${port}` }]);
    expect(probe.turn?.url).toBe(`turn:[::1]:${port}?transport=udp`);
    expect(probe.stunUrl).toBeUndefined();
    expect(outcomes(probe)).toEqual(["ok", "unusable"]);
  });

  it("leaves out a TURN server without a password, and what is no URL", async () => {
    const { port } = await udpServer();
    const probe = await probeIceServers([{ urls: [`turn:127.0.0.1:${port}`, "http://a.example", "stuns:a.example"] }]);
    expect(probe.turn).toBeUndefined();
    expect(outcomes(probe)).toEqual(["ok", "unusable", "unusable"]);
  });

  it("asks each URL once, seventeen at most, and nobody when there are none", async () => {
    const { port, asked } = await udpServer();
    const urls = Array.from({ length: 40 }, () => `stun:127.0.0.1:${port}`);
    expect((await probeIceServers([{ urls }, { urls }])).tried).toHaveLength(1);
    expect(asked()).toBe(1);
    const many = Array.from({ length: 40 }, (_, at) => `http://a.example/${at}`);
    expect((await probeIceServers([{ urls: many }])).tried).toHaveLength(17);
    expect(await probeIceServers([])).toEqual({ stunUrl: undefined, turn: undefined, tried: [] });
  });
});
