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
