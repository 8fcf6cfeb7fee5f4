import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CaptureTarget } from "../../../host-agent/capture/driver.ts";
import { X11Capture } from "../../../host-agent/capture/x11/capture.ts";
import { PlainReader } from "../../../host-agent/capture/x11/plain-reader.ts";
import { x11Capture } from "../../../host-agent/capture/x11.ts";
import { openX11, type X11Connection } from "../../../host-agent/x11/connection.ts";
import { noSuchMonitor, sharedPart } from "../../../host-agent/x11/layout.ts";
import type { Rect } from "../../../protocol/geometry.ts";
import { colorAt } from "../../conformance/capture.ts";
import { CaptureRecorder } from "../../support/capture-recorder.ts";
import { openPaintedWindow, type PaintedWindow } from "../../support/painted-window.ts";
import { resizeDisplay, startDesktop, startXServer, type XServer } from "../../support/x-server.ts";

const SIZE = { width: 640, height: 480 };
const WHOLE = { x: 0, y: 0, ...SIZE };

describe("an X11 capture that is watched", () => {
  let server: XServer;
  let window: PaintedWindow;
  let capture: X11Capture;
  let heard: CaptureRecorder;
  beforeEach(async () => {
    server = await startXServer(SIZE);
    window = await openPaintedWindow(server.display, WHOLE, 0x101010);
    capture = await open(server.display);
    heard = new CaptureRecorder(capture);
    capture.watch(heard);
  });
  afterEach(async () => {
    await capture.close();
    await window.close();
    await server.stop();
  });

  /** Reads whatever is reported, until only a pixel of our own painting is. */
  const settle = async () => {
    await capture.grab([WHOLE]);
    for (let round = 0; round < 20; round++) {
      heard.forgetDamage();
      await window.fill({ x: round, y: 0, width: 1, height: 1 }, 0x202020);
      await heard.until("damage", () => heard.damage.length > 0);
      const [first, ...others] = heard.damage;
      await capture.grab([...heard.damage]);
      if (others.length === 0 && first?.x === round && first.width === 1) return;
    }
    throw new Error("the display does not come to rest");
  };

  /** From here on nobody asks where it changed but the test. */
  const onlyListen = async () => {
    heard = new CaptureRecorder();
    capture.watch(heard);
    await capture.grab([WHOLE]);
  };

  test("asks the server nothing while nothing changes", async () => {
    await settle();
    const before = capture.requestCount;
    const damageBefore = heard.damage.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(capture.requestCount).toBe(before);
    expect(heard.damage.length).toBe(damageBefore);
  });

  test("reads only the damaged rectangle, and it is exactly the one that was painted", async () => {
    await settle();
    heard.forgetDamage();
    await window.fill({ x: 200, y: 100, width: 20, height: 20 }, 0xff8800);
    await heard.until("damage", () => heard.damage.length > 0);
    expect(heard.damage).toEqual([{ x: 200, y: 100, width: 20, height: 20 }]);
  });

  test("keeps to the pace of the reader in a storm of changes, and has every last one", async () => {
    await settle();
    await onlyListen();
    const before = capture.requestCount;
    for (let i = 0; i < 300; i++) await window.fill({ x: i, y: i, width: 5, height: 5 }, 0x010000 * (i % 200) + 0xff);
    expect(capture.requestCount - before, "nobody read").toBeLessThan(5);
    await heard.until("a notice", () => heard.notices > 0);
    expect(heard.notices).toBe(1);
    const all = Array.from({ length: 300 }, (_, i) => ({ x: i, y: i, width: 5, height: 5 }));
    heard.forgetDamage();
    for (const untilMs = Date.now() + 8000; !all.every((rect) => heard.covers(rect)); ) {
      expect(Date.now()).toBeLessThan(untilMs);
      heard.damaged((await capture.grab([{ x: 0, y: 0, width: 1, height: 1 }])).damaged);
    }
    const { images } = await capture.grab(all);
    expect(colorAt(images[299], 4, 4)).toBe(0x010000 * (299 % 200) + 0xff);
  });

  test("tells where else it was painted since its last report when it is to catch up, before anything is read", async () => {
    await settle();
    await onlyListen();
    const spots = [10, 60, 110].map((x) => ({ x, y: 200, width: 20, height: 20 }));
    heard.forgetDamage();
    for (const [at, spot] of spots.entries()) {
      await window.fill(spot, 0xff8800);
      // The server's notice comes on a line of its own, later than the answer to the painter.
      await vi.waitFor(
        async () => {
          await capture.catchUp();
          expect(heard.covers(spot)).toBe(true);
        },
        { timeout: 8000, interval: 5 },
      );
      expect(heard.damage).toHaveLength(at + 1);
    }
    const before = capture.requestCount;
    await capture.catchUp();
    expect(capture.requestCount).toBe(before);
  });

  test("tells with the pixels of what was painted before them, nearly always, however fast it goes on", async () => {
    await settle();
    await onlyListen();
    const [column, steps] = [{ y: 0, width: 1, height: 300 }, 300];
    let painting = true;
    const painted = (async () => {
      // In one request: whoever sees the one has to know of the other.
      for (let step = 1; step < steps; step += 1) {
        await window.fill(
          [
            { ...column, x: 0 },
            { ...column, x: step },
          ],
          step,
        );
      }
      painting = false;
    })();
    heard.forgetDamage();
    const seen = new Set<number>();
    const unheard = new Set<number>();
    while (painting) {
      const { images, damaged } = await capture.grab([{ ...column, x: 0 }]);
      heard.damaged(damaged);
      const step = colorAt(images[0], 0, 0);
      if (step >= steps) continue; // not yet painted over
      seen.add(step);
      if (!heard.covers({ ...column, x: step })) unheard.add(step);
    }
    await painted;
    expect(seen.size).toBeGreaterThan(10);
    // The server may paint for somebody between the two requests of one write, when its own time is up just there.
    expect(unheard.size, `of ${seen.size} seen`).toBeLessThanOrEqual(seen.size / 10);
  });

  test("says where the pointer is, and again when it moves", async () => {
    await heard.until("the first place", () => heard.places.length > 0);
    await pointerMovedByDevice(server.display, 123, 45);
    await heard.until("the pointer at 123,45", () => heard.places.some((at) => at.x === 123 && at.y === 45));
  });

  test("finds a pointer that a program warped with the next read", async () => {
    await heard.until("the first place", () => heard.places.length > 0);
    await window.warpPointer({ x: 77, y: 88 });
    await capture.grab([{ x: 0, y: 0, width: 1, height: 1 }]);
    await heard.until("the pointer at 77,88", () => heard.places.some((at) => at.x === 77 && at.y === 88));
  });

  test("tells of a change of size at the next watch when it rested meanwhile", async () => {
    capture.rest();
    await resizeDisplay(server.display, { width: 320, height: 200 });
    // The news is on our wire before the answer to this read.
    await capture.grab([{ x: 0, y: 0, width: 1, height: 1 }]);
    await capture.grab([{ x: 0, y: 0, width: 1, height: 1 }]);
    const later = new CaptureRecorder();
    capture.watch(later);
    await later.until("resized", () => later.sizes.length > 0);
    expect(later.sizes).toEqual([{ width: 320, height: 200 }]);
    expect(capture.size).toEqual({ width: 320, height: 200 });
  });

  test("closes within two seconds although the server hangs in the middle of a read", async () => {
    process.kill(server.pid, "SIGSTOP");
    const read = capture.grab([WHOLE]).catch((error: unknown) => error);
    const startedMs = performance.now();
    await capture.close();
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(await read).toMatchObject({ code: "capture-lost" });
    process.kill(server.pid, "SIGCONT");
  });
});

