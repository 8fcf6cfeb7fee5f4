import { FrameBuffer } from "../frame-buffer.ts";
import { ClickScene } from "./clicks.ts";
import { DragScene } from "./drag.ts";
import { Glyphs } from "./glyphs.ts";
import { type Answer, type Job, jobSchema, type ResultOf, type SceneName } from "./jobs.ts";
import { openX11 } from "./painted-display.ts";
import { play } from "./play.ts";
import { rest } from "./rest.ts";
import type { Scene } from "./scene.ts";
import { ScrollScene } from "./scroll.ts";
import { MARGIN, SpotsScene, withinMargin } from "./spots.ts";
import { TypingScene } from "./typing.ts";
import { VideoScene, videoFrames, videoPlace } from "./video.ts";
import { watchStamps } from "./watch-stamps.ts";
import { whole } from "./whole.ts";

const STRIP_HEIGHT = 40;

/**
 * The painter: a process of its own, so that neither the product nor the benchmark shares a loop with what measures them.
 * It changes the shared display and looks for each change on the display that shows the viewer's browser. Both times
 * are read by one process from one clock; nothing is put into the browser, and what is measured is what a person sees:
 * capture, encoding, network, decoding, and the browser's way from canvas to screen, alike for every product.
 * @param args the names of the shared display and of the viewer's, and the folders of their frame buffers
 */
export async function run(args: readonly string[]): Promise<void> {
  const [sharedDisplay = "", viewerDisplay = "", sharedFolder = "", viewerFolder = ""] = args;
  const x = await openX11(sharedDisplay, false);
  const shared = new FrameBuffer(sharedFolder);
  const viewer = new FrameBuffer(viewerFolder);
  const glyphs = await Glyphs.draw();
  const frames = videoFrames(shared);
  // Out of every picture that is compared: the shared display has the pointer painted in, and the viewer may not.
  x.client.WarpPointer(0, x.root, 0, 0, 0, 0, shared.width - 1, shared.height - 1);
  await x.settled();
  let scenes: Scene[] = [];
  let clicks: ClickScene | undefined;
  let lastPaintedMs = 0;

  const openScene = (name: Exclude<SceneName, "clicks">, seed: number): Promise<Scene> => {
    switch (name) {
      case "spots":
        return SpotsScene.open(x, shared, seed);
      case "typing":
        return TypingScene.open(x, glyphs, shared, seed);
      case "scroll":
        return ScrollScene.open(x, glyphs, shared, seed);
      case "drag":
        return DragScene.open(x, glyphs, shared, seed);
      case "video":
        return VideoScene.open(x, glyphs, shared, seed, frames);
      case "typing-below-video": {
        const video = videoPlace(shared);
        const strip = { ...video, y: video.y + video.height, height: STRIP_HEIGHT };
        return TypingScene.open(x, glyphs, shared, seed, strip);
      }
    }
  };
  const closeAll = async () => {
    for (const scene of [...scenes].reverse()) await scene.close();
    await clicks?.close();
    scenes = [];
    clicks = undefined;
  };
  const carryOut = async (job: Job): Promise<ResultOf<Job["job"]>> => {
    switch (job.job) {
      case "open":
        for (const name of job.scenes) {
          if (name === "clicks") clicks = await ClickScene.open(x, shared);
          else scenes.push(await openScene(name, job.seed));
        }
        return null;
      case "close":
        await closeAll();
        return null;
      case "play": {
        const tracks = job.tracks.flatMap((track, nth) => {
          const scene = scenes[nth];
          return scene === undefined ? [] : [{ ...track, scene }];
        });
        const played = await play({ shared, viewer }, tracks, job.lastLimitMs);
        lastPaintedMs = played[0]?.lastPaintedMs ?? 0;
        return played;
      }
      case "watch": {
        const watched = watchStamps({ shared, viewer }, job, job.forMs);
        lastPaintedMs = watched.lastPaintedMs;
        return watched;
      }
      case "rest": {
        const part = scenes[0] === undefined ? withinMargin(shared) : scenes[0].moving;
        if (part === undefined) throw new Error("There is no picture to compare.");
        return rest({ shared, viewer }, part, lastPaintedMs, job.limitMs);
      }
      case "whole":
        return whole({ shared, viewer }, MARGIN, job.limitMs);
      case "click":
        if (clicks === undefined) throw new Error("There is nothing to click on.");
        return await clicks.click(viewerDisplay, viewer, job.count, job.seed);
    }
  };

  const answer = (message: Answer) => process.send?.(message);
  process.on("message", (message) => {
    carryOut(jobSchema.parse(message)).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  // Its parent has gone, and with it whoever would use what is open here.
  process.on("disconnect", () => void x.close());
  answer({ ready: true });
}
