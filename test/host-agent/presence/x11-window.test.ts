import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HostError } from "../../../host-agent/errors.ts";
import type { People } from "../../../host-agent/presence/driver.ts";
import { layOutPanel } from "../../../host-agent/presence/x11-window/panel.ts";
import { X11Window } from "../../../host-agent/presence/x11-window/window.ts";
import { x11Presence } from "../../../host-agent/presence/x11-window.ts";
import { openX11, type X11Connection } from "../../../host-agent/x11/connection.ts";
import type { Point } from "../../../protocol/geometry.ts";
import { openPaintedWindow } from "../../support/painted-window.ts";
import { resizeDisplay, startDesktop, startXServer, type XServer } from "../../support/x-server.ts";
import { Onlooker, until } from "./onlooker.ts";

const SIZE = { width: 900, height: 400 };
const WHOLE = { x: 0, y: 0, ...SIZE };
const GROUND = 0x161c27;
const DESKTOP = 0x336699;
const STOP_RED = 0xd93a3f;

const NOBODY: People = { viewers: [], paused: false };
const MARIA: People = { viewers: [{ id: "1", label: "Maria", role: "control" }], paused: false };
const TOM_TOO: People = { viewers: [...MARIA.viewers, { id: "2", label: "Tom", role: "view" }], paused: false };

/** Left of the words, where there is nothing but the window's ground. */
const GRIP: Point = { x: 6, y: 20 };

class Desk {
  readonly heard: string[] = [];
  readonly losses: HostError[] = [];
  readonly events = {
    stop: () => this.heard.push("stop"),
    pauseToggled: () => this.heard.push("pause"),
    lost: (error: HostError) => this.losses.push(error),
  };
}

/** Where the window is when nobody has moved it. */
function home(people: People, width = SIZE.width): Point {
  return { x: Math.round((width - layOutPanel(people).size.width) / 2), y: 6 };
}

const plus = (a: Point, b: Point): Point => ({ x: a.x + b.x, y: a.y + b.y });

