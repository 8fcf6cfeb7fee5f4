import sharp from "sharp";
import type { CursorShape } from "../../protocol/cursor.ts";
import { type Point, type Size, wholeOf } from "../../protocol/geometry.ts";
import { MAX_FRAME_BYTES } from "../../protocol/signaling.ts";
import type { Surface } from "../core/surface.ts";
import type { JpegEncoder, Pixels } from "../encode/driver.ts";
import type { DeskConsumer } from "../pipeline/desk.ts";
import { blendPointer, type PointerPicture } from "./blend-pointer.ts";

/** More pictures a second help no camera client and cost a whole-screen JPEG each. */
const MAX_PICTURES_PER_SECOND = 15;
/** Whole pictures are never refined, so they are a little sharper from the start. */
const AUTO_QUALITY = 80;
/** The retry after a server that was away took no picture. */
const RETRY_MS = 1_000;

/**
 * Whole pictures for everybody who looks through /mjpeg/TOKEN. One picture is under way at a time, always of the
 * newest state; nothing is encoded while nobody watches or nothing changes (the server repeats the last one).
 */
export class MjpegFeed implements DeskConsumer {
  private readonly encoder: JpegEncoder;
  private readonly send: (jpeg: Uint8Array) => Promise<boolean>;
  /** 1..100, or 0 for automatic. */
  private readonly quality: () => number;
  private readonly nowMs: () => number;
  private readonly wake: () => void;
  private dirty = true;
  private underWay = false;
  private nextAtMs = 0;
  private paused = false;
  private pointer: Point | undefined;
  /** The newest, which may still be being decoded, and what was decoded last. */
  private shape: CursorShape | undefined;
  private picture: PointerPicture | undefined;

  constructor(options: {
    encoder: JpegEncoder;
    /** Resolves when the server wants the next one; false: it did not take this one. */
    send: (jpeg: Uint8Array) => Promise<boolean>;
    quality: () => number;
    nowMs: () => number;
    /** Asks the desk to look at this consumer again. */
    wake: () => void;
  }) {
    this.encoder = options.encoder;
    this.send = options.send;
    this.quality = options.quality;
    this.nowMs = options.nowMs;
    this.wake = options.wake;
  }

  changed(): void {
    this.dirty = true;
  }

  resized(_size: Size): void {
    this.dirty = true;
  }

  cursorShape(shape: CursorShape): void {
    this.shape = shape;
    const take = (picture: PointerPicture | undefined) => {
      // One that takes longer to decode does not replace a newer one.
      if (this.shape !== shape) return;
      this.picture = picture;
      this.refresh();
    };
    // Expected to fail: a cursor picture sharp cannot read. The pointer is missing from the picture, nothing else.
    decodePointer(shape).then(take, () => take(undefined));
  }

  cursorMoved(at: Point): void {
    this.pointer = at;
    this.dirty = true;
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    this.refresh();
  }

  ready(nowMs: number): boolean {
    return !this.underWay && nowMs >= this.nextAtMs;
  }

  takesShort(): boolean {
    return false;
  }

  followsMoves(): boolean {
    return false;
  }

  async serve(surface: Surface, nowMs: number): Promise<void> {
    if (!this.dirty || !this.ready(nowMs)) return;
    this.dirty = false;
    this.underWay = true;
    this.nextAtMs = nowMs + 1000 / MAX_PICTURES_PER_SECOND;
    const pixels = this.paused ? black(surface.size) : this.withPointer(surface);
    const jpeg = await this.encoder.encode(pixels, wholeOf(surface.size), {
      quality: this.quality() || AUTO_QUALITY,
      chroma: "420",
    });
    // Not awaited: the display must not stand still while a slow server takes its time.
    void this.deliver(jpeg);
  }

  get isComplete(): boolean {
    return !this.dirty;
  }

  /** Also when nothing is dirty yet: what changed since the last picture is read only once this could send it. */
  wakeAtMs(nowMs: number): number | undefined {
    return !this.underWay && (this.dirty || nowMs < this.nextAtMs) ? this.nextAtMs : undefined;
  }

  private async deliver(jpeg: Uint8Array): Promise<void> {
    const taken = jpeg.length <= MAX_FRAME_BYTES && (await this.send(jpeg));
    this.underWay = false;
    if (!taken) {
      this.nextAtMs = this.nowMs() + RETRY_MS;
      this.dirty = true;
    }
    this.wake();
  }

  private refresh(): void {
    this.dirty = true;
    this.wake();
  }

  private withPointer(surface: Surface): Pixels {
    if (this.picture === undefined || this.pointer === undefined) return surface;
    const bytes = Uint8Array.from(surface.bytes);
    blendPointer({ size: surface.size, bytes }, this.picture, this.pointer);
    return { size: surface.size, bytes };
  }
}

async function decodePointer(shape: CursorShape): Promise<PointerPicture | undefined> {
  if (!shape.visible) return undefined;
  const { data, info } = await sharp(shape.png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { size: { width: info.width, height: info.height }, hotspot: shape.hotspot, rgba: data };
}

function black(size: Size): Pixels {
  return { size, bytes: new Uint8Array(size.width * size.height * 4) };
}
