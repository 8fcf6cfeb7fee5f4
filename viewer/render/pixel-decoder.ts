import { type Size, sameSize } from "../../protocol/geometry.ts";
import type { RowEncoding } from "../core/inflate-pixels.ts";

/** What a way to decode pixels can do. Rejects when the data is not a picture of exactly this size; nothing is held then. */
export interface PixelDecoder {
  /** To be closed when it is drawn or given up. */
  jpeg(size: Size, data: Uint8Array): Promise<ImageBitmap>;
  /** @param updatePixels of its update until here, with these: how much there is to do at once */
  rows(encoding: RowEncoding, size: Size, data: Uint8Array, updatePixels: number): Promise<ImageData>;
}

/** @throws Error when a JPEG has another size than its rectangle */
export function refuseOtherThan(size: Size, found: Size): void {
  if (sameSize(found, size)) return;
  throw new Error(`a JPEG of ${found.width}x${found.height} for a rectangle of ${size.width}x${size.height}`);
}
