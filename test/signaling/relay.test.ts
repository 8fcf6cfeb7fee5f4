import { describe, expect, it, vi } from "vitest";
import { MAX_RECORD_BYTES } from "../../protocol/pipe.ts";
import type { Limits } from "../../signaling/core/limits.ts";
import { issueTickets } from "../../signaling/relay-ticket.ts";
import { openLine } from "../support/tcp-line.ts";
import {
  askForRelay,
  connect,
  connectRelay,
  disconnected,
  joinRoom,
  openRoom,
  RELAYING,
  type RelayClient,
  type Relaying,
  ROOMY,
  randomToken,
  startTestRelay,
  startTestServer,
} from "./running.ts";

const LIMIT = { timeout: 10_000 };
const [CONTROL, PICTURE] = [1, 2];

/** A record as the relay sees it: a channel, a number of the test's own, and bytes that say nothing. */
function record(channel: number | undefined, number: number, length = 64): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xaa);
  bytes.set([channel ?? 0, number >> 8, number & 0xff]);
  return bytes;
}
const numberOf = (bytes: Uint8Array): number => ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);

/** One end of a relay, and everything it hears, by channel. */
async function enter(url: string, ticket: string) {
  const heard = { opened: 0, control: [] as number[], pictures: [] as number[], records: [] as Uint8Array[] };
  const listen = (client: RelayClient) => {
    client.on("open", () => {
      heard.opened += 1;
    });
    client.on("record", (bytes) => {
      const own = new Uint8Array(bytes);
      heard.records.push(own);
      (own[0] === PICTURE ? heard.pictures : heard.control).push(numberOf(own));
    });
  };
  return { client: await connectRelay(url, { ticket }, listen), heard };
}

/** Both ends of a fresh relay, open. */
async function openRelay({ server, relay }: Relaying, viewerUrl = relay.url) {
  const room = await openRoom(server);
  const tickets = await askForRelay(room);
  const { client: host, heard: atHost } = await enter(relay.url, tickets.host);
  const { client: viewer, heard: atViewer } = await enter(viewerUrl, tickets.viewer);
  await vi.waitFor(() => expect([atHost.opened, atViewer.opened]).toEqual([1, 1]), LIMIT);
  return { room, tickets, host, viewer, atHost, atViewer };
}

const inside = async (limits: Partial<Limits>): Promise<Relaying> => {
  const server = await startTestServer({ limits });
  return { server, relay: server };
};

const refused = (url: string, auth: object) => expect(connectRelay(url, auth)).rejects;

