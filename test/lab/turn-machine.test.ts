import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM } from "../support/browser.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { buildLab, type Lab, serverAddress } from "./network.ts";
import { siteOf } from "./pairs.ts";
import { startTurn, TURNS_PORT, type TurnMachine } from "./turn-machine.ts";

const servers = ["turn"];
const turns = { address: serverAddress({ servers }, "turn"), port: TURNS_PORT };
const nowhere = { address: "203.0.113.200", port: 443 };
const SENT_BYTES = 100_000;

describe("the lab's TURN server, as Chromium sees it", () => {
  const ends: (() => Promise<unknown>)[] = [];
  let lab: Lab;
  let certificates: Certificates;
  let turn: TurnMachine;

  beforeAll(async () => {
    const sites = {
      open: siteOf("none", nowhere, turns),
      "udp-blocked": siteOf("udp-blocked", nowhere, turns),
      "turns-only": siteOf("turns-only", nowhere, turns),
    };
    lab = await buildLab({ seed: 3, servers, sites });
    ends.push(() => lab.remove());
    const folder = await mkdtemp(join(tmpdir(), "deskbeam-turn-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    certificates = await makeCertificates(folder, ["turn.test"]);
    turn = await startTurn(lab.machine("turn"), folder, certificates);
    ends.push(() => turn.stop());
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** Two connections of one page, joined only by the relay: sends so many bytes, and tells what came. */
  async function sendThroughRelay(machine: string, url: string | undefined): Promise<string> {
    const browser: Browser = await chromium.launch({
      args: [...CHROMIUM.args, certificates.chromiumFlag],
      executablePath: await lab.machine(machine).wrapper(CHROMIUM.executablePath),
    });
    try {
      const page = await browser.newPage();
      const username = `${Math.floor(Date.now() / 1000) + 600}:lab`;
      const credential = createHmac("sha1", turn.secret).update(username).digest("base64");
      const server = { urls: url ?? "", username, credential };
      return await page.evaluate(
        async ({ server, bytes }) => {
          const settings = { iceServers: [server], iceTransportPolicy: "relay" as const };
          const [near, far] = [new RTCPeerConnection(settings), new RTCPeerConnection(settings)];
          near.onicecandidate = ({ candidate }) => void (candidate && far.addIceCandidate(candidate));
          far.onicecandidate = ({ candidate }) => void (candidate && near.addIceCandidate(candidate));
          const channel = near.createDataChannel("test");
          const arrived = new Promise<string>((resolve) => {
            far.ondatachannel = (event) => {
              let heard = 0;
              event.channel.onmessage = ({ data }) => {
                heard += data.byteLength;
                if (heard >= bytes) resolve(`${heard} bytes`);
              };
            };
            setTimeout(() => resolve(`silence; ${near.iceGatheringState}, ${near.iceConnectionState}`), 5000);
          });
          channel.onopen = () => {
            for (let sent = 0; sent < bytes; sent += 10_000) channel.send(new Uint8Array(10_000));
          };
          await near.setLocalDescription();
          if (near.localDescription) await far.setRemoteDescription(near.localDescription);
          await far.setLocalDescription();
          if (far.localDescription) await near.setRemoteDescription(far.localDescription);
          const told = await arrived;
          near.close();
          far.close();
          return told;
        },
        { server, bytes: SENT_BYTES },
      );
    } finally {
      await browser.close();
    }
  }

  const [overUdp, overTcp, overTls] = [0, 1, 2];

  it.each([
    { machine: "open", by: "UDP", url: overUdp },
    { machine: "udp-blocked", by: "TCP", url: overTcp },
    { machine: "turns-only", by: "TLS, with the lab's own authority", url: overTls },
  ])("$machine: relays over $by, and the counters see it", async ({ machine, url }) => {
    const before = await turn.relayedBytes();
    expect(await sendThroughRelay(machine, turn.urls[url])).toBe(`${SENT_BYTES} bytes`);
    expect((await turn.relayedBytes()) - before).toBeGreaterThan(SENT_BYTES);
  });

  it("is out of reach where its ports are not let through", async () => {
    const before = await turn.relayedBytes();
    expect(await sendThroughRelay("udp-blocked", turn.urls[overUdp])).toMatch(/^silence/);
    expect(await sendThroughRelay("turns-only", turn.urls[overTcp])).toMatch(/^silence/);
    expect((await turn.relayedBytes()) - before).toBe(0);
  });
});
