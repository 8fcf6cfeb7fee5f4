import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalPriority } from "../../../host-agent/core/local-priority.ts";
import type { HostError } from "../../../host-agent/errors.ts";
import { x11Input } from "../../../host-agent/input/x11.ts";
import type { People } from "../../../host-agent/presence/driver.ts";
import { openPresence, type PresenceGap } from "../../../host-agent/presence/open.ts";
import { startXServer } from "../../support/x-server.ts";
import { type NestedDisplay, startNestedDisplay } from "./nested-display.ts";
import { Onlooker, openRawWitness, until } from "./onlooker.ts";

const CONTROL_ALT_SHIFT_Q = [37, 64, 50, 24];

const watching = (role: "view" | "control", paused = false): People => ({
  viewers: [{ id: "1", label: "Maria", role }],
  paused,
});

class Desk {
  stops = 0;
  localMoves = 0;
  readonly losses: HostError[] = [];
  readonly gaps: PresenceGap[] = [];
  readonly events = {
    stop: () => {
      this.stops += 1;
    },
    pauseToggled: () => {},
    lost: (error: HostError) => this.losses.push(error),
    localMoved: () => {
      this.localMoves += 1;
    },
    gap: (gap: PresenceGap) => this.gaps.push(gap),
  };
}

describe("on a desktop with a mouse of its own", () => {
  let nested: NestedDisplay;
  let desk: Desk;
  beforeEach(async () => {
    nested = await startNestedDisplay();
    desk = new Desk();
  });
  afterEach(() => nested.stop());

  test("nothing is missing: the window, the stop chord and the priority of the hand", async () => {
    const presence = await openPresence({ display: nested.display }, {}, desk.events);
    expect(presence).toMatchObject({ window: "x11", gaps: [] });
    presence.show(watching("view"));
    await nested.hand.moveTo({ x: 20, y: 300 });
    await nested.hand.keys(...CONTROL_ALT_SHIFT_Q);
    await until("the stop", () => desk.stops > 0);
    // The hand moved and pressed keys, but nobody controls whom it could disturb.
    expect(desk.localMoves).toBe(0);
    presence.show(watching("control"));
    await until("the hand", async () => {
      await nested.hand.moveTo({ x: 30, y: 300 });
      await nested.hand.moveTo({ x: 40, y: 300 });
      return desk.localMoves > 0;
    });
    await presence.close();
    expect(desk.losses).toEqual([]);
    expect(desk.gaps).toEqual([]);
  });

  test("a drag that a viewer makes is broken off by the hand, for two seconds", async () => {
    const priority = new LocalPriority();
    const interruptions: number[] = [];
    const presence = await openPresence(
      { display: nested.display },
      {},
      {
        ...desk.events,
        localMoved: () => {
          if (priority.localMoved(performance.now())) interruptions.push(performance.now());
        },
      },
    );
    presence.show(watching("control"));
    const witness = await openRawWitness(nested.display);
    const injector = await x11Input({}).open({ display: nested.display });
    injector.pointer({ x: 100, y: 200 });
    injector.button(1, true);
    for (let step = 0; step < 30; step++) injector.pointer({ x: 100 + step, y: 200 });
    await injector.settled();
    await until("what the viewer does", () => witness.kinds.has("button") && witness.kinds.has("motion"));
    await witness.x.settled();
    expect(interruptions).toEqual([]);
    await nested.hand.moveTo({ x: 300, y: 300 });
    await until("the interruption", () => interruptions.length === 1);
    expect(priority.allows(performance.now())).toBe(false);
    injector.button(1, false);
    await until("the end of the two seconds", () => priority.allows(performance.now()));
    await injector.close();
    await witness.x.close();
    await presence.close();
  });
});

test("a display without a mouse lacks only the priority of the hand", async () => {
  const server = await startXServer({ width: 400, height: 300 });
  try {
    const presence = await openPresence({ display: undefined }, { DISPLAY: server.display }, new Desk().events);
    expect(presence.window).toBe("x11");
    expect(presence.gaps.map(({ part }) => part)).toEqual(["local-pointer"]);
    await presence.close();
  } finally {
    await server.stop();
  }
});

test("where no window can be drawn, the stop chord works all the same", async () => {
  const server = await startXServer({ width: 400, height: 300, depth: 16 });
  const desk = new Desk();
  const presence = await openPresence({ display: server.display }, {}, desk.events);
  const onlooker = await Onlooker.open(server.display);
  try {
    expect(presence.window).toBe("none");
    expect(presence.gaps.map(({ part }) => part)).toEqual(["window", "local-pointer"]);
    await onlooker.keys(...CONTROL_ALT_SHIFT_Q);
    await until("the stop", () => desk.stops > 0);
  } finally {
    await onlooker.close();
    await presence.close();
    await server.stop();
  }
});

test.each([
  ["no display", { display: ":59000" }, {}, /no X display :59000/],
  ["no name of one", { display: undefined }, { DISPLAY: "" }, /neither --display nor \$DISPLAY/],
  ["a Wayland session", { display: undefined }, { DISPLAY: ":0", XDG_SESSION_TYPE: "wayland" }, /Wayland session/],
])("with %s everything is missing, and one sentence says why", async (_name, target, environment, why) => {
  const presence = await openPresence(target, environment, new Desk().events);
  expect(presence).toMatchObject({ window: "none", gaps: [{ part: "everything", why: expect.stringMatching(why) }] });
  presence.show(watching("view"));
  await presence.close();
});
