import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Region } from "../../../host-agent/core/region.ts";
import { Surface } from "../../../host-agent/core/surface.ts";
import { chooseJpegEncoder } from "../../../host-agent/encode/choose.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { areaOf, type Point, type Rect, type Size, wholeOf } from "../../../protocol/geometry.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { MAX_MESSAGE_BYTES } from "../../../protocol/update.ts";
import { HandCarriedPipe } from "../../support/hand-carried-pipe.ts";
import { lettered } from "../../support/lettered.ts";
import { ModelViewer } from "../../support/model-viewer.ts";
import { grainy } from "../../support/paintable-capture.ts";
import { QueuedPipe } from "../../support/queued-pipe.ts";

/*
 * The picture of a session that moves from pipe to pipe, with losses that no honest pipe has but its end: what was on its
 * way over the one before, from some message on, never arrives.
 */
const SIZE = { width: 240, height: 160 };
const WHOLE = { x: 0, y: 0, ...SIZE };
/** Beyond this an update rests, and what of it is approximate is sent exact. */
const REST_MS = 250;
const { encoder: jpeg } = await chooseJpegEncoder();

type Colour = (x: number, y: number) => number;
const plain =
  (value: number): Colour =>
  () =>
    value;

/** Noise of so few colours that it is sent exact, and so large that an update of it takes several messages. */
const fewColours =
  (seed: number): Colour =>
  (x, y) =>
    grainy(seed)(x, y) & 0xc0e0e0;

/** A display, its stream to one viewer, and what lies between them in the test's hands. */
function stage({ size, finds }: { size: Size; finds: "moves" | "no moves" } = { size: SIZE, finds: "moves" }) {
  const surface = new Surface(size);
  let nowMs = 1_000;
  const encoder = new RectEncoder(jpeg, () => nowMs);
  let wire = new QueuedPipe();
  const stream = new PictureStream({ pipe: wire, encoder, size, after: 0, quality: () => 0, nowMs: () => nowMs });
  /** Receipts on their way to the host. */
  const back = new HandCarriedPipe("direct");
  back.open();
  const viewer = new ModelViewer(back, { prompt: false });
  let serving: Promise<void> | undefined;

  const paint = (rect: Rect, colour: Colour) => {
    const pixels = new Uint8Array(rect.width * rect.height * 4);
    for (let at = 0; at < pixels.length; at += 4) {
      const value = colour(rect.x + ((at / 4) % rect.width), rect.y + Math.floor(at / 4 / rect.width));
      pixels.set([value & 0xff, (value >> 8) & 0xff, value >> 16], at);
    }
    const image = { rect, pixels };
    const { move, rects } =
      finds === "moves" ? surface.take([image], nowMs) : { move: undefined, rects: surface.apply(image) };
    encoder.changed(move === undefined ? rects : [move.to, ...rects], nowMs);
    stream.changed(rects, move, nowMs);
  };
  /** What the display shows in this area it shows elsewhere too, as far as that is on the display. */
  const moveContent = ({ x, y, width, height }: Rect, by: Point) => {
    const before = surface.bytes.slice();
    paint(wholeOf(size), (atX, atY) => {
      const [fromX, fromY] = [atX - by.x, atY - by.y];
      const isMoved = fromX >= x && fromX < x + width && fromY >= y && fromY < y + height;
      const at = (isMoved ? fromY * size.width + fromX : atY * size.width + atX) * 4;
      return ((before[at + 2] ?? 0) << 16) | ((before[at + 1] ?? 0) << 8) | (before[at] ?? 0);
    });
  };
  const serve = () => {
    serving ??= stream.serve(surface, nowMs);
  };
  const served = async () => {
    await serving;
    serving = undefined;
  };
  /** The oldest messages arrive, so many of them. */
  const arrive = (count: number) => {
    for (const bytes of wire.letOut(count)) viewer.take(bytes);
  };
  /** The viewer says what it has painted since, and the host hears it. */
  const receipts = () => {
    viewer.receipts();
    for (const bytes of back.sent.splice(0)) {
      const message = decodeMessage(bytes);
      if (message.kind === "receipt") stream.receipt(message.sequence, nowMs, 0);
    }
  };
  /**
   * The viewer says on another pipe that the session goes on there, and what it has painted; of the one before, so many
   * messages still arrive until it hears the host on the new one.
   */
  const move = (stillArriving: number) => {
    const next = new QueuedPipe();
    stream.moveTo(next, viewer.painted);
    arrive(stillArriving);
    wire = next;
    viewer.moveTo(back);
  };
  const pass = (durationMs: number) => {
    nowMs += durationMs;
  };
  /** Nothing is lost any more, until nothing is left to send. */
  const settle = async () => {
    await served();
    for (let round = 0; round < 200; round++) {
      arrive(Number.POSITIVE_INFINITY);
      receipts();
      serve();
      await served();
      if (wire.unsentBytes === 0 && stream.wakeAtMs(nowMs) === undefined) return;
      pass(REST_MS);
    }
    throw new Error("the picture never rests");
  };
  const wrongPixels = async () => {
    const shown = await viewer.pixels();
    let wrong = 0;
    for (let at = 0; at < areaOf(size); at++) {
      const same = [0, 1, 2].every((part) => shown[at * 3 + part] === surface.bytes[at * 4 + 2 - part]);
      if (!same) wrong += 1;
    }
    return wrong;
  };
  const ready = () => stream.ready(nowMs, Region.of([wholeOf(size)]));
  return {
    stream,
    viewer,
    ready,
    paint,
    moveContent,
    serve,
    served,
    arrive,
    receipts,
    move,
    pass,
    settle,
    wrongPixels,
    waitingBytes: () => wire.unsentBytes,
  };
}

