import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { IceAnswer, IceServer } from "../../protocol/signaling.ts";
import { turnCredential } from "../../signaling/ice.ts";
import { joinRoom, openRoom, ROOMY, startTestServer, type TestHost } from "./running.ts";

const turn = {
  urls: ["turn:turn.example:3478", "turns:turn.example:5349"],
  secret: "a-shared-secret-of-two",
  ttlS: 600,
};
const STATIC: readonly IceServer[] = [
  { urls: "stun:stun.example:3478" },
  { urls: ["stun:mixed.example", "turn:mixed.example"], username: "anna", credential: "hush" },
];

const ask = (host: TestHost, viewer: string): Promise<IceAnswer> =>
  host.client.timeout(5_000).emitWithAck("room.ice", { viewer });

async function asked(host: TestHost, viewer: string): Promise<Extract<IceAnswer, { ok: true }>> {
  const answer = await ask(host, viewer);
  if (!answer.ok) throw new Error(answer.error);
  return answer;
}

describe("the servers for the two ends of a session", () => {
  it("are the operator's, and TURN with a password of its own for each end", async () => {
    const server = await startTestServer({ iceServers: STATIC, turn });
    const host = await openRoom(server);
    const { viewer } = await joinRoom(server, host);
    const beforeS = Math.floor(Date.now() / 1000);
    const answer = await asked(host, viewer);
    const names = [answer.host, answer.viewer].map((servers) => {
      expect(servers.slice(0, 2)).toEqual(STATIC);
      const [, , made] = servers;
      expect(made?.urls).toEqual(turn.urls);
      const [, expiryS = "", id] = /^([0-9]+):(.+)$/.exec(made?.username ?? "") ?? [];
      expect(Number(expiryS) - beforeS).toBeGreaterThanOrEqual(turn.ttlS);
      expect(Number(expiryS) - beforeS).toBeLessThanOrEqual(turn.ttlS + 5);
      expect(made?.credential).toBe(createHmac("sha1", turn.secret).update(`${expiryS}:${id}`).digest("base64"));
      return id;
    });
    expect(names[0]).not.toBe(names[1]);
    expect(names[0]).toMatch(new RegExp(`^${host.room}-[0-9a-f]{12}$`));
  });

  it("can be had again for the same viewer, with fresh passwords", async () => {
    const server = await startTestServer({ turn });
    const host = await openRoom(server);
    const { viewer } = await joinRoom(server, host);
    const first = await asked(host, viewer);
    const second = await asked(host, viewer);
    const passwords = [...first.host, ...first.viewer, ...second.host, ...second.viewer].map((one) => one.credential);
    expect(new Set(passwords).size).toBe(4);
  });

  it("are none where the operator named none, but the server's own STUN", async () => {
    const server = await startTestServer({ stun: { port: 0, doWithoutIfBusy: false } });
    const host = await openRoom(server);
    const { viewer } = await joinRoom(server, host);
    expect(server.stunPort).toBeGreaterThan(0);
    expect(await ask(host, viewer)).toEqual({ ok: true, stunPort: server.stunPort, host: [], viewer: [] });
    const without = await startTestServer();
    const other = await openRoom(without);
    const guest = await joinRoom(without, other);
    expect(await ask(other, guest.viewer)).toEqual({ ok: true, host: [], viewer: [] });
  });

  it("are for nobody but the host of a viewer that is there now", async () => {
    const server = await startTestServer({ iceServers: STATIC, turn });
    const host = await openRoom(server);
    const other = await openRoom(server);
    const { client, viewer } = await joinRoom(server, host);
    const refused = { ok: false, error: "bad-request" };
    expect(await ask({ ...host, client }, viewer)).toEqual(refused);
    expect(await ask(other, viewer)).toEqual(refused);
    expect(await ask(host, "host")).toEqual(refused);
    expect(await ask(host, host.client.id ?? "")).toEqual(refused);
    expect(await ask(host, viewer)).toMatchObject({ ok: true });
    host.client.emit("room.dismiss", { viewer });
    expect(await ask(host, viewer)).toEqual(refused);
  });

  it("are handed out thirty times a minute to one address", async () => {
    const server = await startTestServer({ turn, limits: ROOMY });
    const host = await openRoom(server);
    const { viewer } = await joinRoom(server, host);
    for (let count = 0; count < 30; count += 1) expect(await ask(host, viewer)).toMatchObject({ ok: true });
    expect(await ask(host, viewer)).toEqual({ ok: false, error: "too-many" });
  });
});

describe("what everybody can read", () => {
  it("holds no credential, no name of a user and no TURN server", async () => {
    const server = await startTestServer({
      iceServers: STATIC,
      turn,
      stun: { port: 0, doWithoutIfBusy: false },
    });
    const text = await (await fetch(`${server.url}/config.json`)).text();
    expect(JSON.parse(text)).toEqual({
      iceServers: [{ urls: ["stun:stun.example:3478"] }, { urls: ["stun:mixed.example"] }],
      stunPort: server.stunPort,
      mjpeg: true,
      relay: true,
    });
    expect(text).not.toMatch(/turn|hush|anna|credential|username|secret/i);
  });
});

describe("a TURN password", () => {
  it("is the HMAC that coturn makes of the same name and secret", () => {
    // printf '1700000600:7316-0011' | openssl dgst -sha1 -hmac north -binary | base64
    expect(turnCredential({ secret: "north", ttlS: 600 }, "7316-0011", 1_700_000_000_999)).toEqual({
      username: "1700000600:7316-0011",
      credential: "+UAq2jQvA+G/OlcXy7YYGRfaRh4=",
    });
  });
});
