import { expect, it, vi } from "vitest";
import { IceProber } from "../../../../host-agent/transport/ice/ice-prober.ts";
import { udpServer } from "./answering-servers.ts";

async function proberOfOne() {
  const server = await udpServer();
  const now = { ms: 0, network: "home" };
  const prober = new IceProber({
    nowMs: () => now.ms,
    network: () => now.network,
    limits: { limitMs: 300, graceMs: 0 },
  });
  const url = `turn:127.0.0.1:${server.port}`;
  const probe = (username = "anna") => prober.probe([{ urls: url, username, credential: `of ${username}` }]);
  return { server, now, probe };
}

it("viewers who come at once share one probe, and each keeps its own password", async () => {
  const { server, probe } = await proberOfOne();
  const found = await Promise.all(["anna", "ben", "cleo"].map(probe));
  expect(server.asked()).toBe(1);
  expect(found.map(({ turn }) => turn?.credential)).toEqual(["of anna", "of ben", "of cleo"]);
});

it("what answered is remembered for a minute, and then asked again while the old answer is told", async () => {
  const { server, now, probe } = await proberOfOne();
  await probe();
  now.ms = 59_999;
  await probe();
  expect(server.asked()).toBe(1);
  now.ms = 60_000;
  server.silence();
  expect((await probe()).turn).toBeDefined();
  await vi.waitFor(() => expect(server.asked()).toBeGreaterThan(1));
  // Whoever comes next waits for the new answer.
  expect((await probe()).turn).toBeUndefined();
});

it("on another network everything is asked again", async () => {
  const { server, now, probe } = await proberOfOne();
  await probe();
  now.network = "train";
  await probe();
  expect(server.asked()).toBe(2);
});

it("that nothing answered is remembered for five seconds only", async () => {
  const { server, now, probe } = await proberOfOne();
  server.silence();
  expect((await probe()).turn).toBeUndefined();
  const asked = server.asked();
  now.ms = 4_999;
  await probe();
  expect(server.asked()).toBe(asked);
  now.ms = 5_000;
  await probe();
  expect(server.asked()).toBeGreaterThan(asked);
});

it("at most four lists of servers are remembered", async () => {
  const server = await udpServer();
  const prober = new IceProber({ nowMs: () => 0, network: () => "home" });
  const list = (at: number) => [{ urls: [`stun:127.0.0.1:${server.port}`, `http://list.example/${at}`] }];
  for (let at = 0; at < 5; at += 1) await prober.probe(list(at));
  await prober.probe(list(4));
  expect(server.asked()).toBe(5);
  await prober.probe(list(0));
  expect(server.asked()).toBe(6);
});