describe.each(RELAYING)("a relay %s", (_where, start) => {
  it("opens when both ends are there, whichever comes first", async () => {
    const { server, relay } = await start();
    const tickets = await askForRelay(await openRoom(server));
    const { heard: viewer } = await enter(relay.url, tickets.viewer);
    expect(viewer.opened).toBe(0);
    const { heard: host } = await enter(relay.url, tickets.host);
    await vi.waitFor(() => expect([host.opened, viewer.opened]).toEqual([1, 1]), LIMIT);
  });

  it("carries records of every size both ways, byte for byte and in order", async () => {
    const { host, viewer, atHost, atViewer } = await openRelay(await start());
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

  it("refuses whoever has no ticket, or has changed a letter of one, and nothing of that takes a place", async () => {
    const { server, relay } = await start();
    const tickets = await askForRelay(await openRoom(server));
    for (const auth of [
      {},
      { ticket: "" },
      { ticket: 7 },
      { ticket: "x".repeat(30) },
      { ticket: tickets.host, extra: 1 },
    ]) {
      await refused(relay.url, auth).toThrow("bad-ticket");
    }
    const otherSide = tickets.viewer.replace(/^v/, "h");
    const otherRelay = tickets.viewer.replace(/(?<=^v\.)./, (letter) => (letter === "A" ? "B" : "A"));
    const laterOn = tickets.viewer.replace(/\.(\d+)(?=\.[^.]+$)/, (_, expires: string) => `.${Number(expires) + 1}`);
    const otherMac =
      tickets.viewer.slice(0, -2) + (tickets.viewer.at(-2) === "A" ? "B" : "A") + tickets.viewer.slice(-1);
    for (const ticket of [otherSide, otherRelay, laterOn, otherMac]) {
      expect(ticket).not.toBe(tickets.viewer);
      await refused(relay.url, { ticket }).toThrow("bad-ticket");
    }
    await enter(relay.url, tickets.host);
    await enter(relay.url, tickets.viewer);
  });

  it("takes each ticket once, before and after both ends are there, and the first ones go on", async () => {
    const place = await start();
    const waiting = await askForRelay(await openRoom(place.server));
    await enter(place.relay.url, waiting.viewer);
    await refused(place.relay.url, { ticket: waiting.viewer }).toThrow("used");

    const { tickets, host, viewer, atViewer } = await openRelay(place);
    await refused(place.relay.url, { ticket: tickets.viewer }).toThrow("used");
    await refused(place.relay.url, { ticket: tickets.host }).toThrow("used");
    host.emit("record", record(CONTROL, 7));
    await vi.waitFor(() => expect(atViewer.control).toEqual([7]), LIMIT);
    expect(viewer.connected).toBe(true);
  });

  it("lets only one of two in who come with one ticket at the same time", async () => {
    const { server, relay } = await start();
    const { viewer: ticket } = await askForRelay(await openRoom(server));
    const clients = await Promise.allSettled([
      connectRelay(relay.url, { ticket }),
      connectRelay(relay.url, { ticket }),
    ]);
    const inside = () => clients.filter((client) => client.status === "fulfilled" && client.value.connected).length;
    await vi.waitFor(() => expect(inside()).toBe(1), LIMIT);
  });

  it.each(["host", "viewer"] as const)("ends when its %s leaves, last words first, for good", async (who) => {
    const place = await start();
    const { tickets, host, viewer, atHost, atViewer } = await openRelay(place);
    const [leaver, other, heard] = who === "host" ? [host, viewer, atViewer] : [viewer, host, atHost];
    const ended = disconnected(other);
    for (let number = 1; number <= 20; number += 1) leaver.emit("record", record(CONTROL, number, 8_000));
    leaver.disconnect();
    await ended;
    expect(heard.control.at(-1)).toBe(20);
    await refused(place.relay.url, { ticket: tickets.viewer }).toThrow("used");
    await refused(place.relay.url, { ticket: tickets.host }).toThrow("used");
  });

  it("is over when the one who waited leaves, also for the other", async () => {
    const { server, relay } = await start();
    const tickets = await askForRelay(await openRoom(server));
    const { client: host } = await enter(relay.url, tickets.host);
    host.disconnect();
    // The relay hears of it a moment later: until then somebody may come, and is sent away again.
    await vi.waitFor(() => refused(relay.url, { ticket: tickets.viewer }).toThrow("used"), LIMIT);
  });

  it("goes on while the host's signaling connection is gone", async () => {
    const { room, host, atViewer } = await openRelay(await start());
    const gone = disconnected(room.client);
    room.client.disconnect();
    await gone;
    host.emit("record", record(CONTROL, 3));
    await vi.waitFor(() => expect(atViewer.control).toEqual([3]), LIMIT);
  });

  it("lets a room have only so many at once, and another room its own", async () => {
    const { server, relay } = await start({ ...ROOMY, relaysPerRoom: 2 });
    const room = await openRoom(server);
    const first = await enter(relay.url, (await askForRelay(room)).host);
    await enter(relay.url, (await askForRelay(room)).host);
    const third = await askForRelay(room);
    await refused(relay.url, { ticket: third.host }).toThrow("too-many");
    await enter(relay.url, (await askForRelay(await openRoom(server))).host);
    first.client.disconnect();
    await vi.waitFor(() => connectRelay(relay.url, { ticket: third.host }), LIMIT);
  });

  it("cuts off who sends what is no record, and who does not wait for the other end", async () => {
    const place = await start({ ...ROOMY, malformedPerSocket: 4 });
    const { host, viewer } = await openRelay(place);
    const raw = host as { emitWithAck(event: string, ...args: unknown[]): Promise<unknown> };
    expect(await raw.emitWithAck("record", "text")).toEqual({ ok: false });
    expect(await raw.emitWithAck("record", new Uint8Array(0))).toEqual({ ok: false });
    expect(await raw.emitWithAck("record", new Uint8Array(MAX_RECORD_BYTES + 1))).toEqual({ ok: false });
    const ended = Promise.all([disconnected(host), disconnected(viewer)]);
    host.emit("record", new Uint8Array(0));
    await ended;

    const { client: early } = await enter(place.relay.url, (await askForRelay(await openRoom(place.server))).viewer);
    const cut = disconnected(early);
    for (let number = 0; number < 4; number += 1) early.emit("record", record(CONTROL, number));
    await cut;
  });
});

describe("a server", () => {
  it("gives tickets to hosts only", async () => {
    const server = await startTestServer();
    const stranger = await connect(server);
    expect(await stranger.emitWithAck("room.relay", {})).toEqual({ ok: false, error: "bad-request" });
    const { client } = await joinRoom(server, await openRoom(server));
    expect(await client.emitWithAck("room.relay", {})).toEqual({ ok: false, error: "bad-request" });
  });

  it("names no place for the relay inside it, and the place of one elsewhere", async () => {
    for (const [where, start] of RELAYING) {
      const { server, relay } = await start();
      const { client } = await openRoom(server);
      const { url } = await client
        .emitWithAck("room.relay", {})
        .then((answer) => (answer.ok ? answer : { url: "none" }));
      expect(url).toBe(where === "apart from it" ? relay.url : undefined);
      expect(await (await fetch(`${server.url}/config.json`)).json()).toMatchObject({ relay: true });
    }
  });

  it("that has it off refuses in words, says so to its pages, and lets nobody in there", async () => {
    const server = await startTestServer({ relay: { at: "nowhere" } });
    const host = await openRoom(server);
    expect(await host.client.emitWithAck("room.relay", {})).toEqual({ ok: false, error: "off" });
    expect(await (await fetch(`${server.url}/config.json`)).json()).toMatchObject({ relay: false });
    await refused(server.url, { ticket: "x".repeat(30) }).toThrow("websocket error");
  });

  it("whose relay is elsewhere relays nothing itself", async () => {
    const { server } = await apart();
    const { viewer: ticket } = await askForRelay(await openRoom(server));
    await refused(server.url, { ticket }).toThrow("websocket error");
  });
});

const apart = async () => {
  const relay = await startTestRelay();
  const { url, secret } = relay;
  return { relay, server: await startTestServer({ relay: { at: "apart", url, secret } }) };
};

describe("a relay on a process of its own", () => {
  it("is healthy, and is nothing but a relay", async () => {
    const relay = await startTestRelay();
    expect(await (await fetch(`${relay.url}/healthz`)).json()).toEqual({ status: "ok" });
    for (const path of ["/", "/index.html", "/config.json", "/mjpeg/abcdefghijklmnopqrstuv"]) {
      expect((await fetch(relay.url + path)).status, path).toBe(404);
    }
    await expect(connect(relay)).rejects.toThrow("websocket error");
  });

  it("refuses tickets of another secret, of the past and of a time to come", async () => {
    const { relay } = await apart();
    const now = Date.now();
    const ticket = (secret: string, atMs: number) => ({ ticket: issueTickets(secret, "7316", atMs).viewer });
    await refused(relay.url, ticket(randomToken(), now)).toThrow("bad-ticket");
    await refused(relay.url, ticket(relay.secret, now - 61_000)).toThrow("untimely");
    await refused(relay.url, ticket(relay.secret, now + 45_000)).toThrow("untimely");
    await connectRelay(relay.url, ticket(relay.secret, now - 50_000));
    await connectRelay(relay.url, ticket(relay.secret, now + 20_000));
  });

  it("answers to pages that it is told of, and to hosts, which are no pages", async () => {
    const relay = await startTestRelay({ allowedOrigins: ["https://desk.example"] });
    const from = (origin: string) => ({ extraHeaders: { origin } });
    const ticket = () => ({ ticket: issueTickets(relay.secret, "7316", Date.now()).viewer });
    await connectRelay(relay.url, ticket(), undefined, from("https://desk.example"));
    await connectRelay(relay.url, ticket());
    await expect(connectRelay(relay.url, ticket(), undefined, from("https://other.example"))).rejects.toThrow();
    expect(relay.logged.join("\n")).toContain("--allowed-origins");
  });

  it("that ends takes its relays along at once, and neither room nor viewer from the server", async () => {
    const place = await apart();
    const { room, host, viewer } = await openRelay(place);
    const joined = await joinRoom(place.server, room);
    const ended = Promise.all([disconnected(host, 1_000), disconnected(viewer, 1_000)]);
    await place.relay.close();
    await ended;
    expect([room.client.connected, joined.client.connected]).toEqual([true, true]);
    expect(await askForRelay(room)).toMatchObject({ ok: true });
  });
});

describe("a viewer that does not keep up", () => {
  /** More than the buffers of all sockets between server and viewer hold. */
  const FLOOD = 1_500;
  const UNLIMITED = { ...ROOMY, relayBytesPerSecond: 1e9, relayByteBurst: 1e9 };

  it("loses pictures of a host that does not wait, never control, and always gets the newest", async () => {
    const place = await inside(UNLIMITED);
    const line = await openLine(place.relay.port);
    const { host, atViewer } = await openRelay(place, line.url);
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
    const place = await inside(UNLIMITED);
    const line = await openLine(place.relay.port);
    const { host } = await openRelay(place, line.url);
    const bystanders = await openRelay(place);
    line.stall();
    const ended = disconnected(host, 15_000);
    for (let number = 1; number <= FLOOD; number += 1) host.emit("record", record(CONTROL, number, MAX_RECORD_BYTES));
    await ended;
    expect(place.relay.logged.join("\n")).toContain("did not read what it was sent");
    bystanders.host.emit("record", record(CONTROL, 1));
    await vi.waitFor(() => expect(bystanders.atViewer.control).toEqual([1]), LIMIT);
  });

  it("loses nothing of a host that waits for the acks", async () => {
    const place = await inside(UNLIMITED);
    const line = await openLine(place.relay.port);
    const { host, atViewer } = await openRelay(place, line.url);
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
    const { host, atViewer } = await openRelay(await inside(SLOW));
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
    const { host, atViewer } = await openRelay(await inside(SLOW));
    for (let number = 1; number <= 20; number += 1) host.emit("record", record(PICTURE, number, MAX_RECORD_BYTES));
    host.emit("record", record(CONTROL, 99));
    await vi.waitFor(() => expect(atViewer.control).toEqual([99]), LIMIT);
    expect(atViewer.pictures.at(-1)).not.toBe(20);
    await vi.waitFor(() => expect(atViewer.pictures.at(-1)).toBe(20), LIMIT);
  });

  it("is no fresh one for a relay that follows another", async () => {
    const place = await inside(SLOW);
    const { room, host } = await openRelay(place);
    const burst = async (from: RelayClient) => {
      for (let number = 1; number <= RATE / 2 / MAX_RECORD_BYTES; number += 2) {
        await Promise.all(
          [number, number + 1].map((one) => from.emitWithAck("record", record(PICTURE, one, MAX_RECORD_BYTES))),
        );
      }
    };
    const startMs = performance.now();
    await burst(host);
    const ended = disconnected(host);
    host.disconnect();
    await ended;
    const tickets = await askForRelay(room);
    const { client: next } = await enter(place.relay.url, tickets.host);
    const { heard } = await enter(place.relay.url, tickets.viewer);
    await vi.waitFor(() => expect(heard.opened).toBe(1), LIMIT);
    await burst(next);
    // The first burst is free; the second has to be earned since then, which takes half a second.
    expect(performance.now() - startMs).toBeGreaterThan(500 * 0.95);
  });

  it("ends a host that sends twice as much as may pass", async () => {
    const place = await inside(SLOW);
    const { host } = await openRelay(place);
    const ended = disconnected(host);
    for (let number = 1; number <= 100; number += 1) host.emit("record", record(PICTURE, number, MAX_RECORD_BYTES));
    await ended;
    expect(place.relay.logged.join("\n")).toContain("sent too much");
  });
});
