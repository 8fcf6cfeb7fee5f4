import type { Size } from "../../protocol/geometry.ts";
import type { RowEncoding } from "../core/inflate-pixels.ts";
import type { Answer, Job, Request } from "./decode-job.ts";
import type { PixelDecoder } from "./pixel-decoder.ts";

/** A worker that has work and says nothing for so long is given up. If it was only slow, that costs its work a second time. */
const SILENCE_LIMIT_MS = 3_000;

type Asked = {
  readonly resolve: (picture: ImageBitmap | Uint8ClampedArray<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
};

/**
 * The page's end of the worker. Whoever asks keeps what it asked with: what the worker has not answered when it dies, or
 * falls silent, is rejected, and everything after it. How much is asked at once is bounded by the screen (screen.ts).
 */
export class WorkerDecoder implements PixelDecoder {
  onGone: () => void = () => {};

  private readonly worker: Worker;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private gone: Error | undefined;

  /** @param worker running decode-worker.ts; this object ends it */
  constructor(worker: Worker) {
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.answered(data);
    worker.onmessageerror = () => this.end("said what this page cannot read");
    // Its script did not load, may not run here, or has a bug.
    worker.onerror = ({ message }) => this.end(`failed: ${message}`);
  }

  async jpeg(size: Size, data: Uint8Array): Promise<ImageBitmap> {
    const { width, height } = size;
    const picture = await this.ask({ kind: "jpeg", size: { width, height }, data: data.slice() });
    if (picture instanceof Uint8ClampedArray) throw new Error("The worker inflated a JPEG.");
    return picture;
  }

  async rows(encoding: RowEncoding, size: Size, data: Uint8Array): Promise<ImageData> {
    const { width, height } = size;
    const rgba = await this.ask({ kind: encoding, size: { width, height }, data: data.slice() });
    if (!(rgba instanceof Uint8ClampedArray)) throw new Error("The worker decoded rows as a JPEG.");
    return new ImageData(rgba, width, height);
  }

  private ask(job: Job): Promise<ImageBitmap | Uint8ClampedArray<ArrayBuffer>> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    this.lastId += 1;
    const request: Request = { id: this.lastId, job };
    return new Promise((resolve, reject) => {
      this.asked.set(request.id, { resolve, reject });
      this.silence ??= this.listen();
      this.worker.postMessage(request, [job.data.buffer]);
    });
  }

  private answered(answer: Answer): void {
    const asked = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    clearTimeout(this.silence);
    this.silence = this.asked.size > 0 ? this.listen() : undefined;
    if ("error" in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.picture);
  }

  private listen(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.end("does not answer"), SILENCE_LIMIT_MS);
  }

  private end(why: string): void {
    if (this.gone !== undefined) return;
    const gone = new Error(`The decoding worker ${why}.`);
    this.gone = gone;
    clearTimeout(this.silence);
    this.worker.terminate();
    for (const { reject } of this.asked.values()) reject(gone);
    this.asked.clear();
    this.onGone();
  }
}