describe("the picture of a session that moves", () => {
  const half = { ...WHOLE, width: 120 };

  it("is sent again as far as it was not acknowledged, and no further", async () => {
    const { stream, viewer, paint, serve, served, arrive, receipts, move, settle, wrongPixels } = stage();
    paint(WHOLE, plain(0x102030));
    serve();
    await served();
    arrive(Number.POSITIVE_INFINITY);
    receipts();
    paint(half, plain(0x405060));
    serve();
    await served();
    move(0);
    viewer.rects.length = 0;
    await settle();
    expect(await wrongPixels()).toBe(0);
    expect(viewer.rects.map(({ rect }) => rect)).toEqual([half]);
    expect(stream.stats.updates).toBe(3);
  });

  it("is whole when it moves in the middle of a large update", async () => {
    const { paint, serve, served, arrive, move, settle, wrongPixels, waitingBytes } = stage();
    paint(WHOLE, fewColours(1));
    serve();
    await served();
    expect(waitingBytes()).toBeGreaterThan(2 * MAX_MESSAGE_BYTES);
    arrive(1);
    move(1);
    await settle();
    expect(await wrongPixels()).toBe(0);
  });

  it("is whole when it moves while an update is being encoded: that one is sent anew over the new pipe", async () => {
    const { paint, serve, served, arrive, receipts, move, settle, wrongPixels, waitingBytes } = stage();
    paint(WHOLE, plain(0));
    serve();
    await served();
    arrive(Number.POSITIVE_INFINITY);
    receipts();
    paint(half, grainy(2));
    serve();
    move(0);
    await served();
    serve();
    await served();
    expect(waitingBytes()).toBeGreaterThan(0);
    await settle();
    expect(await wrongPixels()).toBe(0);
  });

  it("does not take what was refined on the left pipe for exact, unless that is acknowledged", async () => {
    const { viewer, paint, serve, served, arrive, receipts, move, pass, settle, wrongPixels } = stage();
    paint(WHOLE, grainy(3));
    serve();
    await served();
    arrive(Number.POSITIVE_INFINITY);
    receipts();
    expect(viewer.rects.some(({ encoding }) => encoding === "jpeg")).toBe(true);
    pass(REST_MS);
    serve();
    await served();
    move(0);
    await settle();
    expect(await wrongPixels()).toBe(0);
  });

  it("becomes exact when it rests after it was a film, in its soft cells and in its sharp ones", async () => {
    const size = { width: 320, height: 240 };
    const { viewer, paint, serve, served, arrive, receipts, pass, settle, wrongPixels } = stage({
      size,
      finds: "no moves",
    });
    const isDisc = (x: number, y: number, at: number) => (x - 100 - at) ** 2 + (y - 90) ** 2 < 40 ** 2;
    const shade = (x: number, y: number) => 110 + Math.round(50 * Math.sin(x / 50) + 40 * Math.cos(y / 40));
    for (let picture = 0; picture < 5; picture += 1) {
      const grain = grainy(picture);
      const film: Colour = (x, y) => (shade(x, y) << 16) | (shade(y, x) << 8) | shade(x + y, y);
      paint(wholeOf(size), (x, y) => (isDisc(x, y, 9 * picture) ? 0xf0f0f0 : film(x, y)) + (grain(x, y) & 0x070707));
      serve();
      await served();
      arrive(Number.POSITIVE_INFINITY);
      receipts();
      pass(33);
    }
    expect(viewer.rects.at(-1)?.encoding).toBe("film");
    expect(await wrongPixels()).toBeGreaterThan(1000);
    pass(REST_MS);
    await settle();
    expect(await wrongPixels()).toBe(0);
  });

  it("waits for no receipt of the left pipe before it goes on over the new one", async () => {
    const { ready, paint, serve, served, move } = stage();
    for (let update = 0; update < 4; update++) {
      paint({ x: update, y: 0, width: 1, height: 1 }, plain(0xff0000 + update));
      serve();
      await served();
    }
    expect(ready()).toBe(false);
    move(0);
    expect(ready()).toBe(true);
  });

  it("refers to nothing that was lost with the left pipe, not even what was being encoded as it moved", async () => {
    const { viewer, paint, serve, served, arrive, receipts, move, settle, wrongPixels } = stage();
    const letter = { x: 10, y: 10, width: 18, height: 19 };
    paint(WHOLE, plain(0));
    serve();
    await served();
    arrive(Number.POSITIVE_INFINITY);
    receipts();
    for (const seed of [1, 2, 1]) {
      paint({ ...letter, x: 10 + 20 * seed }, fewColours(seed));
      serve();
      await served();
      arrive(seed === 2 ? 0 : 1);
    }
    // A photograph beside it is encoded in a thread, and the pipe changes meanwhile.
    paint({ ...letter, x: 100 }, fewColours(2));
    paint({ x: 130, y: 0, width: 100, height: 150 }, grainy(5));
    serve();
    move(0);
    await served();
    await settle();
    expect(await wrongPixels()).toBe(0);
    expect(viewer.rects.filter(({ encoding }) => encoding === "text").length).toBeGreaterThan(1);
  });

  it("sends what was to be copied when it moves while that update is being encoded", async () => {
    const { viewer, paint, moveContent, serve, served, arrive, receipts, move, settle, wrongPixels } = stage();
    paint(WHOLE, lettered(1));
    serve();
    await served();
    arrive(Number.POSITIVE_INFINITY);
    receipts();
    paint(half, lettered(2));
    serve();
    await served();
    // The half is on its way and is never going to arrive; what is to be copied lies in it.
    moveContent(WHOLE, { x: 0, y: -16 });
    serve();
    move(0);
    await served();
    await settle();
    expect(await wrongPixels()).toBe(0);
    expect(viewer.rects.map(({ encoding }) => encoding)).not.toContain("copy");
  });

  type Step =
    /** `update`: painted, encoded and sent at once. */
    | { readonly do: "paint" | "update"; readonly rect: Rect; readonly colour: Colour }
    | { readonly do: "drag"; readonly rect: Rect; readonly by: Point }
    /** A film's picture in the left half, and at once a letter in the right one; perhaps when all before has come. */
    | { readonly do: "film and letter"; readonly seed: number; readonly x: number; readonly isQuiet: boolean }
    | { readonly do: "scroll"; readonly byPx: number }
    | { readonly do: "serve" | "finish" | "receipts" }
    | { readonly do: "arrive" | "move"; readonly messages: number }
    | { readonly do: "pass"; readonly durationMs: number };

  const anyRect = fc
    .record({ x: fc.nat(SIZE.width - 1), y: fc.nat(SIZE.height - 1), width: fc.nat(240), height: fc.nat(160) })
    .map(({ x, y, width, height }) => ({
      x,
      y,
      width: Math.min(width + 1, SIZE.width - x),
      height: Math.min(height + 1, SIZE.height - y),
    }));
  /** As large as a letter: such ones refer to each other. */
  const smallRect = anyRect.map((one) => ({
    ...one,
    width: Math.min(one.width, 18),
    height: Math.min(one.height, 19),
  }));
  const rect = fc.oneof(anyRect, smallRect);
  const colour = fc
    .tuple(fc.constantFrom(plain, fewColours, grainy, lettered), fc.nat(0xffffff))
    .map(([of, seed]) => of(seed));
  const near = fc.integer({ min: -40, max: 40 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constantFrom("paint" as const, "update" as const), rect, colour }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("drag" as const), rect, by: fc.record({ x: near, y: near }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("scroll" as const), byPx: near }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("film and letter" as const),
        seed: fc.nat(99),
        x: fc.integer({ min: 120, max: 220 }),
        isQuiet: fc.boolean(),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constantFrom("serve" as const, "finish" as const, "receipts" as const) }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("arrive" as const), messages: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), messages: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), durationMs: fc.nat(400) }) },
  );

  it("ends right to the pixel, whatever was painted, received, acknowledged and lost on the way", async () => {
    let copies = 0;
    let overtaking = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 }), fc.boolean(), async (story, isThere) => {
        const { viewer, paint, moveContent, serve, served, arrive, receipts, move, pass, settle, wrongPixels } =
          stage();
        paint(WHOLE, lettered(0));
        if (isThere) await settle();
        for (const one of story) {
          switch (one.do) {
            case "paint":
              // As the desk: what is being encoded does not change.
              await served();
              paint(one.rect, one.colour);
              break;
            case "update":
              await served();
              paint(one.rect, one.colour);
              serve();
              await served();
              break;
            case "film and letter":
              await served();
              if (one.isQuiet) {
                arrive(Number.POSITIVE_INFINITY);
                receipts();
              }
              for (const [rect, colour] of [
                [half, grainy(one.seed)],
                [{ x: one.x, y: 100, width: 18, height: 19 }, fewColours(one.seed)],
              ] as const) {
                paint(rect, colour);
                serve();
                await served();
              }
              break;
            case "drag":
              await served();
              moveContent(one.rect, one.by);
              break;
            case "scroll":
              await served();
              moveContent(WHOLE, { x: 0, y: one.byPx });
              break;
            case "serve":
              serve();
              break;
            case "finish":
              await served();
              break;
            case "receipts":
              receipts();
              break;
            case "arrive":
              arrive(one.messages);
              break;
            case "move":
              move(one.messages);
              break;
            case "pass":
              pass(one.durationMs);
          }
        }
        await settle();
        expect(await wrongPixels()).toBe(0);
        copies += viewer.rects.filter(({ encoding }) => encoding === "copy").length;
        overtaking += viewer.shortUpdates;
      }),
      { numRuns: 60 },
    );
    expect(copies).toBeGreaterThan(5);
    expect(overtaking).toBeGreaterThan(5);
  });

  it("shows a letter before the large picture that waits in front of the path, and that one afterwards", async () => {
    const { viewer, paint, serve, served, arrive, receipts, settle, wrongPixels, waitingBytes } = stage();
    const letter = { x: 200, y: 100, width: 18, height: 19 };
    paint(WHOLE, plain(0));
    serve();
    await served();
    arrive(1);
    receipts();
    paint(half, grainy(7));
    serve();
    await served();
    paint(letter, fewColours(3));
    serve();
    await served();
    expect(waitingBytes()).toBeGreaterThan(MAX_MESSAGE_BYTES);
    arrive(2);
    expect(viewer.shortUpdates).toBe(1);
    expect(await viewer.colourAt(201, 101)).toBe(fewColours(3)(201, 101));
    expect(await viewer.colourAt(10, 10)).toBe(0);
    await settle();
    expect(await wrongPixels()).toBe(0);
  });
});

