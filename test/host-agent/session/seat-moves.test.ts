import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyEvent as key } from "../../support/strokes.ts";
import { openWay, type SeatStage, said, stageSeat, type ViewerEnd, wordsOf } from "./seat-stage.ts";

const strokes = (name: string) => [key(name, true), key(name, false)];

const kinds = ({ heard }: ViewerEnd) => heard.map(({ kind }) => kind).filter((kind) => kind !== "ping");
const typed = ({ injector }: SeatStage) =>
  injector.injected.map((one) => (one.kind === "key" ? `${one.code} ${one.down ? "down" : "up"}` : one.kind));

/** A viewer in control that sits at its seat over the relay. */
async function seated() {
  const stage = stageSeat({ role: "control" });
  const viewer = stage.arrive();
  const relay = await openWay(stage, viewer, 1, "relay");
  await relay.use();
  return { stage, viewer, relay };
}

/** Time passes with a viewer that is there, and whose pipes all stay open. */
async function pass(durationMs: number, ...ends: ViewerEnd[]): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 1_000) {
    await vi.advanceTimersByTimeAsync(1_000);
    for (const end of ends) await end.say({ kind: "ping", clockMs: 0 });
  }
}

describe("a seat whose viewer moves to a better pipe", () => {
  it("says nothing there before the viewer does, and nothing on the other pipe after it", async () => {
    const { stage, viewer, relay } = await seated();
    expect(kinds(relay)).toEqual(["role", "paused"]);
    const direct = await openWay(stage, viewer, 2, "direct");
    stage.seat.setRole("view");
    await said();
    expect(kinds(direct)).toEqual([]);
    expect(kinds(relay)).toEqual(["role", "paused", "role"]);
    relay.heard.length = 0;
    await direct.use();
    stage.seat.setPaused(true);
    await relay.say({ kind: "ping", clockMs: 5 });
    expect(kinds(direct)).toEqual(["role", "paused", "paused", "pong"]);
    expect(direct.heard[0]).toEqual({ kind: "role", role: "view" });
    expect(relay.heard).toEqual([]);
    expect(stage.told).toEqual(["live relay", "live direct"]);
  });

  it("takes what still comes over the left pipe, and what is repeated on the new one, once and in order", async () => {
    const { stage, viewer, relay } = await seated();
    await relay.input(1, ...strokes("KeyA"));
    const direct = await openWay(stage, viewer, 2, "direct");
    await direct.use();
    await relay.input(1, ...strokes("KeyA"), ...strokes("KeyB"));
    await direct.input(3, ...strokes("KeyB"), ...strokes("KeyC"));
    await relay.input(3, ...strokes("KeyB"));
    expect(typed(stage)).toEqual(["A", "B", "C"].flatMap((name) => [`Key${name} down`, `Key${name} up`]));
    await vi.waitFor(() =>
      expect(direct.heard.findLast(({ kind }) => kind === "input-ack")).toEqual({ kind: "input-ack", sequence: 6 }),
    );
  });

  it("does not take the end of the left pipe for a loss", async () => {
    const { stage, viewer, relay } = await seated();
    const direct = await openWay(stage, viewer, 2, "direct");
    await direct.use();
    await direct.input(1, key("ShiftLeft", true));
    relay.pipe.close();
    await said();
    expect(stage.told).toEqual(["live relay", "live direct"]);
    expect(stage.injector.held).toEqual(["ShiftLeft"]);
    expect(direct.pipe.state).toBe("open");
  });

  it("goes on with one picture, over all its pipes", async () => {
    const { stage, viewer } = await seated();
    expect(stage.streams.size).toBe(1);
    const [before] = stage.streams;
    await (await openWay(stage, viewer, 2, "direct")).use();
    expect([...stage.streams]).toEqual([before]);
  });

  it("moves back down when the better pipe breaks, with everything held let go and no input counted twice", async () => {
    const { stage, viewer } = await seated();
    const direct = await openWay(stage, viewer, 2, "direct");
    await direct.use();
    await direct.input(1, ...strokes("KeyA"), key("ShiftLeft", true));
    stage.peers[0]?.far.close();
    await said();
    expect(stage.told).toEqual(["live relay", "live direct", "away"]);
    const again = await openWay(stage, stage.arrive(), 1, "relay");
    await again.use();
    await again.input(1, ...strokes("KeyA"), key("ShiftLeft", true), ...strokes("KeyB"));
    expect(stage.told.at(-1)).toBe("live relay");
    expect(typed(stage)).toEqual([
      ...["KeyA down", "KeyA up", "ShiftLeft down"],
      ...["ShiftLeft up"], // let go when the pipe broke
      ...["KeyB down", "KeyB up"],
    ]);
  });
});

