import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Certificates, makeCertificates } from "../../../lab/certificates.ts";
import { buildLab, type Lab, serverAddress } from "../../../lab/network.ts";
import { siteOf } from "../../../lab/pairs.ts";
import { startTurn, TURNS_PORT, type TurnMachine } from "../../../lab/turn-machine.ts";
import { converse, datagramsOf, type Ends, introduce, startPeerProcess } from "../../../support/peer-process.ts";

const LIMIT = { timeout: 20_000, interval: 50 };
const servers = ["turn"];
const turns = { address: serverAddress({ servers }, "turn"), port: TURNS_PORT };
/** A server that none of these hosts needs. */
const nowhere = { address: "203.0.113.200", port: 443 };

describe("a host behind a firewall, by a real coturn", () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let lab: Lab;
  let certificates: Certificates;
  let turn: TurnMachine;
  let ends: Ends | undefined;

  beforeAll(async () => {
    const sites = {
      viewer: siteOf("none", nowhere, turns),
      "udp-blocked": siteOf("udp-blocked", nowhere, turns),
      "turns-only": siteOf("turns-only", nowhere, turns),
    };
    lab = await buildLab({ seed: 7, servers, sites });
    cleanups.push(() => lab.remove());
    const folder = await mkdtemp(join(tmpdir(), "deskbeam-peer-turn-"));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    certificates = await makeCertificates(folder, ["turn.test"]);
    turn = await startTurn(lab.machine("turn"), folder, certificates);
    cleanups.push(() => turn.stop());
  }, 60_000);
  afterEach(async () => {
    await Promise.all([ends?.host.stop(), ends?.viewer.stop()]);
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }, 30_000);

  /** All ways to the TURN server, and a password for them as the signaling server makes it. */
  function withPassword(urls: readonly string[]) {
    const username = `${Math.floor(Date.now() / 1000) + 600}:host`;
    return [{ urls, username, credential: createHmac("sha1", turn.secret).update(username).digest("base64") }];
  }

  async function meet(site: string, env: Record<string, string>): Promise<Ends> {
    const [host, viewer] = await Promise.all([
      startPeerProcess(lab.machine(site).inside, env),
      startPeerProcess(lab.machine("viewer").inside),
    ]);
    ends = { host, viewer };
    await introduce(ends, {
      path: "turn",
      hostServers: withPassword(turn.urls),
      // The viewer's end may only use its TURN server, which it reaches over UDP.
      viewerServers: withPassword(turn.urls.slice(0, 1)),
    });
    return ends;
  }
  const trusting = () => ({ NODE_EXTRA_CA_CERTS: certificates.authority });

  it("that lets no UDP out connects over TCP, and outlives the end of the TURN server", async () => {
    const { host, viewer } = await meet("udp-blocked", trusting());
    const [{ sentences }] = [await host.first("probed")];
    expect(sentences[0]).toContain("gives no answer");
    expect(sentences[1]).toMatch(/transport=tcp answers in \d+ ms/);
    await converse({ host, viewer });
    expect((await host.first("opened")).path).toBe("turn");
    await turn.kill();
    for (let number = 0; number < 20; number += 1) host.order({ do: "send", text: `into the void ${number}` });
    // Longer than the first repetition of what is lost: it has tried, and is still there.
    const startMs = performance.now();
    await vi.waitFor(async () => {
      await datagramsOf(host);
      expect(performance.now() - startMs).toBeGreaterThan(2_500);
    }, LIMIT);
    expect([host.exitCode(), host.complaints()]).toEqual([undefined, ""]);
    await turn.start();
  }, 90_000);

  it("that lets only TLS out connects over TLS, when the server's certificate is trusted", async () => {
    const { host, viewer } = await meet("turns-only", trusting());
    const { sentences } = await host.first("probed");
    expect(sentences.map((sentence) => sentence.includes(" answers in "))).toEqual([false, false, true]);
    await converse({ host, viewer });
    expect((await host.first("opened")).path).toBe("turn");
  }, 90_000);

  it("says of a certificate it does not trust that it does not", async () => {
    const { host } = await meet("turns-only", {});
    const { sentences } = await host.first("probed");
    expect(sentences[2]).toMatch(/^turns:turn\.test:\d+\S* shows a certificate that this machine does not trust/);
    expect(host.news("opened")).toEqual([]);
  }, 90_000);
});
