import { expect, it, vi } from "vitest";
import { openWeriftPeer } from "../../../../host-agent/transport/werift/peer.ts";
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
