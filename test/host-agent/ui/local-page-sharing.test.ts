import { describe, expect, test } from "vitest";

import type { HostEvent, Question } from "../../../host-agent/ui/host-ui.ts";
import {
  afterEvent,
  afterNotice,
  afterPause,
  afterQuestion,
  fits,
  type PageState,
  pageView,
  type SharingSettings,
  startingState,
  withoutQuestion,
} from "../../../host-agent/ui/local-page/sharing.ts";
import { READY } from "./ready-event.ts";

const SETTINGS = { approve: "ask", viewOnly: false, reusable: false, embedded: true } as const;
const ANNA: HostEvent = { event: "knock", viewer: "v1", label: "Anna", from: "10.0.0.2", mjpeg: false };
const JOINED: HostEvent = { event: "joined", viewer: "v1", role: "view", path: "direct" };
const QUESTION: Question = {
  kind: "admit",
  viewer: "v1",
  label: "Anna",
  from: "10.0.0.2",
  mjpeg: false,
  timeoutMs: 30_000,
};

function stateAfter(...events: readonly HostEvent[]): PageState {
  return events.reduce(afterEvent, startingState(SETTINGS));
}

/** What the page shows while sharing. */
function shown(state: PageState, nowMs = 0) {
  const view = pageView(state, nowMs);
  if (view.at !== "sharing") throw new Error(`the page shows ${view.at}`);
  return view;
}

describe("the invitation", () => {
  test("has the link and the code in groups, and says how long it is good and how far it reaches", () => {
    const { invitation, shared } = shown(stateAfter(READY));
    expect(shared).toBe("1280×720");
    expect(invitation).toMatchObject({ link: READY.link, code: "7316 · 482 915 060", server: READY.server });
    expect(invitation.note).toMatch(/^Good until \d\d:\d\d, for one viewer\.$/);
    expect(invitation.reach).toContain("this network only");
  });

  test("that lets in several says how weak that is", () => {
    const state = afterEvent(startingState({ ...SETTINGS, reusable: true }), READY);
    expect(shown(state).invitation.note).toContain("weaker against a lying server");
  });

  test("stands beside who is let in, and as what", () => {
    const rights = (settings: Partial<SharingSettings>) =>
      shown(afterEvent(startingState({ ...SETTINGS, ...settings }), READY)).rights;
    expect(rights({})).toContain("waits here until you let them in");
    expect(rights({ approve: "control" })).toContain("watches AND controls, without a question");
    expect(rights({ approve: "view" })).toContain("watches, without a question");
    expect(rights({ approve: "control", viewOnly: true })).toContain("watches, without a question");
  });

  test("is replaced by a fresh one, with the reason for it", () => {
    const fresh = shown(
      stateAfter(READY, { event: "code", code: "7316111222333", link: "L", why: "burned" }),
    ).invitation;
    expect(fresh).toMatchObject({ link: "L", code: "7316 · 111 222 333" });
    expect(fresh.note).toContain("wrong codes");
  });
});

describe("a question", () => {
  test("shows who asks, from where, whether the picture can be sealed, and the time that is left", () => {
    const state = afterQuestion(stateAfter(READY, ANNA), QUESTION, 1_000);
    expect(shown(state, 11_000).questions).toEqual([
      {
        kind: "admit",
        viewer: "v1",
        name: "Anna",
        from: "10.0.0.2",
        sealed: true,
        remainingMs: 20_000,
        timeoutMs: 30_000,
      },
    ]);
    expect(shown(state, 99_000).questions[0]?.remainingMs).toBe(0);
    expect(shown(afterQuestion(state, { ...QUESTION, mjpeg: true }, 0)).questions).toMatchObject([{ sealed: false }]);
  });

  test("shows a stranger's name as plain text of one line", () => {
    const state = afterQuestion(stateAfter(READY), { ...QUESTION, label: "Anna\u202e\nYour bank", from: "\x1b[2J" }, 0);
    expect(shown(state).questions[0]).toMatchObject({ name: "Anna  Your bank", from: "[2J" });
  });

  test("goes when it is withdrawn; the others keep their order", () => {
    const asked = ["v1", "v2", "v3"].reduce(
      (state, viewer) => afterQuestion(state, { ...QUESTION, viewer }, 0),
      stateAfter(READY),
    );
    expect(shown(withoutQuestion(asked, "v1")).questions.map(({ viewer }) => viewer)).toEqual(["v2", "v3"]);
    expect(withoutQuestion(asked, "v9")).toBe(asked);
  });
});

