import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { X11Capture } from "../../../host-agent/capture/x11/capture.ts";
import { x11Capture } from "../../../host-agent/capture/x11.ts";
import { chooseJpegEncoder } from "../../../host-agent/encode/choose.ts";
import { RectEncoder } from "../../../host-agent/encode/rect-encoder.ts";
import { Desk } from "../../../host-agent/pipeline/desk.ts";
import { PictureStream } from "../../../host-agent/pipeline/picture-stream.ts";
import { decodeMessage } from "../../../protocol/message.ts";
import { memoryPipePair } from "../../support/memory-pipe.ts";
import { ModelViewer } from "../../support/model-viewer.ts";
import { startXServer, type XServer } from "../../support/x-server.ts";

const IDLE_MS = 10_000;
const nowMs = () => performance.now();

describe("a real display on which nothing changes", () => {
  let server: XServer;
  let desk: Desk | undefined;
  beforeAll(async () => {
    server = await startXServer({ width: 1280, height: 720 });
  });
  afterAll(async () => {
    await desk?.close();
    await server.stop();
  });

  it("costs no capture, no update byte and no word to the X server for ten seconds", async () => {
    const target = { display: server.display, monitor: "all", maxFps: 60 } as const;
    // The driver's own class is wanted here for its counter of requests.
    const capture = (await x11Capture().open(target)) as X11Capture;
    const encoder = new RectEncoder((await chooseJpegEncoder()).encoder);
    const fresh = new Desk({
      capture,
      maxFps: 60,
      nowMs,
      onSurfaceChange: (rects) => encoder.changed(rects, nowMs()),
      onResize: () => undefined,
      onLost: (error) => expect.unreachable(error.message),
    });
    desk = fresh;
    const [near, far] = memoryPipePair();
    const viewer = new ModelViewer(far);
    const stream = new PictureStream({ pipe: near, encoder, size: fresh.size, after: 0, quality: () => 0, nowMs });
    far.listen({ opened: () => undefined, message: (bytes) => viewer.take(bytes), closed: () => undefined });
    near.listen({
      opened: () => fresh.add(stream),
      message: (bytes) => {
        const message = decodeMessage(bytes);
        if (message.kind === "receipt") stream.receipt(message.sequence, nowMs(), 0);
        fresh.kick();
      },
      closed: () => fresh.remove(stream),
    });
    await vi.waitFor(() => expect(viewer.size).toEqual({ width: 1280, height: 720 }), { timeout: 10_000 });

    const counters = () => ({
      captures: fresh.stats.captures,
      updates: stream.stats.updates,
      bytes: stream.stats.bytes,
      requests: capture.requestCount,
    });
    let before = counters();
    await vi.waitFor(
      () => {
        const now = counters();
        const quiet = JSON.stringify(now) === JSON.stringify(before);
        before = now;
        expect(quiet).toBe(true);
      },
      { timeout: 10_000, interval: 500 },
    );
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    expect(counters()).toEqual(before);
  });
});
