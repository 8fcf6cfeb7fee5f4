import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chooseJpegEncoder } from "../../../host-agent/encode/choose.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { Desk } from "../../../host-agent/pipeline/desk.ts";
import { FirstPicture } from "../../../host-agent/pipeline/first-picture.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";
import { ModelViewer } from "../../support/model-viewer.ts";
import { grainy, PaintableCapture } from "../../support/paintable-capture.ts";

const SIZE = { width: 320, height: 240 };
const WHOLE = { x: 0, y: 0, ...SIZE };
const quality = 0;
const nowMs = () => performance.now();

describe("the first picture of somebody who is on the way in", () => {
  let capture: PaintableCapture;
  let encoder: RectEncoder;
  let desk: Desk;
  let first: FirstPicture;

  beforeEach(async () => {
    capture = new PaintableCapture(SIZE);
    capture.paint(WHOLE, grainy(3));
    encoder = new RectEncoder((await chooseJpegEncoder()).encoder);
    desk = new Desk({
      capture,
      maxFps: 60,
      nowMs,
      onSurfaceChange: (rects) => encoder.changed(rects, performance.now()),
      onResize: () => undefined,
      onLost: (error) => expect.unreachable(error.message),
    });
    first = new FirstPicture({ encoder, size: SIZE, quality });
    desk.add(first);
    // One rectangle, in two pieces.
    await vi.waitFor(() => expect(encoder.stats).toMatchObject({ encodes: 1, jpegRects: 2 }));
  });
  afterEach(() => desk.close());

  async function look() {
    const [near, far] = memoryPipePair();
    const viewer = new ModelViewer(far, { prompt: true });
    const stream = new PictureStream({ pipe: near, encoder, size: desk.size, after: 0, quality: () => quality, nowMs });
    far.listen({ opened: () => undefined, message: (bytes) => viewer.take(bytes), closed: () => undefined });
    near.listen({ opened: () => desk.add(stream), message: () => undefined, closed: () => undefined });
    await vi.waitFor(() => expect(viewer.updates).toBeGreaterThan(0));
    return viewer;
  }

  it("is there when the way is: nothing is encoded for it then", async () => {
    const { jpegRects } = encoder.stats;
    const viewer = await look();
    expect(encoder.stats).toMatchObject({ jpegRects, cacheHits: 1 });
    expect(viewer.rects.some(({ encoding }) => encoding === "jpeg")).toBe(true);
  });

  it("is read once, however much changes before somebody looks", async () => {
    for (const seed of [4, 5, 6]) {
      capture.paint(WHOLE, grainy(seed));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect([capture.grabs, encoder.stats.encodes]).toEqual([1, 1]);
    capture.paint(WHOLE, () => 0x336699);
    const viewer = await look();
    await vi.waitFor(async () => expect(await viewer.colourAt(5, 5)).toBe(0x336699));
  });

  it("lets the display rest when nobody comes", () => {
    desk.remove(first);
    expect(capture.watching).toBe(false);
  });
});
