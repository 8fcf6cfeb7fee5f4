import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { RESUME_LIFETIME_MS, ResumeSecrets } from "../../../host-agent/core/resume-secrets.ts";
import { HostWords } from "../../../host-agent/session/host-words.ts";
import { Seats } from "../../../host-agent/session/seats.ts";
import { type MetViewer, meetViewer } from "./met-viewer.ts";
import { openWay, said } from "./seat-stage.ts";
import { stagePorts } from "./stage-ports.ts";

const GUEST = { id: "v1", label: "Firefox on Linux", from: "192.0.2.7", onlyMjpeg: false };
const VERDICT = { role: "view", mjpegAllowed: false, mjpegAskable: false } as const;
const MINUTE_MS = 60_000;
const nothing = () => {};

/** The seats of one host, its clocks in the test's hands. Ended with the test. */
function stageSeats(once = false) {
  const told: string[] = [];
  const { ports, ...staged } = stagePorts();
  const { injector, nowMs } = ports;
  const ui = {
    event: ({ event }: { event: string }) => told.push(event),
    notice: nothing,
    ask: nothing,
    withdraw: nothing,
    paused: nothing,
    listen: nothing,
    close: nothing,
  };
  const clock = { asleepMs: 0 };
  const resumes = new ResumeSecrets((length) => new Uint8Array(length));
  const seats = new Seats({
    path: "auto",
    once,
    injector,
    nowMs,
    timeOfDayMs: () => nowMs() + clock.asleepMs,
    uptimeMs: () => nowMs() + clock.asleepMs,
    words: new HostWords(ui, "http://server.example"),
    resumes,
    ports,
    events: {
      entered: nothing,
      changed: nothing,
      asksControl: nothing,
      signOfLife: nothing,
      back: nothing,
      away: nothing,
      gone: nothing,
      slept: () => told.push("slept"),
      served: () => told.push("served"),
    },
  });
  onTestFinished(() => seats.end("host-stopped"));
  const arrive = () => {
    const seat = seats.byId.get(GUEST.id) ?? seats.add(GUEST, VERDICT);
    const viewer: MetViewer = meetViewer({
      message: (message) => seat.hear(viewer.meeting, message),
      ended: () => seat.meetingEnded(viewer.meeting),
    });
    seat.welcome(viewer.meeting, resumes.renew(seat.id));
    return { seat, viewer };
  };
  return { ...staged, seats, told, arrive, clock, resumes };
}

/** One viewer, over a relay. */
async function seated(once = false) {
  const stage = stageSeats(once);
  const { seat, viewer } = stage.arrive();
  const relay = await openWay(stage, viewer, 1, "relay");
  await relay.use();
  return { stage, seat, viewer, relay };
}

describe("the seats of a host", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("do not take a viewer's silence for this machine's sleep", async () => {
    const { stage, relay } = await seated();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(stage.told).toEqual(["joined", "left"]);
    await relay.say({ kind: "ping", clockMs: 0 });
    expect(stage.told).toEqual(["joined", "left", "joined"]);
    expect(relay.pipe.state).toBe("open");
  });

  it("notice a sleep at the next beat, though nobody says anything", async () => {
    const { stage, seat, relay } = await seated();
    await vi.advanceTimersByTimeAsync(1_000);
    stage.clock.asleepMs += 10 * MINUTE_MS;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stage.told).toEqual(["joined", "left", "slept"]);
    expect(relay.pipe.state).toBe("closed");
    expect(stage.seats.sleptSince(seat)).toBeGreaterThanOrEqual(10 * MINUTE_MS);
  });

  it("believe no pipe from before a sleep, though its viewer's first word on it comes after", async () => {
    const { stage, viewer } = await seated();
    const direct = await openWay(stage, viewer, 2, "direct");
    stage.clock.asleepMs += 10 * MINUTE_MS;
    await direct.use();
    expect(stage.told).toEqual(["joined", "left", "slept"]);
    await said();
    expect(direct.pipe.state).toBe("closed");
  });

  it("are kept for ten minutes for whoever is lost, and for ever for whoever is back", async () => {
    const { stage, relay } = await seated();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(stage.told).toEqual(["joined", "left"]);
    const lostAtMs = performance.now();
    expect(stage.resumes.nextExpiryAtMs).toBeLessThan(lostAtMs + RESUME_LIFETIME_MS);
    // Heard again over the same pipe, without another proof.
    await relay.say({ kind: "ping", clockMs: 0 });
    expect(stage.resumes.nextExpiryAtMs).toBeUndefined();
    expect(stage.resumes.expire(lostAtMs + 2 * RESUME_LIFETIME_MS)).toEqual([]);
  });

  it("are for one viewer with --once until it has left, or has been lost for two minutes", async () => {
    const { stage } = await seated(true);
    // Silent from here on: lost after five seconds at the latest.
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stage.told).toEqual(["joined", "left"]);
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS - 5_000);
    expect(stage.told).toEqual(["joined", "left"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stage.told).toEqual(["joined", "left", "served"]);
  });

  it("are kept with --once for a viewer that is lost and comes back", async () => {
    const { stage } = await seated(true);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    const { viewer } = stage.arrive();
    const relay = await openWay(stage, viewer, 1, "relay");
    await relay.use(2);
    for (let second = 0; second < 180; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      await relay.say({ kind: "ping", clockMs: 0 });
    }
    expect(stage.told).toEqual(["joined", "left", "joined"]);
  });

  it("need no clock while nobody sits there, and do not take that time for sleep", async () => {
    const stage = stageSeats();
    expect(vi.getTimerCount()).toBe(0);
    const { seat } = stage.arrive();
    seat.end("kicked");
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    stage.arrive();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stage.told).not.toContain("slept");
  });
});
