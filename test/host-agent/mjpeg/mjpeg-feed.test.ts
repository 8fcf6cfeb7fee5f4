import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MjpegFeed } from "../../../host-agent/mjpeg/mjpeg-feed.ts";
import { Desk } from "../../../host-agent/pipeline/desk.ts";
import { PaintableCapture } from "../../support/paintable-capture.ts";

const SIZE = { width: 32, height: 32 };
const WHOLE = { x: 0, y: 0, ...SIZE };
const nowMs = () => performance.now();

describe("the unsealed picture", () => {
  let capture: PaintableCapture;
  let desk: Desk;
  /** The first pixel of each picture that went out. */
  const sent: number[] = [];

  beforeEach(() => {
    sent.length = 0;
    capture = new PaintableCapture(SIZE);
    desk = new Desk({
      capture,
      maxFps: 60,
      nowMs,
      onSurfaceChange: () => undefined,
      onResize: () => undefined,
      onLost: (error) => expect.unreachable(error.message),
    });
    desk.add(
      new MjpegFeed({
        encoder: { name: "first pixel", encode: async (pixels) => pixels.bytes.slice(0, 1) },
        send: async (jpeg) => sent.push(jpeg[0] ?? -1) > 0,
        quality: () => 0,
        nowMs,
        wake: () => desk.kick(),
      }),
    );
  });
  afterEach(() => desk.close());

  it("shows a change that came right after the picture before, though nothing else happens then", async () => {
    await vi.waitFor(() => expect(sent.length).toBe(1));
    capture.paint(WHOLE, () => 7);
    await vi.waitFor(() => expect(sent).toContain(7));
    capture.paint(WHOLE, () => 8);
    await vi.waitFor(() => expect(sent).toContain(8));
  });

  it("costs nothing while nothing changes", async () => {
    await vi.waitFor(() => expect(sent.length).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([sent.length, capture.grabs]).toEqual([1, 1]);
  });
});
