import type { Rect } from "../../protocol/geometry.ts";
import type { Picture } from "../core/picture.ts";
import type { Availability } from "../errors.ts";

/** A picture in memory: the Surface's own layout. */
export type Pixels = Picture;

export type JpegSettings = {
  readonly quality: number;
  readonly chroma: "444" | "420";
  /** All else waits for it: another thread is only worth it where it is large, as far as a driver has the choice. */
  readonly isAwaited?: true;
};

/** Encodes a rectangle of a picture without copying it out first. Every driver passes test/conformance/jpeg-encoder.ts. */
export interface JpegEncoder {
  readonly name: string;
  /**
   * Baseline JPEG of `rect`. A thread may be reading the pixels until the promise resolves: they must not change before.
   * The result belongs to the caller. Quality 1..100.
   */
  encode(pixels: Pixels, rect: Rect, settings: JpegSettings): Promise<Uint8Array>;
}

export interface JpegEncoderDriver {
  readonly name: string;
  probe(): Promise<Availability>;
  open(): Promise<JpegEncoder>;
}
