import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { Surface } from "../../../host-agent/core/surface.ts";
import type { JpegEncoder } from "../../../host-agent/encode/driver.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { type CursorShape, encodeCursorPlace, encodeCursorShape } from "../../../protocol/cursor.ts";
import { areaOf, fractionOf, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { isUpdatePart, UpdateReader } from "../../../protocol/update.ts";
import { HandCarriedPipe } from "../../support/hand-carried-pipe.ts";
import { grainy } from "../../support/paintable-capture.ts";

const SIZE = { width: 128, height: 128 };
const WHOLE = { x: 0, y: 0, ...SIZE };
/** Of several pieces. */
const LARGE = { width: 800, height: 400 };
const LATER_MS = 60_000;

const turnOfTheLoop = () => new Promise(setImmediate);

/** A surface that only a JPEG can carry, and an encoder that a test can hold back. */
function stage({ wished = 0, size = SIZE } = {}) {
  const surface = new Surface(size);
  const paint = (colour: (x: number, y: number) => number) => {
    const pixels = new Uint8Array(size.width * size.height * 4);
    for (let at = 0; at < pixels.length; at += 4) {
      const value = colour((at / 4) % size.width, Math.floor(at / 4 / size.width));
      pixels.set([value & 0xff, (value >> 8) & 0xff, value >> 16], at);
    }
    surface.apply({ rect: wholeOf(size), pixels });
  };
  paint(grainy(3));
  let held: Promise<void> = Promise.resolve();
  let letThrough = 0;
  const qualities: number[] = [];
  const jpeg: JpegEncoder = {
    name: "held back",
    encode: async (_pixels, _rect, { quality }) => {
      qualities.push(quality);
      letThrough -= 1;
      if (letThrough < 0) await held;
      return new Uint8Array(20_000);
    },
  };
  /** All but so many of the next pieces, until it is released. */
  const holdBack = (allBut = 0) => {
    let release = () => {};
    letThrough = allBut;
    held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  const encoder = new RectEncoder(jpeg);
  const pipe = new HandCarriedPipe("direct");
  pipe.open();
  let nowMs = 1_000;
  const stream = new PictureStream({
    pipe,
    encoder,
    size: surface.size,
    after: 0,
    quality: () => wished,
    nowMs: () => nowMs,
  });
  const serve = () => stream.serve(surface, nowMs);
  /** Another picture, or a part of it, whose receipt comes after so long. */
  const film = async (receiptAfterMs: number, rect = WHOLE) => {
    encoder.changed([rect], nowMs);
    stream.changed([rect], undefined, nowMs);
    await serve();
    const sequence = stream.lastSequence;
    nowMs += receiptAfterMs;
    stream.receipt(sequence, nowMs, 0);
    return qualities.at(-1);
  };
  const tellRoundTrip = (rttMs: number) => stream.roundTrip(rttMs, nowMs);
  const ready = (damage: Rect = WHOLE) => stream.ready(nowMs, Region.of([damage]));
  return {
    surface,
    pipe,
    stream,
    paint,
    holdBack,
    serve,
    film,
    ready,
    tellRoundTrip,
    later: () => (nowMs += LATER_MS),
  };
}

/** Of the updates in these messages, the pixels each paints: none of one that was broken off. Nothing is left over. */
function paintedBy(pipe: HandCarriedPipe): number[] {
  const reader = new UpdateReader();
  const painted: number[] = [];
  let px = 0;
  for (const step of pipe.sent.filter(isUpdatePart).flatMap((message) => reader.read(message))) {
    if (step.kind === "rect") px += areaOf(step.rect.rect);
    if (step.kind === "end") painted.push(px);
    if (step.kind === "break-off") painted.push(0);
    if (step.kind !== "rect") px = 0;
  }
  expect(px).toBe(0);
  return painted;
}

describe("the picture on its way to one viewer", () => {
  it("is not sent when the host paused while it was being encoded", async () => {
    const { pipe, stream, holdBack, serve } = stage();
    const release = holdBack();
    const served = serve();
    stream.setPaused(true);
    release();
    await served;
    expect(pipe.sent).toEqual([]);
    stream.setPaused(false);
    await serve();
    expect(pipe.sent.length).toBeGreaterThan(0);
  });

  it("is less sharp on a path that takes longer to carry it than it may take, and sharp again on another", async () => {
    const { stream, film, tellRoundTrip } = stage();
    tellRoundTrip(20);
    const first = await film(20 + 200);
    await film(20 + 200);
    expect(await film(20 + 200)).toBeLessThan(Number(first));
    const pipe = new HandCarriedPipe("direct");
    pipe.open();
    stream.moveTo(pipe, 0);
    tellRoundTrip(20);
    for (let shown = 0; shown < 100; shown++) await film(21);
    expect(await film(21)).toBeGreaterThanOrEqual(Number(first));
  });

  it("is as sharp as ever where little of it is fresh, also on a path that has just taken long with much", async () => {
    const { film, tellRoundTrip } = stage();
    tellRoundTrip(20);
    const first = await film(20 + 150);
    // 20,000 bytes in 150 ms: half of the picture takes 30 at half a byte a pixel, all of it 60.
    const half = { ...WHOLE, height: 64 };
    expect(await film(20 + 150, half)).toBe(first);
    expect(await film(20 + 150)).toBeLessThan(Number(first));
  });

  it("is less sharp also after something exact that the path has taken long to carry", async () => {
    const { paint, film, tellRoundTrip } = stage();
    tellRoundTrip(20);
    const first = await film(20 + 30);
    for (let page = 0; page < 10; page++) {
      paint((x, y) => grainy(page)(x, y) & 0x030707);
      await film(20 + 200);
    }
    paint(grainy(3));
    expect(await film(20 + 30)).toBeLessThan(Number(first));
  });

  it("is as sharp as its viewer wishes, whatever that takes", async () => {
    const { film, tellRoundTrip } = stage({ wished: 90 });
    tellRoundTrip(20);
    for (let shown = 0; shown < 5; shown++) expect(await film(20 + 200)).toBe(90);
  });

  it("goes on after an update that the viewer could not paint, for which no receipt comes", async () => {
    const { pipe, stream, serve, ready, later } = stage();
    await serve();
    stream.receipt(1, 1_000, 0);
    stream.changed([WHOLE], undefined, 1_000);
    await serve();
    const before = pipe.sent.length;
    later();
    expect(ready()).toBe(false);
    stream.repaint();
    await serve();
    expect(pipe.sent.length).toBeGreaterThan(before);
  });

  it("makes nothing exact, and wants no timer for it, while two updates are on their way", async () => {
    const { stream, serve, ready } = stage();
    await serve();
    expect(stream.wakeAtMs(1_000)).toBeDefined();
    stream.changed([WHOLE], undefined, 1_000);
    await serve();
    expect(ready()).toBe(true);
    expect(stream.wakeAtMs(1_000)).toBeUndefined();
    stream.receipt(1, 1_000, 0);
    expect(stream.wakeAtMs(1_000)).toBe(1_100);
  });

  it("sends a letter typed beside a film before the film, and though so much of the film is on its way that no more fits", async () => {
    const { stream, serve, ready } = stage({ size: { width: 400, height: 128 } });
    const letter = { x: 300, y: 100, width: 9, height: 18 };
    const film = () => stream.changed([{ x: 0, y: 0, width: 128, height: 128 }], undefined, 1_000);
    await serve();
    film();
    stream.changed([letter], undefined, 1_000);
    await serve();
    expect(stream.lastSequence).toBe(3);
    expect(stream.stats.updates).toBe(3);
    film();
    await serve();
    film();
    expect(ready()).toBe(false);
    await serve();
    expect(stream.lastSequence).toBe(4);
    // Now the film alone is not worth looking at the display for, and the letter is.
    expect(ready(letter)).toBe(true);
    stream.changed([letter], undefined, 1_000);
    await serve();
    expect(stream.lastSequence).toBe(5);
    expect(ready()).toBe(false);
  });

  it("sends all of a display that changes its size while a letter is being encoded, from the new one", async () => {
    const { stream, serve } = stage({ size: { width: 400, height: 128 } });
    await serve();
    stream.changed([WHOLE, { x: 300, y: 100, width: 9, height: 18 }], undefined, 1_000);
    const served = serve();
    const larger = new Surface({ width: 500, height: 200 });
    stream.resized(larger.size);
    await served;
    expect(stream.lastSequence).toBe(1);
    await stream.serve(larger, 1_000);
    expect(stream.lastSequence).toBe(2);
    expect(stream.wakeAtMs(1_000)).toBeUndefined();
  });

  it("leaves piece by piece, while the last ones are encoded", async () => {
    const { pipe, stream, holdBack, serve } = stage({ size: LARGE });
    const release = holdBack(2);
    const served = serve();
    await turnOfTheLoop();
    expect(pipe.sent.length).toBe(2);
    release();
    await served;
    expect(paintedBy(pipe)).toEqual([areaOf(LARGE)]);
    expect(stream.stats.updates).toBe(1);
  });

  it.each<[string, (stream: PictureStream) => void, Size]>([
    ["the host has paused", (stream) => stream.setPaused(true), LARGE],
    ["the viewer asks for all of it again", (stream) => stream.repaint(), LARGE],
    ["the display has another size", (stream) => stream.resized(SIZE), SIZE],
  ])("is broken off when %s and some of it has left, and is sent anew", async (_what, interrupt, size) => {
    const { surface, pipe, stream, holdBack, serve } = stage({ size: LARGE });
    const release = holdBack(2);
    const served = serve();
    await turnOfTheLoop();
    interrupt(stream);
    release();
    await served;
    expect(pipe.sent.length).toBe(3);
    expect(stream.stats.updates).toBe(0);
    stream.setPaused(false);
    await stream.serve(size === LARGE ? surface : new Surface(size), 1_000);
    expect(paintedBy(pipe)).toEqual([0, areaOf(size)]);
  });

  it("leaves its rest on no other pipe: there it is sent anew, and the pipe before hears no more of it", async () => {
    const { surface, pipe, stream, holdBack, serve } = stage({ size: LARGE });
    const release = holdBack(2);
    const served = serve();
    await turnOfTheLoop();
    const next = new HandCarriedPipe("direct");
    next.open();
    stream.moveTo(next, 0);
    release();
    await served;
    expect(pipe.sent.length).toBe(2);
    await stream.serve(surface, 1_000);
    expect(paintedBy(next)).toEqual([areaOf(LARGE)]);
  });

  it("says again on a new pipe what the pointer looks like and where it is", () => {
    const { stream } = stage();
    const shape: CursorShape = {
      kind: "cursor-shape",
      visible: true,
      hotspot: { x: 1, y: 2 },
      size: { width: 16, height: 16 },
      png: Uint8Array.of(1, 2, 3),
    };
    const at = { x: 32, y: 96 };
    const moved = () => {
      const next = new HandCarriedPipe("relay");
      next.open();
      stream.moveTo(next, 0);
      return next.sent;
    };
    expect(moved()).toEqual([]);
    stream.cursorShape(shape);
    stream.cursorMoved(at);
    expect(moved()).toEqual([encodeCursorShape(shape), encodeCursorPlace(fractionOf(at, SIZE))]);
    stream.setShowsPointer(false);
    expect(moved()).toEqual([encodeCursorShape(shape)]);
  });

  it("tells the display's size once to each pipe, again when it is asked for all, and always over a relay", async () => {
    const { pipe, stream, film } = stage();
    // The first byte of each update's first part (protocol/update.ts).
    const told = ({ sent }: HandCarriedPipe) =>
      sent.splice(0).flatMap(([byte = 0]) => ((byte & 1) === 0 ? [] : [(byte & 4) !== 0]));
    for (let shown = 0; shown < 3; shown++) await film(1);
    expect(told(pipe)).toEqual([true, false, false]);
    stream.repaint();
    for (let shown = 0; shown < 2; shown++) await film(1);
    expect(told(pipe)).toEqual([true, false]);
    for (const [path, expected] of [
      ["direct", [true, false]],
      ["relay", [true, true]],
      ["turn", [true, false]],
    ] as const) {
      const next = new HandCarriedPipe(path);
      next.open();
      stream.moveTo(next, 0);
      for (let shown = 0; shown < 2; shown++) await film(1);
      expect([path, told(next)]).toEqual([path, expected]);
    }
  });

  it("looks again when what waits may have left, for perhaps no receipt comes that tells", async () => {
    const { pipe, stream, serve, ready } = stage();
    await serve();
    pipe.unsentBytes = 100_000;
    expect(ready()).toBe(false);
    expect(stream.wakeAtMs(1_000)).toBe(1_020);
    pipe.unsentBytes = 0;
    expect(ready()).toBe(true);
  });

  it("waits for a pipe that does not drain, whatever the receipts say", async () => {
    const { pipe, ready } = stage();
    expect(ready()).toBe(true);
    pipe.unsentBytes = 5 * 1024 * 1024;
    expect(ready()).toBe(false);
  });
});
