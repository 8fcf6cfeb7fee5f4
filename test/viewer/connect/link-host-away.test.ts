import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { openRoom, startTestServer } from "../../signaling/running.ts";
import { linkProof, visit } from "../../support/visitor.ts";
import { answerTheDoor, LINK_SECRET, RESUME_SECRET } from "./host-at-the-door.ts";

const LIMIT = { timeout: 5_000, interval: 10 };
const ADMITTED = { kind: "admitted", role: "view", path: "auto", resumeSecret: RESUME_SECRET } as const;

/** A viewer about whom the person at the host is asked, while the host's own connection to the server breaks and comes back. */
async function askedWhileTheHostIsAway(askedForMs = 0) {
  const server = await startTestServer();
  const host = await openRoom(server);
  const door = answerTheDoor(host, (message, { meeting }) => {
    if (message.kind === "introduce") meeting.send({ kind: "asking" });
  });
  let aheadMs = 0;
  const seen: string[] = [];
  const nowMs = () => performance.now() + aheadMs;
  const visitor = visit(server.url, host.room, linkProof(LINK_SECRET), {
    path: "auto",
    nowMs,
    asking: () => seen.push("asking"),
    hostPresent: (present) => seen.push(present ? "host back" : "host away"),
  });
  onTestFinished(() => visitor.close());
  await vi.waitFor(() => expect(seen).toEqual(["asking"]), LIMIT);
  aheadMs += askedForMs;
  // From here on time passes when the test says so, too.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  host.client.once("connect", () => {
    host.client.emit("room.open", { room: host.room, ownerToken: host.ownerToken }, () => {});
  });
  host.client.io.engine.close();
  await vi.waitFor(() => expect(seen).toEqual(["asking", "host away", "host back"]), LIMIT);
  const pass = (durationMs: number) => {
    aheadMs += durationMs;
    vi.advanceTimersByTime(durationMs);
  };
  return { visitor, pass, meeting: door.visits[0]?.meeting };
}

describe("a viewer that waits for the person at the host, whose connection breaks and comes back", () => {
  afterEach(() => vi.useRealTimers());

  it("goes on waiting as long as it would have", async () => {
    const { visitor, pass, meeting } = await askedWhileTheHostIsAway();
    pass(20_000);
    expect(visitor.failure).toBeUndefined();
    meeting?.send(ADMITTED);
    await vi.waitFor(() => expect(visitor.resumeSecret).toEqual(RESUME_SECRET), LIMIT);
  });

  it("does not wait longer", async () => {
    const { visitor, pass } = await askedWhileTheHostIsAway(40_000);
    pass(5_000);
    expect(visitor.failure).toEqual({ kind: "refused", reason: "no-answer" });
  });
});

describe("a viewer that talks with the host through the server, while the host's own connection is away", () => {
  const TOKEN = "0123456789abcdefghijkl";

  /** A viewer whose input goes beside an unsealed picture, and a host that is gone until `back` is called. */
  async function talkingToNobody() {
    const server = await startTestServer();
    const host = await openRoom(server);
    const door = answerTheDoor(host, (message, { meeting }) => {
      if (message.kind === "introduce") meeting.send(ADMITTED);
      if (message.kind === "want-mjpeg") meeting.send({ kind: "mjpeg", token: TOKEN });
    });
    const seen: boolean[] = [];
    const visitor = visit(server.url, host.room, linkProof(LINK_SECRET), {
      path: "auto",
      hostPresent: (present) => seen.push(present),
    });
    onTestFinished(() => visitor.close());
    await visitor.settled;
    const heard = () =>
      (door.visits[0]?.said ?? []).flatMap((message) => (message.kind === "message" ? [message.bytes[0]] : []));
    // The visitor's own first word, by which it uses the pipe.
    await vi.waitFor(() => expect(heard()).toHaveLength(1), LIMIT);
    host.client.io.engine.close();
    await vi.waitFor(() => expect(seen).toEqual([false]), LIMIT);
    const back = async () => {
      const { room, ownerToken } = host;
      await host.client.timeout(5_000).emitWithAck("room.open", { room, ownerToken });
      await vi.waitFor(() => expect(seen).toEqual([false, true]), LIMIT);
    };
    return { pipe: visitor.open?.pipe, back, heard: () => heard().slice(1), meeting: door.visits[0]?.meeting };
  }

  it("is heard when the host is back, in order, and its meeting goes on", async () => {
    const { pipe, back, heard } = await talkingToNobody();
    pipe?.send(Uint8Array.of(1));
    pipe?.send(Uint8Array.of(2));
    // Whoever paces what it sends sees that nothing leaves.
    expect(pipe?.unsentBytes).toBeGreaterThan(0);
    await back();
    pipe?.send(Uint8Array.of(3));
    await vi.waitFor(() => expect(heard()).toEqual([1, 2, 3]), LIMIT);
    await vi.waitFor(() => expect(pipe?.unsentBytes).toBe(0), LIMIT);
  });

  it("loses its meeting when it says more than a conversation's worth", async () => {
    const { pipe, back, heard, meeting } = await talkingToNobody();
    for (let said = 0; said < 100; said++) pipe?.send(Uint8Array.of(said));
    await back();
    await vi.waitFor(() => expect(heard()).toEqual(Array.from({ length: 64 }, (_, said) => said)), LIMIT);
    expect(meeting?.proven).toBeDefined();
    pipe?.send(Uint8Array.of(100));
    await vi.waitFor(() => expect(meeting?.proven).toBeUndefined(), LIMIT);
    expect(heard()).toHaveLength(64);
  });
});
