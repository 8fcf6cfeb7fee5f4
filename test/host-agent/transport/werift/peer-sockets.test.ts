import { createHmac } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { openWeriftPeer } from "../../../../host-agent/transport/werift/peer.ts";
import { startTurn } from "../../../support/turn-server.ts";
import { streamServer, udpServer } from "../ice/answering-servers.ts";
import { offeringBrowser } from "./offering-browser.ts";

// Alone in its file, and so in its process: it counts everything that is open there.
const openHandles = () =>
  process.getActiveResourcesInfo().filter((name) => name === "UDPWrap" || name === "TCPSocketWrap").length;

it("a connection leaves no socket behind, at whatever moment it is closed", async () => {
  const [stun, turn, browser] = [await udpServer(), await streamServer(), await offeringBrowser()];
  stun.silence();
  turn.silence();
  const before = openHandles();
  const settings = {
    path: "turn",
    addresses: ["127.0.0.1", "::1"],
    stunUrl: `stun:127.0.0.1:${stun.port}`,
    turn: {
      url: `turn:127.0.0.1:${turn.port}?transport=tcp`,
      serverName: undefined,
      username: "anna",
      credential: "x",
    },
  } as const;
  let most = 0;
  for (const waitMs of [0, 1, 5, 20, 100, 1_500]) {
    const peer = openWeriftPeer(settings, { candidate: () => {} }, { connectLimitMs: 15_000 });
    await peer.answer(browser.offer);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    most = Math.max(most, openHandles());
    peer.close();
  }
  expect(most).toBeGreaterThan(before);
  await vi.waitFor(() => expect(openHandles()).toBe(before), { timeout: 15_000 });
});

/** A TCP line to a TURN server that carries the server's words only when it is told to. */
async function heldLine(to: { readonly address: string; readonly port: number }) {
  const pairs: { readonly client: Socket; readonly upstream: Socket }[] = [];
  let lent = false;
  const line = createServer((client) => {
    const upstream = connect(to.port, to.address);
    // Either end may be cut while the other still writes.
    for (const end of [client, upstream]) end.on("error", () => {});
    client.pipe(upstream);
    client.on("close", () => upstream.destroy());
    pairs.push({ client, upstream });
  });
  await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const { client } of pairs) client.destroy();
    return new Promise<void>((resolve) => line.close(() => resolve()));
  });
  const address = line.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    isCalled: () => pairs.length > 0,
    /** An allocation has succeeded. */
    hasLent: () => lent,
    carry: () => {
      for (const { client, upstream } of pairs) {
        upstream.on("data", (chunk: Buffer) => {
          if (chunk.readUInt16BE(0) === 0x0103) lent = true;
          client.write(chunk);
        });
      }
    },
  };
}

it("a relay that is lent after the connection was closed is given back", async () => {
  const [turn, browser] = [await startTurn(), await offeringBrowser()];
  const line = await heldLine(turn);
  const username = `${Math.floor(Date.now() / 1000) + 600}:host`;
  const credential = createHmac("sha1", turn.secret).update(username).digest("base64");
  const settings = {
    path: "turn",
    addresses: [],
    stunUrl: undefined,
    turn: { url: `turn:127.0.0.1:${line.port}?transport=tcp`, serverName: undefined, username, credential },
  } as const;
  const before = openHandles();
  const peer = openWeriftPeer(settings, { candidate: () => {} }, { connectLimitMs: 15_000 });
  await peer.answer(browser.offer);
  await vi.waitFor(() => expect(line.isCalled()).toBe(true), { timeout: 15_000 });
  peer.close();
  // What ends the connection is a timer that was set just now: this one comes after it.
  await new Promise((resolve) => setTimeout(resolve, 50));
  line.carry();
  await vi.waitFor(() => expect(line.hasLent()).toBe(true), { timeout: 15_000 });
  // Sockets of the test before may still have been closing when they were counted.
  await vi.waitFor(() => expect(openHandles()).toBeLessThanOrEqual(before), { timeout: 15_000 });
});
