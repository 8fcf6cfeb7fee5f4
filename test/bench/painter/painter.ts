import { FrameBuffer } from "../frame-buffer.ts";
import { type Answer, type Job, jobSchema, type ResultOf } from "./jobs.ts";
import { openX11, type X11Connection } from "./painted-display.ts";
import { SpotsScene } from "./spots.ts";
import { TerminalScene } from "./typing.ts";
import { VideoScene, videoFrames } from "./video.ts";

/** One at a time, so that they never cover each other. */
type Scene = SpotsScene | VideoScene | TerminalScene;

/**
 * The painter: a process of its own, so that neither the product nor the benchmark shares a loop with what measures them.
 * It changes the shared display and looks for each change on the display that shows the viewer's browser. Both times
 * are read by one process from one clock; nothing is put into the browser, and what is measured is what a person sees:
 * capture, encoding, network, decoding, and the browser's way from canvas to screen, alike for every product.
 * @param args the shared display's name, the folders of the frame buffers of the shared display and of the viewer's
 */
export async function run(args: readonly string[]): Promise<void> {
  const [displayName = "", sharedFolder = "", viewerFolder = ""] = args;
  const x = await openX11(displayName);
  const shared = new FrameBuffer(sharedFolder);
  const viewer = new FrameBuffer(viewerFolder);
  const frames = videoFrames();
  // Out of every picture that is compared: the shared display has the pointer painted in, and the viewer may not.
  x.client.WarpPointer(0, x.root, 0, 0, 0, 0, shared.width - 1, shared.height - 1);
  await x.settled();
  let scene: Scene | undefined;

  const open = async (wanted: (Job & { job: "open" })["scene"]): Promise<Scene> => {
    switch (wanted) {
      case "spots":
        return await SpotsScene.open(x, shared, viewer);
      case "video":
        return await VideoScene.open(x, shared, viewer, frames);
      case "terminal":
        return await TerminalScene.open(x, shared);
    }
  };
  const carryOut = async (job: Job): Promise<ResultOf<Job["job"]>> => {
    switch (job.job) {
      case "open":
        scene = await open(job.scene);
        return null;
      case "close":
        await scene?.close();
        scene = undefined;
        return null;
      case "spots":
        if (scene instanceof SpotsScene) return await scene.paint(job);
        break;
      case "video":
        if (scene instanceof VideoScene) return await scene.play(job);
        break;
      case "rest":
        if (scene instanceof VideoScene) return scene.rest(job.restMs);
        break;
      case "type":
        if (scene instanceof TerminalScene) return await scene.type(job);
        break;
    }
    throw new Error(`The scene for "${job.job}" is not open.`);
  };

  const answer = (message: Answer) => process.send?.(message);
  process.on("message", (message) => {
    carryOut(jobSchema.parse(message)).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on("disconnect", () => {
    // Its parent has gone, and with it whoever would use what is open here.
    void endAll(x, scene);
  });
  answer({ ready: true });
}

async function endAll(x: X11Connection, scene: Scene | undefined): Promise<void> {
  if (scene instanceof TerminalScene) await scene.close();
  await x.close();
}
