import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { uptimeMs } from "../../../host-agent/uptime.ts";
import type { InputEvent } from "../../../protocol/input.ts";
import { KEY_CODES } from "../../../protocol/key-code.ts";
import { startTestServer } from "../../signaling/running.ts";
import { installNodeBrowser, type NodeBrowser } from "../../support/node-browser.ts";
import { type NodeViewer, openNodeViewer } from "../../support/node-viewer.ts";
import { type SharedHost, shareHost } from "../../support/shared-host.ts";

/*
 * F8: the machine at the desktop sleeps. Its clocks are the test's: in sleep the monotonic one may stand still while its
 * uptime goes on; where a whole virtual machine was stopped, both jump. The time of day jumps with it, as the system sets
 * it forward by what was slept.
 */
const LIMIT = { timeout: 20_000, interval: 10 };
const MINUTE_MS = 60_000;
const KEY_EVERY_MS = 20;
const LETTERS = KEY_CODES.filter((code) => /^Key[A-Z]$/.test(code));

type Sleep = "the monotonic clock stands" | "both clocks jump";

let browser: NodeBrowser;
beforeAll(() => {
  browser = installNodeBrowser();
});
afterAll(() => browser.restore());

/** A host whose clocks can jump, and a viewer that types a letter every 20 ms while its page is live. */
async function shareAndType(approve: "ask" | "control") {
  const ahead = { monotonicMs: 0, sleptMs: 0 };
  const server = await startTestServer();
  const host = await shareHost(
    server.url,
    { approve },
    {
      nowMs: () => performance.now() + ahead.monotonicMs,
      timeOfDayMs: () => Date.now() + ahead.sleptMs,
      uptimeMs: () => uptimeMs() + ahead.sleptMs,
    },
  );
  onTestFinished(() => host.stop());
  const viewer = openNodeViewer(server.url, host);
  onTestFinished(() => viewer.close());
  const typed: string[] = [];
  const turn = setInterval(() => {
    const code = LETTERS[typed.length % LETTERS.length];
    const { state } = viewer.session;
    if (code === undefined || state.kind !== "live" || state.role !== "control") return;
    const key = (down: boolean): InputEvent => ({ kind: "key", code, down, repeat: false, text: "" });
    viewer.input(key(true), key(false));
    typed.push(code);
  }, KEY_EVERY_MS);
  const stopTyping = () => clearInterval(turn);
  onTestFinished(stopTyping);
  const sleep = (durationMs: number, how: Sleep) => {
    ahead.sleptMs += durationMs;
    if (how === "both clocks jump") ahead.monotonicMs += durationMs;
  };
  return { host, viewer, typed, sleep, stopTyping };
}

const pressed = ({ injector }: SharedHost) =>
  injector.injected.flatMap((one) => (one.kind === "key" && one.down ? [one.code] : []));
const untilTyped = (typed: readonly string[], more: number) => {
  const wanted = typed.length + more;
  return vi.waitFor(() => expect(typed.length).toBeGreaterThanOrEqual(wanted), LIMIT);
};
const untilLive = (viewer: NodeViewer) =>
  vi.waitFor(() => expect(viewer.session.state.kind, viewer.shown.join(", ")).toBe("live"), LIMIT);

/** How many keys had been pressed whenever the host had a session (again). */
function pressedAtJoins(host: SharedHost): number[] {
  const counts: number[] = [];
  host.ui.onEvent = ({ event }) => {
    if (event === "joined") counts.push(pressed(host).length);
  };
  return counts;
}

describe("a host that sleeps for ten minutes", () => {
  it("injects nothing between waking and the viewer's new proof, 20 times of 20, and everything after it", async () => {
    const { host, viewer, typed, sleep, stopTyping } = await shareAndType("control");
    await untilLive(viewer);
    const joins = pressedAtJoins(host);
    for (let time = 0; time < 20; time++) {
      await untilTyped(typed, 5);
      const before = pressed(host).length;
      sleep(10 * MINUTE_MS, time % 2 === 0 ? "the monotonic clock stands" : "both clocks jump");
      await vi.waitFor(() => expect(joins).toHaveLength(time + 1), LIMIT);
      expect(joins[time]).toBe(before);
      await untilLive(viewer);
    }
    stopTyping();
    await vi.waitFor(() => expect(pressed(host)).toEqual(typed), LIMIT);
    expect(host.injector.held).toEqual([]);
    expect(host.eventsOf("left").map(({ reason }) => reason)).toEqual(new Array(20).fill("no-progress"));
    expect(host.ui.questions).toEqual([]);
  }, 120_000);
});

