import type { ServerResponse } from "node:http";
import { type Frame, nextStep, type Watching } from "./core/latest-frame.ts";

const BOUNDARY = "deskbeam-picture";
export const MJPEG_CONTENT_TYPE = `multipart/x-mixed-replace;boundary=${BOUNDARY}`;

/**
 * One response that shows pictures until it ends.
 *
 *   --boundary            once, at the start
 *   Content-Type: image/jpeg, Content-Length: N, empty line, JPEG, --boundary     for each picture
 *
 * The next boundary follows each picture at once: most clients show a part when they have seen where it ends. For
 * those that want more, see SHOW_MS.
 */
export class MjpegWatch {
  private readonly response: ServerResponse;
  private readonly newest: () => Frame | undefined;
  private readonly taken: (sequence: number) => void;
  private watching: Watching | { readonly state: "over" } = { state: "fresh" };
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param newest the stream's newest picture, if there is one
   * @param taken called when a picture is being sent here
   */
  constructor(response: ServerResponse, newest: () => Frame | undefined, taken: (sequence: number) => void) {
    this.response = response;
    this.newest = newest;
    this.taken = taken;
    // Without a length and without chunks: the body lasts until the connection closes, as IP cameras do it.
    response.removeHeader("Transfer-Encoding");
    response.writeHead(200, { "Content-Type": MJPEG_CONTENT_TYPE, "Cache-Control": "no-store", Connection: "close" });
    response.write(`--${BOUNDARY}\r\n`);
    this.step();
  }

  /** Does what is due now. Call it when there is a new picture. */
  step(): void {
    clearTimeout(this.timer);
    if (this.watching.state === "over") return;
    const nowMs = performance.now();
    const step = nextStep(this.watching, this.newest(), nowMs);
    switch (step.do) {
      case "send":
        this.send(step.frame, nowMs);
        break;
      case "wait":
        this.timer = setTimeout(() => this.step(), step.untilMs - nowMs);
        break;
      case "end":
        this.end();
        break;
      case "idle":
    }
  }

  /** Idempotent. A picture that is under way is cut off: what is over is not to be seen any more. */
  end(): void {
    if (this.watching.state === "over") return;
    clearTimeout(this.timer);
    if (this.watching.state === "writing") this.response.destroy();
    else this.response.end();
    this.watching = { state: "over" };
  }

  private send(frame: Frame, nowMs: number): void {
    const { sequence, jpeg } = frame;
    const shown = this.watching.state === "drained" && this.watching.sequence === sequence;
    this.watching = { state: "writing", sequence, sinceMs: nowMs };
    this.response.cork();
    this.response.write(`Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
    this.response.write(jpeg);
    this.response.write(`\r\n--${BOUNDARY}\r\n`, (error) => {
      // After an error the connection is gone, and its close event ends this watch.
      if (error || this.watching.state === "over") return;
      this.watching = { state: "drained", sequence, sentMs: nowMs, shown };
      this.step();
    });
    this.response.uncork();
    this.taken(sequence);
    this.step();
  }
}