describe("what only moves on the display", () => {
  const size = { width: 320, height: 240 };
  const screen = wholeOf(size);
  type Stage = ReturnType<typeof stage>;

  /** The bytes of a story towards a viewer that keeps up, once it has the picture that it begins with. */
  async function bytesOf(
    finds: "moves" | "no moves",
    begin: (on: Stage) => void,
    steps: readonly ((on: Stage) => void)[],
  ): Promise<number> {
    const on = stage({ size, finds });
    begin(on);
    await on.settle();
    const before = on.viewer.bytes;
    for (const step of steps) {
      step(on);
      on.serve();
      await on.served();
      on.arrive(Number.POSITIVE_INFINITY);
      on.receipts();
      on.pass(33);
    }
    await on.settle();
    expect(await on.wrongPixels()).toBe(0);
    return on.viewer.bytes - before;
  }

  it("costs a fifth at most of its bytes: 25 lines that scroll by", async () => {
    const text = lettered(3);
    const line = (number: number) => (on: Stage) => on.paint(screen, (x, y) => text(x, y + 16 * number));
    const lines = Array.from({ length: 25 }, (_, index) => line(index + 1));
    const [copied, sent] = [await bytesOf("moves", line(0), lines), await bytesOf("no moves", line(0), lines)];
    expect(copied).toBeLessThan(sent / 5);
    expect(copied).toBeLessThan(25 * 1024);
  });

  it("costs a fifth at most of its bytes: a window dragged over a picture", async () => {
    const desktop: Colour = (x, y) => (((x + y) >> 3) * 0x020103) & 0xffffff;
    const at = (step: number) => (on: Stage) => {
      const window = { x: 10 + 4 * step, y: 20 + 3 * step, width: 200, height: 150 };
      on.paint(screen, (x, y) => {
        const [inX, inY] = [x - window.x, y - window.y];
        const isInside = inX >= 0 && inY >= 0 && inX < window.width && inY < window.height;
        return isInside ? (inY < 20 ? 0x335577 : lettered(6)(inX, inY)) : desktop(x, y);
      });
    };
    const steps = Array.from({ length: 12 }, (_, index) => at(index + 1));
    const [copied, sent] = [await bytesOf("moves", at(0), steps), await bytesOf("no moves", at(0), steps)];
    expect(copied).toBeLessThan(sent / 5);
  });
});