describe("the window that says who watches", () => {
  let server: XServer;
  let onlooker: Onlooker;
  let x: X11Connection;
  let desk: Desk;
  let window: X11Window;

  beforeEach(async () => {
    server = await startXServer(SIZE);
    onlooker = await Onlooker.open(server.display);
    // The desktop behind: mapped first, so that it is not what is over the window.
    await openPaintedWindow(server.display, WHOLE, DESKTOP);
    desk = new Desk();
    x = await openX11(server.display, false);
    window = await X11Window.open(x, desk.events);
  });
  afterEach(async () => {
    await window.close();
    await onlooker.close();
    await server.stop();
  });

  const seenAt = async (corner: Point) => (await onlooker.colorAt(plus(corner, GRIP))) === GROUND;
  const shown = async (people: People) => {
    window.show(people);
    await until("the window", () => seenAt(home(people)));
    // The last window mapped is ours: the others were there before.
    return onlooker.mapped.at(-1) ?? 0;
  };

  /** Nothing is under way any more that would raise it by the way. */
  const calm = () =>
    until("calm", async () => {
      const before = x.requestCount;
      await wait(400);
      return x.requestCount === before;
    });

  test("is there only while somebody is", async () => {
    expect(await seenAt(home(MARIA))).toBe(false);
    await shown(MARIA);
    window.show(NOBODY);
    await until("the window's end", async () => (await onlooker.colorAt(plus(home(MARIA), GRIP))) === DESKTOP);
    await shown(TOM_TOO);
    expect(desk.losses).toEqual([]);
  });

  test("has round corners, through which one sees the desktop", async () => {
    await shown(MARIA);
    expect(await onlooker.colorAt(home(MARIA))).toBe(DESKTOP);
  });

  test("shows the last of many changes", async () => {
    for (let round = 0; round < 50; round++) {
      window.show(MARIA);
      window.show(NOBODY);
      window.show(TOM_TOO);
    }
    await until("the window for two", () => seenAt(home(TOM_TOO)));
  });

  test("stops and pauses at a click, and only there", async () => {
    await shown(TOM_TOO);
    const { stop, pause } = layOutPanel(TOM_TOO);
    const corner = home(TOM_TOO);
    expect(await onlooker.colorAt(plus(corner, { x: stop.x + 6, y: stop.y + 4 }))).toBe(STOP_RED);
    await onlooker.click(plus(corner, { x: stop.x - 2, y: stop.y + 5 }));
    await onlooker.click(plus(corner, { x: pause.x + 5, y: pause.y + 5 }));
    await onlooker.click(plus(corner, { x: stop.x + 5, y: stop.y + 5 }));
    await until("both", () => desk.heard.length >= 2);
    expect(desk.heard).toEqual(["pause", "stop"]);
  });

  test("goes where it is dragged, and never off the screen", async () => {
    await shown(MARIA);
    const { width, height } = layOutPanel(MARIA).size;
    await onlooker.moveTo(plus(home(MARIA), GRIP));
    await onlooker.button(true);
    await onlooker.moveTo(plus({ x: 100, y: 200 }, GRIP));
    await until("the window at 100,200", () => seenAt({ x: 100, y: 200 }));
    await onlooker.moveTo({ x: SIZE.width - 1, y: SIZE.height - 1 });
    await until("the window in the corner", () => seenAt({ x: SIZE.width - width, y: SIZE.height - height }));
    await onlooker.button(false);
    await onlooker.moveTo({ x: 50, y: 50 });
    // Somebody joins: the window becomes wider, and stays on the screen too.
    window.show(TOM_TOO);
    const wider = layOutPanel(TOM_TOO).size.width;
    expect(wider).toBeGreaterThanOrEqual(width);
    await until("the wider window", () => seenAt({ x: SIZE.width - wider, y: SIZE.height - height }));
    expect(desk.heard).toEqual([]);
  });

  test("is over a window that comes later, and over one that is raised", async () => {
    await shown(MARIA);
    await calm();
    const other = await openPaintedWindow(server.display, WHOLE, 0xaa0000);
    await until("the window above a new one", () => seenAt(home(MARIA)));
    await calm();
    onlooker.x.client.ConfigureWindow(other.id, { stackMode: 0 });
    await onlooker.x.settled();
    await until("the window above a raised one", () => seenAt(home(MARIA)));
    expect(await onlooker.colorAt({ x: 5, y: 300 })).toBe(0xaa0000);
    await other.close();
  });

  test("comes back when another program hides it, lowers it or moves it away", async () => {
    const id = await shown(MARIA);
    const { client } = onlooker.x;
    const harm: readonly (() => void)[] = [
      () => client.UnmapWindow(id),
      () => client.ConfigureWindow(id, { stackMode: 1 }),
      () => client.ConfigureWindow(id, { x: -2000, y: 0 }),
    ];
    for (const act of harm) {
      await calm();
      act();
      await onlooker.x.settled();
      await until("the window back in its place", () => seenAt(home(MARIA)));
    }
  });

  test("fights with a program that always raises itself, but not as fast as the machine can", async () => {
    const id = await shown(MARIA);
    const rival = await openPaintedWindow(server.display, WHOLE, 0xaa0000);
    let ourRaises = 0;
    onlooker.x.onEvent("ConfigureNotify", ({ wid1 }) => {
      if (wid1 !== id) return;
      ourRaises += 1;
      onlooker.x.client.ConfigureWindow(rival.id, { stackMode: 0 });
    });
    onlooker.x.client.ConfigureWindow(rival.id, { stackMode: 0 });
    await until("two raises", async () => ourRaises > 1);
    const before = ourRaises;
    await wait(3_000);
    expect(ourRaises - before).toBeLessThan(12);
    await rival.close();
  });

  test("asks the server nothing while nothing happens", async () => {
    await shown(MARIA);
    await calm();
    const before = x.requestCount;
    await wait(700);
    expect(x.requestCount).toBe(before);
    window.show(NOBODY);
    await until("the window's end", async () => !(await seenAt(home(MARIA))));
    const hidden = x.requestCount;
    // While it is hidden other windows are none of its business.
    const other = await openPaintedWindow(server.display, WHOLE, 0xaa0000);
    await wait(500);
    expect(x.requestCount).toBe(hidden);
    await other.close();
  });

  test("stays on a screen that becomes smaller", async () => {
    await shown(MARIA);
    await resizeDisplay(server.display, { width: 640, height: 300 });
    await until("the window in the middle again", () => seenAt(home(MARIA, 640)));
  });

  test("says once that it was destroyed while somebody watches", async () => {
    const id = await shown(MARIA);
    onlooker.x.client.DestroyWindow(id);
    await until("the loss", () => desk.losses.length > 0);
    window.show(TOM_TOO);
    expect(desk.losses.map(({ code }) => code)).toEqual(["presence-lost"]);
  });

  test("destroyed while nobody watches, it says so when somebody comes", async () => {
    const id = await shown(MARIA);
    window.show(NOBODY);
    await until("the window's end", async () => !(await seenAt(home(MARIA))));
    onlooker.x.client.DestroyWindow(id);
    await onlooker.x.settled();
    await x.settled();
    expect(desk.losses).toEqual([]);
    window.show(MARIA);
    expect(desk.losses.map(({ code }) => code)).toEqual(["presence-lost"]);
  });

  test("says that it is lost when its display ends", async () => {
    await shown(MARIA);
    process.kill(server.pid, "SIGKILL");
    await until("the loss", () => desk.losses.length > 0);
    expect(desk.losses[0]?.message).toContain(server.display);
  });

  test("closed by us is no loss", async () => {
    await shown(MARIA);
    await window.close();
    window.show(TOM_TOO);
    expect(desk.losses).toEqual([]);
    await until("the window's end", async () => (await onlooker.colorAt(plus(home(MARIA), GRIP))) === DESKTOP);
  });
});

test("under a window manager it is over a full-screen terminal that has the keyboard", async () => {
  const desktop = await startDesktop(SIZE);
  const onlooker = await Onlooker.open(desktop.display);
  const presence = await x11Presence.open({ display: desktop.display }, new Desk().events);
  try {
    presence.show(MARIA);
    const seen = async () => (await onlooker.colorAt(plus(home(MARIA), GRIP))) === GROUND;
    await until("the window", seen);
    desktop.run("xterm", ["-fullscreen", "-bg", "#aa0000", "-bw", "0", "-b", "0"]);
    await until("the terminal", async () => (await onlooker.colorAt({ x: 700, y: 300 })) === 0xaa0000);
    await until("the window above it", seen);
    await onlooker.click({ x: 700, y: 300 });
    await until("the window still above it", seen);
  } finally {
    await presence.close();
    await onlooker.close();
    await desktop.stop();
  }
});

describe("where no window can be shown, the driver says why", () => {
  test("no display", async () => {
    expect(await x11Presence.probe({ display: ":59000" })).toMatchObject({
      available: false,
      why: expect.stringContaining("There is no X display"),
    });
  });

  test("too few colours", async () => {
    const server = await startXServer({ ...SIZE, depth: 16 });
    try {
      expect(await x11Presence.probe({ display: server.display })).toMatchObject({
        available: false,
        why: expect.stringMatching(/No window can be drawn.*16 bits/),
      });
    } finally {
      await server.stop();
    }
  });
});
