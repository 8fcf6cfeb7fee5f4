import { FrameBuffer } from "../frame-buffer.ts";
import { type Answer, type Job, jobSchema, type ResultOf } from "./jobs.ts";
import { openX11 } from "./painted-display.ts";
import { paintSpots } from "./spots.ts";
import { openTerminal, type Terminal } from "./typing.ts";
import { paintVideo, videoFrames } from "./video.ts";

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
  let terminal: Terminal | undefined;

  const carryOut = async (job: Job): Promise<ResultOf<Job["job"]>> => {
    switch (job.job) {
      case "spots":
        return await paintSpots(x, viewer, job);
      case "video":
        return await paintVideo(x, shared, viewer, frames, job);
      case "open-terminal":
        terminal = await openTerminal(x, displayName, shared);
        return null;
      case "type":
        if (terminal === undefined) throw new Error("type comes after open-terminal");
        return await terminal.type(job);
      case "close-terminal":
        await terminal?.close();
        terminal = undefined;
        return null;
    }
  };

  const answer = (message: Answer) => process.send?.(message);
  process.on("message", (message) => {
    carryOut(jobSchema.parse(message)).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on("disconnect", () => {
    void terminal?.close();
    void x.close();
    shared.close();
    viewer.close();
  });
  answer({ ready: true });
}
