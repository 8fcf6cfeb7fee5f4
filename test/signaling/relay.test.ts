import { describe, expect, it, vi } from "vitest";
import { MAX_RECORD_BYTES } from "../../protocol/pipe.ts";
import type { RelayAuth } from "../../protocol/signaling.ts";
import { openLine } from "../support/tcp-line.ts";
import {
  connect,
  connectRelay,
  disconnected,
  openRoom,
  type RelayClient,
  ROOMY,
  randomToken,
  startTestServer,
  type TestHost,
  type TestServer,
} from "./running.ts";

const LIMIT = { timeout: 10_000 };
const [CONTROL, PICTURE] = [1, 2];

/** A record as the relay sees it: a version, a channel, a number of the test's own, and bytes that say nothing. */
function record(channel: number | undefined, number: number, length = 64): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xaa);
  bytes.set([1, channel ?? 0, number >> 8, number & 0xff]);
  return bytes;
}
const numberOf = (bytes: Uint8Array): number => ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);

async function publish(server: TestServer): Promise<{ readonly host: TestHost; readonly token: string }> {
  const host = await openRoom(server);
  const token = randomToken();
  expect(await host.client.emitWithAck("relay.publish", { token })).toEqual({ ok: true });
  return { host, token };
}

const hostAuth = ({ host, token }: { host: TestHost; token: string }) => ({
  room: host.room,
  ownerToken: host.ownerToken,
  token,
});

/** One end of a relay, and everything it hears, by channel. */
async function enter(server: TestServer, auth: RelayAuth, url = server.url) {
  const heard = { opened: 0, control: [] as number[], pictures: [] as number[], records: [] as Uint8Array[] };
  const listen = (client: RelayClient) => {
    client.on("open", () => {
      heard.opened += 1;
    });
    client.on("record", (bytes) => {
      const own = new Uint8Array(bytes);
      heard.records.push(own);
      (own[1] === PICTURE ? heard.pictures : heard.control).push(numberOf(own));
    });
  };
  return { client: await connectRelay(server, auth, listen, url), heard };
}

/** Both ends of a fresh relay, open. */
async function openRelay(server: TestServer, viewerUrl = server.url) {
  const published = await publish(server);
  const { client: host, heard: atHost } = await enter(server, hostAuth(published));
  const { client: viewer, heard: atViewer } = await enter(server, { token: published.token }, viewerUrl);
  await vi.waitFor(() => expect([atHost.opened, atViewer.opened]).toEqual([1, 1]), LIMIT);
  return { ...published, signaling: published.host.client, host, viewer, atHost, atViewer };
}

const refused = (server: TestServer, auth: object) => expect(connectRelay(server, auth)).rejects;