test("the shape of the pointer comes as a PNG with its hotspot inside, and again when another one is shown", async () => {
  const desktop = await startDesktop(SIZE);
  const capture = await open(desktop.display);
  const heard = new CaptureRecorder();
  try {
    capture.watch(heard);
    await heard.until("the first shape", () => heard.shapes.length > 0);
    await pointerMovedByDevice(desktop.display, 100, 100);
    // A terminal under the pointer shows its own: the I-beam.
    const before = heard.shapes.length;
    desktop.run("xterm", ["-geometry", "100x40+0+0"]);
    await heard.until("another shape", () => heard.shapes.slice(before).some((one) => one.visible));
    const shape = heard.shapes.findLast((one) => one.visible);
    if (shape?.visible !== true) throw new Error("no visible shape");
    const picture = await sharp(shape.png).metadata();
    expect([picture.width, picture.height, picture.hasAlpha]).toEqual([shape.size.width, shape.size.height, true]);
    expect(shape.hotspot.x).toBeLessThan(shape.size.width);
    expect(shape.hotspot.y).toBeLessThan(shape.size.height);
  } finally {
    await capture.close();
    await desktop.stop();
  }
});

test("a display with 16 bits of colour is refused with the reason", async () => {
  const server = await startXServer({ ...SIZE, depth: 16 });
  try {
    const found = await x11Capture().probe(targetOf(server));
    expect(found).toMatchObject({ available: false, why: expect.stringContaining("16 bits of colour") });
  } finally {
    await server.stop();
  }
});

test("a display that lacks DAMAGE is refused with the reason", async () => {
  const server = await startXServer({ ...SIZE, extraArguments: ["-extension", "DAMAGE"] });
  try {
    const found = await x11Capture().probe(targetOf(server));
    expect(found).toMatchObject({ available: false, why: expect.stringContaining("DAMAGE") });
  } finally {
    await server.stop();
  }
});