describe("a host whose time of day is set", () => {
  it("goes on: an hour forward is no sleep", async () => {
    const { host, viewer, typed, stopTyping } = await shareAndType("control");
    await untilLive(viewer);
    await untilTyped(typed, 5);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60 * MINUTE_MS });
    onTestFinished(() => void vi.useRealTimers());
    // Longer than the host takes to notice a sleep.
    await untilTyped(typed, 2_000 / KEY_EVERY_MS);
    stopTyping();
    await vi.waitFor(() => expect(pressed(host)).toEqual(typed), LIMIT);
    expect(host.eventsOf("left")).toEqual([]);
  }, 40_000);
});

describe("a host that asks its person, and sleeps", () => {
  const letIn = async (one: Awaited<ReturnType<typeof shareAndType>>, questions: number) => {
    await vi.waitFor(() => expect(one.host.ui.questions).toHaveLength(questions), LIMIT);
    const viewer = one.host.ui.questions.at(-1)?.viewer ?? "";
    one.host.ui.command({ command: "approve", viewer, role: "control" });
    await untilLive(one.viewer);
  };

  it("asks again after more than five minutes; until then nothing is injected and nothing is shown", async () => {
    const one = await shareAndType("ask");
    const { host, viewer, typed, sleep } = one;
    await letIn(one, 1);
    await untilTyped(typed, 5);
    const before = pressed(host).length;
    sleep(6 * MINUTE_MS, "the monotonic clock stands");
    await vi.waitFor(() => expect(host.ui.questions).toHaveLength(2), LIMIT);
    const { updates } = viewer.session.stats().screen;
    host.capture.paint({ x: 0, y: 0, width: 8, height: 8 }, () => 0xff0000);
    // Longer than anything takes that is allowed.
    const askedMs = performance.now();
    await vi.waitFor(() => expect(performance.now() - askedMs).toBeGreaterThan(1_000), LIMIT);
    expect([pressed(host).length, viewer.session.stats().screen.updates]).toEqual([before, updates]);
    expect(viewer.session.state.kind).toBe("reconnecting");
    await letIn(one, 2);
    await untilTyped(typed, 5);
    one.stopTyping();
    await vi.waitFor(() => expect(pressed(host)).toEqual(typed), LIMIT);
    await vi.waitFor(() => expect(viewer.wrongPixels(host)).toBe(0), LIMIT);
  }, 40_000);

  it("gives the seat up when the person says no", async () => {
    const one = await shareAndType("ask");
    const { host, viewer, typed, sleep } = one;
    await letIn(one, 1);
    await untilTyped(typed, 5);
    const before = pressed(host).length;
    sleep(6 * MINUTE_MS, "both clocks jump");
    await vi.waitFor(() => expect(host.ui.questions).toHaveLength(2), LIMIT);
    host.ui.command({ command: "deny", viewer: host.ui.questions[1]?.viewer ?? "" });
    await vi.waitFor(() => expect(viewer.session.state).toEqual({ kind: "ended", reason: "denied" }), LIMIT);
    expect(pressed(host)).toHaveLength(before);
  }, 40_000);

  it("does not ask again after less", async () => {
    const one = await shareAndType("ask");
    const { host, viewer, typed, sleep } = one;
    await letIn(one, 1);
    const joins = pressedAtJoins(host);
    await untilTyped(typed, 5);
    const before = pressed(host).length;
    sleep(4 * MINUTE_MS, "both clocks jump");
    await vi.waitFor(() => expect(joins).toEqual([before]), LIMIT);
    await untilLive(viewer);
    expect(host.ui.questions).toHaveLength(1);
  }, 40_000);
});