describe("a seat that a pipe opens to", () => {
  it("gives up what another meeting was still trying, and keeps what is open", async () => {
    const { stage, viewer, relay } = await seated();
    viewer.say({ kind: "want-relay", attempt: 2 });
    await said();
    stage.arrive();
    expect(stage.relays.map(({ near }) => near.state)).toEqual(["open", "closed"]);
    await relay.input(1, ...strokes("KeyA"));
    expect(typed(stage)).toEqual(["KeyA down", "KeyA up"]);
  });

  it("says why a way came to nothing, unless there is one as good", async () => {
    const { stage, viewer } = await seated();
    for (const attempt of [2, 3]) {
      const direct = await openWay(stage, viewer, attempt, "direct");
      if (attempt === 3) await (await openWay(stage, viewer, 4, "direct")).use();
      direct.pipe.close();
      await said();
    }
    expect(stage.told).toEqual(["live relay", "no direct: the other side closed", "live direct"]);
  });
});

describe("a seat, as time passes", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("closes what its viewer has left and not closed, ten seconds later", async () => {
    const { stage, viewer, relay } = await seated();
    const direct = await openWay(stage, viewer, 2, "direct");
    await direct.use();
    await pass(9_000, direct);
    expect(relay.pipe.state).toBe("open");
    await pass(2_000, direct);
    expect([relay.pipe.state, direct.pipe.state]).toEqual(["closed", "open"]);
    expect(stage.told).toEqual(["live relay", "live direct"]);
  });

  it("opens four ways at once and no more, until its viewer leaves some of them", async () => {
    const { stage, viewer, relay } = await seated();
    const turn = await openWay(stage, viewer, 2, "turn");
    await openWay(stage, viewer, 3, "direct");
    const direct = await openWay(stage, viewer, 4, "direct");
    viewer.say({ kind: "want-relay", attempt: 5 });
    await said();
    expect([stage.peers.length, stage.relays.length]).toEqual([3, 1]);
    expect(wordsOf(viewer, "relay").at(-1)).toEqual({ kind: "relay", attempt: 5, url: "", ticket: "" });
    await direct.use();
    for (const end of [relay, turn]) end.pipe.close();
    await pass(11_000, direct);
    expect((await openWay(stage, viewer, 6, "relay")).pipe.state).toBe("open");
  });

  it("is away when its viewer falls silent, with everything let go, and goes on when it is heard again", async () => {
    const { stage, relay } = await seated();
    await relay.input(1, key("ShiftLeft", true));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(stage.injector.held).toEqual([]);
    expect(stage.told).toEqual(["live relay"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stage.told).toEqual(["live relay", "away"]);
    expect([stage.seat.isPresent, stage.streams.size, relay.pipe.state]).toEqual([false, 0, "open"]);
    relay.heard.length = 0;
    await relay.input(1, key("ShiftLeft", true), key("ShiftLeft", false), ...strokes("KeyA"));
    expect(stage.told).toEqual(["live relay", "away", "live relay"]);
    expect(stage.streams.size).toBe(1);
    expect(kinds(relay)).toEqual(["role", "paused", "input-ack"]);
    expect(typed(stage)).toEqual(["ShiftLeft down", "ShiftLeft up", "KeyA down", "KeyA up"]);
  });

  it("does not find a viewer by what a pipe brings that it has left", async () => {
    const { stage, viewer, relay } = await seated();
    const direct = await openWay(stage, viewer, 2, "direct");
    await direct.use();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stage.told.at(-1)).toBe("away");
    await relay.input(1, ...strokes("KeyA"));
    expect(stage.told.at(-1)).toBe("away");
    expect(stage.injector.injected).toEqual([]);
    // On the next pipe it comes again.
    const next = await openWay(stage, stage.arrive(), 1, "relay");
    await next.use();
    await next.input(1, ...strokes("KeyA"));
    expect(typed(stage)).toEqual(["KeyA down", "KeyA up"]);
  });

  it("believes nobody after this machine has slept: pipes closed, keys let go, nothing that waited done", async () => {
    const { stage, viewer, relay } = await seated();
    await relay.input(1, key("ShiftLeft", true));
    const direct = await openWay(stage, viewer, 2, "direct");
    stage.sleep();
    await relay.input(2, ...strokes("KeyA"));
    stage.seat.slept();
    await said();
    expect(stage.injector.held).toEqual([]);
    expect(typed(stage)).toEqual(["ShiftLeft down", "ShiftLeft up"]);
    expect(stage.told).toEqual(["live relay", "away"]);
    expect([relay.pipe.state, direct.pipe.state]).toEqual(["closed", "closed"]);
    expect(stage.seat.isGone).toBe(false);
    // Nor the meeting from before it.
    const { length } = stage.relays;
    viewer.say({ kind: "want-relay", attempt: 3 });
    await said();
    expect(stage.relays).toHaveLength(length);
  });
});