describe("a relay", () => {
  it("opens when both ends are there, whichever comes first", async () => {
    const server = await startTestServer();
    const published = await publish(server);
    const { heard: viewer } = await enter(server, { token: published.token });
    expect(viewer.opened).toBe(0);
    const { heard: host } = await enter(server, hostAuth(published));
    await vi.waitFor(() => expect([host.opened, viewer.opened]).toEqual([1, 1]), LIMIT);
  });

  it("carries records of every size both ways, byte for byte and in order", async () => {
    const { host, viewer, atHost, atViewer } = await openRelay(await startTestServer());
    const sizes = [4, 5, 1200, MAX_RECORD_BYTES];
    const sent = [CONTROL, PICTURE].flatMap((channel) =>
      sizes.map((size, index) => record(channel, 300 + index, size)),
    );
    for (const bytes of sent.slice(0, sizes.length)) {
      host.emit("record", bytes);
      viewer.emit("record", bytes);
    }
    for (const bytes of sent.slice(sizes.length)) expect(await host.emitWithAck("record", bytes)).toEqual({ ok: true });
    await vi.waitFor(() => expect(atViewer.records.length).toBe(sent.length), LIMIT);
    await vi.waitFor(() => expect(atHost.records.length).toBe(sizes.length), LIMIT);
    expect(atViewer.records).toEqual(sent);
    expect(atHost.records).toEqual(sent.slice(0, sizes.length));
  });

  it("refuses whoever has the wrong token, and a host without its room", async () => {
    const server = await startTestServer();
    const published = await publish(server);
    const other = await openRoom(server);
    await refused(server, { token: randomToken() }).toThrow("bad-request");
    await refused(server, {}).toThrow("bad-request");
    await refused(server, { token: published.token, extra: 1 }).toThrow("bad-request");
    await refused(server, { ...hostAuth(published), ownerToken: randomToken() }).toThrow("bad-request");
    await refused(server, { room: other.room, ownerToken: other.ownerToken, token: published.token }).toThrow(
      "bad-request",
    );
    // Nothing of that has taken a place.
    await connectRelay(server, hostAuth(published));
    await connectRelay(server, { token: published.token });
  });

  it("refuses a second viewer and a second host, and the first ones go on", async () => {
    const server = await startTestServer();
    const { host, viewer, atViewer, token, ...published } = await openRelay(server);
    const owner = await openRoom(server);
    await refused(server, { token }).toThrow("too-many");
    expect(await owner.client.emitWithAck("relay.publish", { token })).toEqual({ ok: false, error: "bad-request" });
    expect(await published.signaling.emitWithAck("relay.publish", { token })).toMatchObject({ ok: false });
    host.emit("record", record(CONTROL, 7));
    await vi.waitFor(() => expect(atViewer.control).toEqual([7]), LIMIT);
    expect(viewer.connected).toBe(true);
  });

  it("lets only one of two viewers in who come at the same time", async () => {
    const server = await startTestServer();
    const { token } = await publish(server);
    const clients = await Promise.allSettled([connectRelay(server, { token }), connectRelay(server, { token })]);
    const inside = () => clients.filter((client) => client.status === "fulfilled" && client.value.connected).length;
    await vi.waitFor(() => expect(inside()).toBe(1), LIMIT);
  });

  it.each(["host", "viewer"] as const)(
    "ends when its %s leaves, last words first, and its token with it",
    async (who) => {
      const server = await startTestServer();
      const relay = await openRelay(server);
      const [leaver, other, heard] =
        who === "host" ? [relay.host, relay.viewer, relay.atViewer] : [relay.viewer, relay.host, relay.atHost];
      const ended = disconnected(other);
      for (let number = 1; number <= 20; number += 1) leaver.emit("record", record(CONTROL, number, 8_000));
      leaver.disconnect();
      await ended;
      expect(heard.control.at(-1)).toBe(20);
      await refused(server, { token: relay.token }).toThrow("bad-request");
    },
  );

  it("ends when its host revokes it, and not when another does", async () => {
    const server = await startTestServer();
    const { signaling, host, viewer, token } = await openRelay(server);
    const stranger = await openRoom(server);
    stranger.client.emit("relay.revoke", { token });
    expect(await stranger.client.emitWithAck("relay.publish", { token: randomToken() })).toEqual({ ok: true });
    expect(viewer.connected).toBe(true);
    const ended = Promise.all([disconnected(host), disconnected(viewer)]);
    signaling.emit("relay.revoke", { token });
    await ended;
  });

  it("goes on while the host's signaling connection is gone", async () => {
    const { signaling, host, atViewer } = await openRelay(await startTestServer());
    const gone = disconnected(signaling);
    signaling.disconnect();
    await gone;
    host.emit("record", record(CONTROL, 3));
    await vi.waitFor(() => expect(atViewer.control).toEqual([3]), LIMIT);
  });

  it("is for hosts only to publish, and for a room only so many", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, tokensPerRoom: 2 } });
    const stranger = await connect(server);
    const refusal = { ok: false, error: "bad-request" };
    expect(await stranger.emitWithAck("relay.publish", { token: randomToken() })).toEqual(refusal);
    const host = await openRoom(server);
    const answers = [];
    for (let count = 0; count < 3; count += 1) {
      answers.push(await host.client.emitWithAck("relay.publish", { token: randomToken() }));
    }
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: false, error: "too-many" }]);
  });

  it("is refused in words where the server has it off", async () => {
    const server = await startTestServer({ relay: false });
    const host = await openRoom(server);
    const token = randomToken();
    expect(await host.client.emitWithAck("relay.publish", { token })).toEqual({ ok: false, error: "off" });
    await refused(server, { token }).toThrow("off");
    const config = await (await fetch(`${server.url}/config.json`)).json();
    expect(config).toMatchObject({ relay: false });
  });

  it("cuts off who sends what is no record, and who does not wait for the other end", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, malformedPerSocket: 4 } });
    const { host, viewer } = await openRelay(server);
    const raw = host as { emitWithAck(event: string, ...args: unknown[]): Promise<unknown> };
    expect(await raw.emitWithAck("record", "text")).toEqual({ ok: false });
    expect(await raw.emitWithAck("record", new Uint8Array(0))).toEqual({ ok: false });
    expect(await raw.emitWithAck("record", new Uint8Array(MAX_RECORD_BYTES + 1))).toEqual({ ok: false });
    const ended = Promise.all([disconnected(host), disconnected(viewer)]);
    host.emit("record", new Uint8Array(0));
    await ended;

    const early = await connectRelay(server, { token: (await publish(server)).token });
    const cut = disconnected(early);
    for (let number = 0; number < 4; number += 1) early.emit("record", record(CONTROL, number));
    await cut;
  });
});

