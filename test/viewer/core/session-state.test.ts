import { describe, expect, it } from "vitest";
import {
  mayControl,
  type Seat,
  transition,
  type ViewerEvent,
  type ViewerState,
} from "../../../viewer/core/session-state.ts";

const seat: Seat = { path: "direct", role: "control", sealed: false };
const follow = (state: ViewerState, ...events: ViewerEvent[]): ViewerState => events.reduce(transition, state);
const form: ViewerState = { kind: "join" };
const live: ViewerState = { kind: "live", rttMs: undefined, ...seat };

describe("the viewer's states", () => {
  it("lead from a code over the host's approval to the first picture", () => {
    const seen = [
      { kind: "joining", room: "7316" },
      { kind: "asking" },
      { kind: "progress", stage: "ways" },
      { kind: "progress", stage: "picture" },
      { kind: "painted", seat },
    ] as const;
    let state: ViewerState = form;
    const kinds = seen.map((event) => {
      state = transition(state, event);
      return state.kind;
    });
    expect(kinds).toEqual(["waiting", "approving", "connecting", "connecting", "live"]);
    expect(state).toEqual(live);
  });

  it("bring the form back with the problem when the code was wrong", () => {
    const state = follow(form, { kind: "joining", room: "7316" }, { kind: "join-failed", problem: "wrong-code" });
    expect(state).toEqual({ kind: "join", problem: "wrong-code" });
  });

  it("show a typing mistake on the form without joining anything, also after an end", () => {
    const ended: ViewerState = { kind: "ended", reason: "kicked" };
    expect(follow(ended, { kind: "join-failed", problem: "typo" })).toEqual({ kind: "join", problem: "typo" });
  });

  it("go from the end of one session into the next", () => {
    const ended: ViewerState = { kind: "ended", reason: "host-stopped" };
    expect(follow(ended, { kind: "joining", room: "7316" })).toEqual({ kind: "waiting", room: "7316" });
  });

  it("are live only once a whole picture is painted, also after a loss", () => {
    const lost = follow(live, { kind: "lost", why: "host-silent", nowMs: 5_000 });
    expect(lost).toEqual({ kind: "reconnecting", why: "host-silent", sinceMs: 5_000, long: false });
    const connectedAgain = follow(lost, { kind: "progress", stage: "picture" }, { kind: "role", role: "view" });
    expect(connectedAgain.kind).toBe("reconnecting");
    expect(follow(connectedAgain, { kind: "painted", seat })).toEqual(live);
  });

  it("no longer take the old picture for the desktop once a loss has lasted, until a new one is painted", () => {
    const seat = { path: "relay", role: "control", sealed: true } as const;
    const lost = transition(
      { kind: "reconnecting", why: "network", sinceMs: 5_000, long: false },
      { kind: "long-lost" },
    );
    expect(lost).toEqual({ kind: "reconnecting", why: "network", sinceMs: 5_000, long: true });
    expect(transition(lost, { kind: "lost", why: "signaling", nowMs: 70_000 })).toMatchObject({ long: true });
    expect(transition(lost, { kind: "painted", seat })).toMatchObject({ kind: "live", path: "relay" });
    const live = transition(lost, { kind: "painted", seat });
    expect(transition(live, { kind: "long-lost" })).toBe(live);
  });

  it("name the pipe the session goes on over, and stay what they are", () => {
    const seat = { path: "relay", role: "control", sealed: true } as const;
    const better = { ...seat, path: "direct" } as const;
    expect(transition({ kind: "live", rttMs: 80, ...seat }, { kind: "moved", seat: better })).toEqual({
      kind: "live",
      rttMs: undefined,
      ...better,
    });
    expect(transition({ kind: "paused", ...seat }, { kind: "moved", seat: better })).toEqual({
      kind: "paused",
      ...better,
    });
    const lost: ViewerState = { kind: "reconnecting", why: "network", sinceMs: 5_000, long: false };
    expect(transition(lost, { kind: "moved", seat: better })).toBe(lost);
  });

  it("remember when the loss began, however often its reason changes", () => {
    const lost = follow(
      live,
      { kind: "lost", why: "host-silent", nowMs: 5_000 },
      { kind: "lost", why: "network", nowMs: 7_000 },
    );
    expect(lost).toEqual({ kind: "reconnecting", why: "network", sinceMs: 5_000, long: false });
  });

  it("go on where they were when the host was only late", () => {
    const state = follow(live, { kind: "lost", why: "host-silent", nowMs: 1 }, { kind: "heard-again", seat });
    expect(state).toEqual(live);
  });

  it("show a pause, and the picture again after it", () => {
    const paused = follow(live, { kind: "paused", seat });
    expect(paused).toEqual({ kind: "paused", ...seat });
    expect(follow(paused, { kind: "going-on", painted: true })).toEqual(live);
    const beforeAnyPicture = follow(paused, { kind: "going-on", painted: false });
    expect(beforeAnyPicture).toEqual({ kind: "connecting", stage: "picture" });
  });

  it("allow control only while the picture that it answers to is on the screen", () => {
    expect(mayControl(live)).toBe(true);
    expect(mayControl(follow(live, { kind: "role", role: "view" }))).toBe(false);
    expect(mayControl(follow(live, { kind: "lost", why: "network", nowMs: 1 }))).toBe(false);
    expect(mayControl(follow(live, { kind: "paused", seat }))).toBe(false);
  });

  it("ignore what comes too late", () => {
    const ended = follow(live, { kind: "ended", reason: "kicked" });
    expect(ended).toEqual({ kind: "ended", reason: "kicked" });
    const late: ViewerEvent[] = [
      { kind: "painted", seat },
      { kind: "rtt", rttMs: 3 },
      { kind: "lost", why: "network", nowMs: 1 },
      { kind: "paused", seat },
      { kind: "asking" },
      { kind: "ended", reason: "host-gone" },
    ];
    for (const event of late) expect(transition(ended, event)).toBe(ended);
    expect(transition(live, { kind: "join-failed", problem: "no-answer" })).toBe(live);
    expect(transition(live, { kind: "joining", room: "1234" })).toBe(live);
  });
});