test("without shared memory the pixels come through the socket, and the note says so", async () => {
  const server = await startXServer({ ...SIZE, extraArguments: ["-extension", "MIT-SHM"] });
  try {
    const found = await x11Capture().probe(targetOf(server));
    expect(found).toMatchObject({ available: true, note: expect.stringContaining("GetImage") });
  } finally {
    await server.stop();
  }
});

test("a read larger than one answer through the socket comes together right", async () => {
  const size = { width: 1600, height: 900 };
  const server = await startXServer(size);
  const window = await openPaintedWindow(server.display, { x: 0, y: 0, ...size }, 0x336699);
  const capture = await x11Capture({ sharedMemory: false }).open(targetOf(server));
  try {
    await window.fill({ x: 0, y: 450, width: 1600, height: 450 }, 0x996633);
    const {
      images: [image],
    } = await capture.grab([{ x: 0, y: 0, ...size }]);
    const rows = [0, 163, 164, 449, 450, 899].map((y) => colorAt(image, 1599, y));
    expect(rows).toEqual([0x336699, 0x336699, 0x336699, 0x336699, 0x996633, 0x996633]);
  } finally {
    await capture.close();
    await window.close();
    await server.stop();
  }
});

describe("the monitor to share", () => {
  const layout = {
    screen: { width: 3200, height: 1200 },
    monitors: [
      { x: 0, y: 0, width: 1920, height: 1080 },
      { x: 1920, y: 100, width: 1280, height: 1024 },
    ],
  };

  test("is the whole screen, or the one with that number", () => {
    expect(sharedPart(layout, "all")).toEqual({ x: 0, y: 0, width: 3200, height: 1200 });
    expect(sharedPart(layout, 1)).toEqual({ x: 1920, y: 100, width: 1280, height: 1024 });
    expect(sharedPart(layout, 2)).toBeUndefined();
    expect(noSuchMonitor(layout, 2).message).toContain("1 is 1280x1024 at 1920,100");
  });

  test("is refused by number where there is none", async () => {
    const server = await startXServer(SIZE);
    try {
      const refusal = await x11Capture()
        .open({ display: server.display, monitor: 3, maxFps: 30 })
        .catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: "display-not-openable", message: expect.stringContaining("monitor 3") });
    } finally {
      await server.stop();
    }
  });

  test("cuts damage, pixels and pointer to its own part of the screen", async () => {
    const server = await startXServer(SIZE);
    const window = await openPaintedWindow(server.display, WHOLE, 0x101010);
    const { x, capture } = await captureOfPart(server.display, { x: 200, y: 100, width: 300, height: 200 });
    const heard = new CaptureRecorder(capture);
    try {
      capture.watch(heard);
      await capture.grab(heard.damage);
      await window.fill({ x: 190, y: 90, width: 20, height: 30 }, 0xcc2211);
      await heard.until("the corner", () => heard.damage.some((rect) => rect.width === 10 && rect.height === 20));
      const {
        images: [image],
      } = await capture.grab([{ x: 0, y: 0, width: 11, height: 21 }]);
      expect([colorAt(image, 9, 19), colorAt(image, 10, 20)]).toEqual([0xcc2211, 0x101010]);
      expect(capture.origin).toEqual({ x: 200, y: 100 });
      await pointerMovedByDevice(server.display, 250, 130);
      await heard.until("the pointer", () => heard.places.some((at) => at.x === 50 && at.y === 30));
      const told = heard.places.length;
      await pointerMovedByDevice(server.display, 20, 20);
      // The motion is on our wire before the first answer, the question it caused is answered before the second.
      await x.settled();
      await x.settled();
      expect(heard.places.length).toBe(told);
    } finally {
      await capture.close();
      await window.close();
      await server.stop();
    }
  });
});

function targetOf(server: XServer): CaptureTarget {
  return { display: server.display, monitor: "all", maxFps: 30 };
}

/** As if the screen had a monitor there; Xvfb has only one of its own size. */
async function captureOfPart(display: string, part: Rect): Promise<{ x: X11Connection; capture: X11Capture }> {
  const x = await openX11(display);
  const [damage, fixes, xinput] = await Promise.all([
    x.extension("damage"),
    x.extension("fixes"),
    x.extension("xinput"),
  ]);
  const extensions = { damage, fixes, xinput, randr: undefined };
  return { x, capture: new X11Capture({ x, extensions, reader: new PlainReader(x), part, monitor: 1 }) };
}

/** Moves the pointer as a mouse does, unlike a program that warps it. */
async function pointerMovedByDevice(display: string, left: number, top: number): Promise<void> {
  const x = await openX11(display);
  const xtest = await x.extension("xtest");
  xtest.FakeInput(xtest.MotionNotify, 0, 0, x.root, left, top);
  await x.settled();
  await x.close();
}

async function open(display: string): Promise<X11Capture> {
  const capture = await x11Capture().open({ display, monitor: "all", maxFps: 60 });
  if (!(capture instanceof X11Capture)) throw new Error("not the x11 capture");
  return capture;
}