describe("who is here", () => {
  test("is told with role and path, and by name although only the knock had it", () => {
    expect(shown(stateAfter(READY, ANNA, JOINED)).seats).toEqual([
      { viewer: "v1", name: "Anna", from: "10.0.0.2", role: "view", connection: "direct, sealed", sealed: true },
    ]);
  });

  test("changes with role and path, and not with every round trip", () => {
    const here = stateAfter(READY, ANNA, JOINED);
    expect(afterEvent(here, { event: "path", viewer: "v1", path: "direct", rttMs: 20 })).toBe(here);
    const state = [
      { event: "path", viewer: "v1", path: "mjpeg", rttMs: 20 } as const,
      { event: "role", viewer: "v1", role: "control" } as const,
    ].reduce(afterEvent, here);
    expect(shown(state).seats).toMatchObject([{ sealed: false, role: "control" }]);
  });

  test("a viewer who left and came back by itself is the same person", () => {
    const state = stateAfter(READY, ANNA, JOINED, { event: "left", viewer: "v1", reason: "no-progress" });
    expect(shown(state).seats).toEqual([]);
    expect(shown(afterEvent(state, JOINED)).seats).toMatchObject([{ name: "Anna" }]);
  });

  test("names of strangers do not pile up", () => {
    const knocks = Array.from({ length: 1000 }, (_, at) => ({ ...ANNA, viewer: `v${at}` }));
    expect(stateAfter(READY, ...knocks).guests.size).toBe(64);
  });
});

describe("what is done elsewhere", () => {
  test("shows: a pause, and going on", () => {
    const paused = afterPause(stateAfter(READY), true);
    expect(shown(paused).paused).toBe(true);
    expect(shown(afterPause(paused, false)).paused).toBe(false);
  });

  test("the newest messages are kept, and the end leaves nothing to press", () => {
    const state = ["a", "b", "c", "d", "e"].reduce(
      (before, text) => afterNotice(before, "info", text),
      stateAfter(READY),
    );
    expect(shown(state).notices.map(({ text }) => text)).toEqual(["b", "c", "d", "e"]);
    const ended = afterEvent(afterQuestion(state, QUESTION, 0), { event: "ended", reason: "host-stopped" });
    expect(pageView(ended, 0)).toEqual({ at: "ended", why: "stopped here" });
    expect(fits(ended, { command: "approve", viewer: "v1", role: "view" })).toBe(false);
    expect(fits(ended, { command: "stop" })).toBe(false);
  });
});

describe("a command fits", () => {
  const asked = afterQuestion(stateAfter(READY, ANNA), QUESTION, 0);
  const here = stateAfter(READY, ANNA, JOINED);

  test("an answer only while its question stands", () => {
    const yes = { command: "approve", viewer: "v1", role: "control" } as const;
    expect(fits(asked, yes)).toBe(true);
    expect(fits(withoutQuestion(asked, "v1"), yes)).toBe(false);
    // Let in as a viewer elsewhere: a late yes to control must not become a grant.
    expect(fits(here, yes)).toBe(false);
    expect(fits(afterQuestion(here, { ...QUESTION, kind: "control" }, 0), yes)).toBe(false);
    expect(fits(here, { command: "deny", viewer: "v1" })).toBe(false);
  });

  test("that a long session goes on, but not as more than it is", () => {
    const long = afterQuestion(here, { ...QUESTION, kind: "continue" }, 0);
    expect(fits(long, { command: "approve", viewer: "v1", role: "view" })).toBe(true);
    expect(fits(long, { command: "approve", viewer: "v1", role: "control" })).toBe(false);
    expect(fits(long, { command: "deny", viewer: "v1" })).toBe(true);
  });

  test("nothing that gives control where nobody may have it", () => {
    const viewOnly = [READY, ANNA, JOINED].reduce(afterEvent, startingState({ ...SETTINGS, viewOnly: true }));
    const askedToo = afterQuestion(viewOnly, { ...QUESTION, viewer: "v2" }, 0);
    expect(fits(viewOnly, { command: "grant", viewer: "v1" })).toBe(false);
    expect(fits(askedToo, { command: "approve", viewer: "v2", role: "control" })).toBe(false);
    expect(fits(askedToo, { command: "approve", viewer: "v2", role: "view" })).toBe(true);
  });

  test("what concerns a viewer only while it is here", () => {
    for (const command of ["grant", "revoke", "kick"] as const) {
      expect(fits(here, { command, viewer: "v1" })).toBe(true);
      expect(fits(here, { command, viewer: "v2" })).toBe(false);
    }
  });
});
