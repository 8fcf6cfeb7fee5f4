import type { Size } from "../../protocol/geometry.ts";
import { chooseJpegWay, isPageShare, type JpegWay } from "../core/decoder-choice.ts";
import type { RowEncoding } from "../core/inflate-pixels.ts";
import { raceDecoders } from "./decoder-race.ts";
import { PageDecoder } from "./page-decoder.ts";
import type { PixelDecoder } from "./pixel-decoder.ts";
import { WorkerDecoder } from "./worker-decoder.ts";

type Ways =
  | { readonly kind: "not-started" }
  | { readonly kind: "racing" }
  | { readonly kind: "with-worker"; readonly worker: WorkerDecoder; readonly jpeg: JpegWay }
  | { readonly kind: "without-worker" };

/**
 * Decodes in whatever way this browser is quickest with. That is the page's own until the others have shown what they can,
 * and again when the worker fails: what it was asked and did not answer is decoded here then, and nothing is lost.
 */
export class RacedDecoder implements PixelDecoder {
  private readonly openWorker: () => Worker;
  private readonly nowMs: () => number;
  private readonly page = new PageDecoder();
  private ways: Ways = { kind: "not-started" };

  /** @param openWorker starts decode-worker.ts; may throw. The worker stays until the page goes */
  constructor(openWorker: () => Worker, nowMs: () => number) {
    this.openWorker = openWorker;
    this.nowMs = nowMs;
  }

  /** How JPEGs are decoded from now on; undefined before the race is over. */
  get jpegWay(): JpegWay | undefined {
    if (this.ways.kind === "with-worker") return this.ways.jpeg;
    return this.ways.kind === "without-worker" ? "page" : undefined;
  }

  /** Loads the worker and begins the race; what is called again has no effect. */
  start(): void {
    if (this.ways.kind !== "not-started") return;
    try {
      const worker = new WorkerDecoder(this.openWorker());
      this.ways = { kind: "racing" };
      void this.race(worker);
    } catch {
      // The browser allows this page no worker.
      this.ways = { kind: "without-worker" };
    }
  }

  async jpeg(size: Size, data: Uint8Array): Promise<ImageBitmap> {
    const { ways } = this;
    if (ways.kind !== "with-worker" || ways.jpeg !== "worker") return await this.page.jpeg(size, data);
    // It is gone, or cannot decode this one: perhaps the page can.
    return await ways.worker.jpeg(size, data).catch(() => this.page.jpeg(size, data));
  }

  async rows(encoding: RowEncoding, size: Size, data: Uint8Array, updatePixels: number): Promise<ImageData> {
    const { ways } = this;
    if (ways.kind !== "with-worker") return await this.page.rows(encoding, size, data);
    if (isPageShare(updatePixels)) return await this.page.rowsAtOnce(encoding, size, data);
    return await ways.worker.rows(encoding, size, data).catch(() => this.page.rows(encoding, size, data));
  }

  private async race(worker: WorkerDecoder): Promise<void> {
    worker.onGone = () => {
      this.ways = { kind: "without-worker" };
    };
    const laps = await raceDecoders(
      new Map<JpegWay, PixelDecoder>([
        ["page", this.page],
        ["worker", worker],
      ]),
      this.nowMs,
    );
    // Unless it is gone.
    if (this.ways.kind === "racing") this.ways = { kind: "with-worker", worker, jpeg: chooseJpegWay(laps) };
  }
}
