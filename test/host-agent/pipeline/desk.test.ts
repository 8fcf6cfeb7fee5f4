import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Move } from "../../../host-agent/core/move.ts";
import { chooseJpegEncoder } from "../../../host-agent/encode/choose.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { Desk, type DeskConsumer } from "../../../host-agent/pipeline/desk.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";
import { ModelViewer } from "../../support/model-viewer.ts";
import { grainy, PaintableCapture } from "../../support/paintable-capture.ts";

const SIZE = { width: 320, height: 240 };
const LIMIT = { timeout: 5_000, interval: 5 };

/** Takes everything and asks for nothing, but for what a test says. */
const consumer = (but: Partial<DeskConsumer>): DeskConsumer => ({
  changed: () => undefined,
  resized: () => undefined,
  cursorShape: () => undefined,
  cursorMoved: () => undefined,
  ready: () => true,
  takesShort: () => false,
  followsMoves: () => false,
  isComplete: true,
  serve: async () => undefined,
  wakeAtMs: () => undefined,
  ...but,
});

describe("the desk", () => {
  let capture: PaintableCapture;
  let encoder: RectEncoder;
  let desk: Desk;
  const lost: string[] = [];

  beforeEach(async () => {
    capture = new PaintableCapture(SIZE);
    encoder = new RectEncoder((await chooseJpegEncoder()).encoder);
    desk = new Desk({
      capture,
      maxFps: 60,
      nowMs: () => performance.now(),
      onSurfaceChange: (rects) => encoder.changed(rects, performance.now()),
      onResize: () => undefined,
      onLost: (error) => lost.push(error.code),
    });
  });
  afterEach(() => desk.close());

  /** A viewer on a pipe in memory, as ViewerPage would serve it. */
  async function watch(options = { prompt: true }) {
    const [near, far] = memoryPipePair();
    const viewer = new ModelViewer(far, options);
    const stream = new PictureStream({
      pipe: near,
      encoder,
      size: desk.size,
      after: 0,
      quality: () => 80,
      nowMs: () => performance.now(),
    });
    far.listen({ opened: () => undefined, message: (bytes) => viewer.take(bytes), closed: () => undefined });
    near.listen({
      opened: () => desk.add(stream),
      message: (bytes) => {
        const message = decodeMessage(bytes);
        if (message.kind === "receipt") stream.receipt(message.sequence, performance.now(), 0);
        desk.heard();
      },
      closed: () => desk.remove(stream),
    });
    await vi.waitFor(() => expect(viewer.updates).toBeGreaterThan(0), LIMIT);
    return { viewer, stream, leave: () => near.close() };
  }
  const sees = (viewer: ModelViewer, x: number, y: number, colour: number) =>
    vi.waitFor(async () => expect((await viewer.colourAt(x, y)).toString(16)).toBe(colour.toString(16)), LIMIT);
  /** No update for long enough that everything lossy has been sent exact. */
  async function settled(...viewers: ModelViewer[]): Promise<void> {
    let before = "";
    await vi.waitFor(
      () => {
        const now = viewers.map((viewer) => viewer.updates).join();
        const same = now === before;
        before = now;
        expect(same).toBe(true);
      },
      { timeout: 8_000, interval: 300 },
    );
  }

  it("sends the whole display first, then only what changed", async () => {
    capture.paint({ x: 0, y: 0, ...SIZE }, () => 0x102030);
    const { viewer } = await watch();
    await sees(viewer, 319, 239, 0x102030);
    viewer.rects.length = 0;
    capture.paint({ x: 40, y: 50, width: 20, height: 20 }, () => 0xff8000);
    await sees(viewer, 41, 51, 0xff8000);
    expect(viewer.rects.map((one) => one.rect)).toEqual([{ x: 40, y: 50, width: 20, height: 20 }]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "reads what changed for somebody who becomes ready when it looks at the clock for the %i. time",
    async (looks) => {
      let nowMs = 1_000;
      const display = new PaintableCapture(SIZE);
      const ticking = new Desk({
        capture: display,
        maxFps: 60,
        nowMs: () => nowMs++,
        onSurfaceChange: () => undefined,
        onResize: () => undefined,
        onLost: (error) => lost.push(error.code),
      });
      let readyAtMs = nowMs;
      let changes = 0;
      ticking.add(
        consumer({
          changed: () => (changes += 1),
          isComplete: false,
          ready: (atMs) => atMs >= readyAtMs,
          wakeAtMs: (atMs) => (atMs < readyAtMs ? readyAtMs : undefined),
        }),
      );
      try {
        display.paint({ x: 0, y: 0, ...SIZE }, () => 7);
        await vi.waitFor(() => expect(changes).toBe(1), LIMIT);
        readyAtMs = nowMs + looks;
        display.paint({ x: 0, y: 0, ...SIZE }, () => 8);
        await vi.waitFor(() => expect(changes).toBe(2), LIMIT);
      } finally {
        await ticking.close();
      }
    },
  );

  it("ends exact to the bit, whatever it had to send lossy on the way", async () => {
    const { viewer } = await watch();
    capture.paint({ x: 0, y: 0, ...SIZE }, grainy(7));
    await vi.waitFor(() => expect(viewer.rects.map((one) => one.encoding)).toContain("jpeg"), LIMIT);
    for (const [x, y] of [
      [0, 0],
      [160, 120],
      [319, 239],
    ] as const) {
      await sees(viewer, x, y, capture.colourAt(x, y));
    }
  });

  it("costs nothing while nothing changes: no capture, no update, no byte", async () => {
    const { viewer } = await watch();
    await settled(viewer);
    const before = { grabs: capture.grabs, updates: viewer.updates, bytes: viewer.bytes };
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect({ grabs: capture.grabs, updates: viewer.updates, bytes: viewer.bytes }).toEqual(before);
  });

  it("reads nothing new while somebody is being served: encoders read the surface itself", async () => {
    let finish = () => {};
    let servings = 0;
    desk.add(
      consumer({
        serve: () => {
          servings += 1;
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      }),
    );
    await vi.waitFor(() => expect(servings).toBe(1), LIMIT);
    const before = capture.grabs;
    capture.paint({ x: 0, y: 0, ...SIZE }, grainy(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(capture.grabs).toBe(before);
    finish();
    await vi.waitFor(() => expect(capture.grabs).toBe(before + 1), LIMIT);
    finish();
  });

  it("reads what changed after the last report together with it, so that nobody sees half of a move", async () => {
    const { viewer } = await watch();
    await settled(viewer);
    const before = viewer.updates;
    viewer.rects.length = 0;
    capture.paint({ x: 10, y: 10, width: 20, height: 20 }, () => 0x00aa00);
    // The desk reads only so often: what it was told of waits, and the display has gone on meanwhile.
    await vi.waitFor(() => expect(viewer.updates).toBe(before + 1), LIMIT);
    capture.together(() => {
      capture.paint({ x: 10, y: 10, width: 20, height: 20 }, () => 0x0000aa);
      capture.paint({ x: 200, y: 100, width: 20, height: 20 }, () => 0x00aa00);
    });
    await sees(viewer, 210, 110, 0x00aa00);
    expect(viewer.updates).toBe(before + 2);
  });

  it("shows a window whole that is dragged on while it is read", async () => {
    const { viewer } = await watch();
    const [ground, width, end] = ["51,51,51", 80, 200];
    let place = 0;
    // As an X server reports it: where the window left, and where it came to.
    const drag = () =>
      capture.together(() => {
        capture.paint({ x: place, y: 40, width: 10, height: 60 }, () => 0x333333);
        place += 10;
        capture.paint({ x: place, y: 40, width, height: 60 }, () => 0x110000 + place);
      });
    capture.paint({ x: 0, y: 40, width: SIZE.width, height: 60 }, () => 0x333333);
    drag();
    await sees(viewer, place + width - 1, 60, 0x110000 + place);
    const dragOn = () => {
      if (place < end) drag();
    };
    capture.onGrab = dragOn;
    const seen = new Set<number>();
    for (const untilMs = performance.now() + LIMIT.timeout; !seen.has(end); ) {
      expect(performance.now()).toBeLessThan(untilMs);
      const row = (await viewer.pixels()).slice(60 * SIZE.width * 3, 61 * SIZE.width * 3);
      const colours = Array.from({ length: SIZE.width }, (_, x) => row.subarray(x * 3, x * 3 + 3).join());
      const at = colours.findIndex((colour) => colour !== ground);
      const whole = Array.from({ length: SIZE.width }, (_, x) => (x < at || x >= at + width ? ground : `17,0,${at}`));
      expect(colours).toEqual(whole);
      seen.add(at);
      dragOn();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  it("reads a letter beside the last one without asking where first, and what is elsewhere a moment later", async () => {
    const { viewer } = await watch();
    await settled(viewer);
    capture.paint({ x: 100, y: 100, width: 8, height: 12 }, () => 0x0000ff);
    await sees(viewer, 101, 101, 0x0000ff);
    const before = { asked: capture.asked, grabs: capture.grabs };
    capture.paint({ x: 108, y: 100, width: 8, height: 12 }, () => 0x00ff00);
    await sees(viewer, 109, 101, 0x00ff00);
    expect({ asked: capture.asked, grabs: capture.grabs }).toEqual({ ...before, grabs: before.grabs + 1 });
    viewer.rects.length = 0;
    capture.paint({ x: 300, y: 200, width: 8, height: 12 }, () => 0xff0000);
    await sees(viewer, 301, 201, 0xff0000);
    expect({ asked: capture.asked, grabs: capture.grabs }).toEqual({ ...before, grabs: before.grabs + 3 });
    expect(viewer.rects.map((one) => one.rect)).toEqual([{ x: 300, y: 200, width: 8, height: 12 }]);
  });

  it("encodes once for two viewers that keep up", async () => {
    const [one, two] = [await watch(), await watch()];
    await settled(one.viewer, two.viewer);
    const before = encoder.stats.encodes;
    for (let step = 0; step < 10; step++) {
      capture.paint({ x: step * 20, y: 60, width: 20, height: 20 }, () => 0x00ff00 + step);
      await sees(one.viewer, step * 20, 60, 0x00ff00 + step);
      await sees(two.viewer, step * 20, 60, 0x00ff00 + step);
    }
    expect(encoder.stats.encodes - before).toBe(10);
  });

  it("lets a slow viewer skip to the newest picture, and slows nobody else", async () => {
    const [slow, quick] = [await watch({ prompt: false }), await watch()];
    const whole = { x: 0, y: 0, ...SIZE };
    for (let step = 1; step <= 30; step++) {
      capture.paint(whole, () => step);
      await sees(quick.viewer, 10, 10, step);
    }
    expect(slow.viewer.updates).toBeLessThanOrEqual(4);
    slow.viewer.prompt = true;
    slow.viewer.receipts();
    await sees(slow.viewer, 10, 10, 30);
    expect(slow.viewer.updates).toBeLessThanOrEqual(8);
  });

  it("never captures for a viewer that cannot take an update, but what is short, or so large that it may be moving", async () => {
    const large = { x: 0, y: 0, width: 128, height: 80 };
    const slow = await watch({ prompt: false });
    for (let step = 1; step <= 10; step++) {
      capture.paint(large, () => step);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const before = capture.grabs;
    capture.paint(large, () => 98);
    capture.paint({ ...large, width: 8, height: 8 }, () => 99);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(capture.grabs).toBe(before);
    capture.paint({ x: 240, y: 0, width: 8, height: 8 }, () => 99);
    await vi.waitFor(() => expect(capture.grabs).toBe(before + 1), LIMIT);
    await sees(slow.viewer, 241, 1, 99);
    slow.viewer.prompt = true;
    slow.viewer.receipts();
    await sees(slow.viewer, 1, 1, 99);
  });

  it("follows what moves also for viewers that can take nothing, and looks at a film four times", async () => {
    const whole = { x: 0, y: 0, ...SIZE };
    const ground = grainy(1);
    const moves: (Move | undefined)[] = [];
    let isReady = true;
    capture.paint(whole, ground);
    desk.add(
      consumer({
        ready: () => isReady,
        takesShort: () => true,
        followsMoves: () => true,
        changed: (_, move) => moves.push(move),
      }),
    );
    await vi.waitFor(() => expect(moves).toEqual([undefined]), LIMIT);
    isReady = false;
    const [right, down] = [20, 15];
    for (let step = 1; step <= 10; step += 1) {
      capture.paint(whole, (x, y) => ground(x + step * right, y + step * down));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [, ...followed] = moves;
    expect(followed.length).toBeGreaterThanOrEqual(3);
    const steps = followed.map((move) => (move === undefined ? 0 : (move.from.x - move.to.x) / right));
    expect(steps.every((count) => count >= 1 && Number.isInteger(count))).toBe(true);
    await vi.waitFor(() => expect(desk.stats.captures).toBe(capture.grabs), LIMIT);
    const before = capture.grabs;
    for (let picture = 2; picture < 22; picture += 1) {
      capture.paint(whole, grainy(picture));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(capture.grabs - before).toBe(4);
  });

  it("follows a display that changes its size, both ways", async () => {
    const { viewer } = await watch();
    for (const size of [
      { width: 640, height: 100 },
      { width: 64, height: 48 },
    ]) {
      capture.resize(size);
      capture.paint({ x: 0, y: 0, ...size }, () => 0xabcdef);
      await vi.waitFor(() => expect(viewer.size).toEqual(size), LIMIT);
      await sees(viewer, size.width - 1, size.height - 1, 0xabcdef);
    }
  });

  it("looks again at what a viewer says only if there is anything to go on with", async () => {
    let servings = 0;
    let isReady = true;
    let isComplete = true;
    const viewer: DeskConsumer = {
      ...consumer({}),
      ready: () => isReady,
      get isComplete() {
        return isComplete;
      },
      serve: async () => {
        servings += 1;
      },
    };
    const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
    const isServedWhen = async (happens: () => void) => {
      const before = servings;
      happens();
      await vi.waitFor(() => expect(servings).toBeGreaterThan(before), LIMIT);
      await pause(); // another turn may follow
    };
    const isNotServedWhen = async (happens: () => void) => {
      const before = servings;
      happens();
      await pause();
      expect(servings).toBe(before);
    };
    await isServedWhen(() => desk.add(viewer));
    await isNotServedWhen(() => desk.heard());
    isComplete = false;
    await isServedWhen(() => desk.heard());
    isComplete = true;
    // Nobody could send it: it stays unread.
    isReady = false;
    const before = capture.grabs;
    capture.paint({ x: 0, y: 0, width: 8, height: 8 }, () => 0x123456);
    await pause();
    expect(capture.grabs).toBe(before);
    isReady = true;
    await isServedWhen(() => desk.heard());
    expect(capture.grabs).toBe(before + 1);
  });

  it("sends a paused viewer nothing, and everything when it goes on", async () => {
    const { viewer, stream } = await watch();
    await settled(viewer);
    stream.setPaused(true);
    const before = viewer.updates;
    capture.paint({ x: 0, y: 0, width: 8, height: 8 }, () => 0x123456);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(viewer.updates).toBe(before);
    stream.setPaused(false);
    desk.kick();
    await sees(viewer, 1, 1, 0x123456);
  });

  it("lets the display rest when the last viewer has gone", async () => {
    const { leave } = await watch();
    expect(capture.watching).toBe(true);
    leave();
    expect(capture.watching).toBe(false);
  });
});