describe("a viewer that does not keep up", () => {
  /** More than the buffers of all sockets between server and viewer hold. */
  const FLOOD = 1_500;
  const UNLIMITED = { ...ROOMY, relayBytesPerSecond: 1e9, relayByteBurst: 1e9 };

  it("loses pictures of a host that does not wait, never control, and always gets the newest", async () => {
    const server = await startTestServer({ limits: UNLIMITED });
    const line = await openLine(server.port);
    const { host, atViewer } = await openRelay(server, line.url);
    line.stall();
    let dropped = 0;
    for (let number = 1; number <= FLOOD; number += 1) {
      host.emit("record", record(PICTURE, number, MAX_RECORD_BYTES), ({ ok }) => {
        if (!ok) dropped += 1;
      });
      if (number % 5 === 0) host.emit("record", record(CONTROL, number));
    }
    await vi.waitFor(() => expect(dropped).toBeGreaterThan(100), LIMIT);
    line.flow();
    await vi.waitFor(() => expect(atViewer.pictures.at(-1)).toBe(FLOOD), LIMIT);
    await vi.waitFor(() => expect(atViewer.control.at(-1)).toBe(FLOOD), LIMIT);
    expect(atViewer.control).toEqual(Array.from({ length: FLOOD / 5 }, (_, index) => (index + 1) * 5));
    expect(atViewer.pictures).toEqual([...atViewer.pictures].sort((a, b) => a - b));
    await vi.waitFor(() => expect(atViewer.pictures.length + dropped).toBe(FLOOD), LIMIT);
  });

  it("costs the server little: one that does not read even control is cut off, and nobody else", async () => {
    const server = await startTestServer({ limits: UNLIMITED });
    const line = await openLine(server.port);
    const { host } = await openRelay(server, line.url);
    const bystanders = await openRelay(server);
    line.stall();
    const ended = disconnected(host, 15_000);
    for (let number = 1; number <= FLOOD; number += 1) host.emit("record", record(CONTROL, number, MAX_RECORD_BYTES));
    await ended;
    expect(server.logged.join("\n")).toContain("did not read what it was sent");
    bystanders.host.emit("record", record(CONTROL, 1));
    await vi.waitFor(() => expect(bystanders.atViewer.control).toEqual([1]), LIMIT);
  });

  it("loses nothing of a host that waits for the acks", async () => {
    const server = await startTestServer({ limits: UNLIMITED });
    const line = await openLine(server.port);
    const { host, atViewer } = await openRelay(server, line.url);
    line.stall();
    let next = 1;
    let dropped = 0;
    const feed = (): void => {
      if (next > FLOOD) return;
      host.emit("record", record(PICTURE, next, MAX_RECORD_BYTES), ({ ok }) => {
        if (!ok) dropped += 1;
        feed();
      });
      next += 1;
    };
    for (let ahead = 0; ahead < 3; ahead += 1) feed();
    // It comes to a stand, with the sockets' buffers full.
    let seen = 0;
    await vi.waitFor(
      () => {
        const before = seen;
        seen = next;
        expect(next).toBe(before);
      },
      { ...LIMIT, interval: 300 },
    );
    expect(next).toBeLessThan(FLOOD);
    line.flow();
    await vi.waitFor(() => expect(atViewer.pictures.length).toBe(FLOOD), LIMIT);
    expect(dropped).toBe(0);
  });
});

describe("the rate of a room", () => {
  const RATE = 512 * 1024;
  const SLOW = { ...ROOMY, relayBytesPerSecond: RATE, relayByteBurst: RATE / 2 };

  it("holds back the pictures of a host that waits, and loses none", async () => {
    const { host, atViewer } = await openRelay(await startTestServer({ limits: SLOW }));
    const startMs = performance.now();
    const records = 96; // 1.5 MiB: half a second's burst is a quarter MiB of it
    const dropped: number[] = [];
    for (let number = 1; number <= records; number += 3) {
      const answers = [number, number + 1, number + 2].map((one) =>
        host.emitWithAck("record", record(PICTURE, one, MAX_RECORD_BYTES)),
      );
      dropped.push(...(await Promise.all(answers)).flatMap(({ ok }, index) => (ok ? [] : [number + index])));
    }
    await vi.waitFor(() => expect(atViewer.pictures.length).toBe(records), LIMIT);
    expect(dropped).toEqual([]);
    const heldMs = ((records * MAX_RECORD_BYTES - RATE / 2) / RATE) * 1000;
    expect(performance.now() - startMs).toBeGreaterThan(heldMs * 0.95);
  });

  it("does not touch control, which overtakes the pictures", async () => {
    const { host, atViewer } = await openRelay(await startTestServer({ limits: SLOW }));
    for (let number = 1; number <= 20; number += 1) host.emit("record", record(PICTURE, number, MAX_RECORD_BYTES));
    host.emit("record", record(CONTROL, 99));
    await vi.waitFor(() => expect(atViewer.control).toEqual([99]), LIMIT);
    expect(atViewer.pictures.at(-1)).not.toBe(20);
    await vi.waitFor(() => expect(atViewer.pictures.at(-1)).toBe(20), LIMIT);
  });

  it("ends a host that sends twice as much as may pass", async () => {
    const server = await startTestServer({ limits: SLOW });
    const { host } = await openRelay(server);
    const ended = disconnected(host);
    for (let number = 1; number <= 100; number += 1) host.emit("record", record(PICTURE, number, MAX_RECORD_BYTES));
    await ended;
    expect(server.logged.join("\n")).toContain("sent too much");
  });
});
