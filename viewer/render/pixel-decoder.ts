import { type Size, sameSize } from "../../protocol/geometry.ts";

/** Something decoded that a canvas draws; to be closed when it is drawn or given up. */
export type Drawable = ImageBitmap | VideoFrame;

/** Encodings that are deflated rows (protocol/update.ts). */
export type RowEncoding = "exact" | "shaded";

/** What a way to decode pixels can do. Rejects when the data is not a picture of exactly this size; nothing is held then. */
export interface PixelDecoder {
  jpeg(size: Size, data: Uint8Array): Promise<Drawable>;
  /** @param updatePixels of its update until here, with these: how much there is to do at once */
  rows(encoding: RowEncoding, size: Size, data: Uint8Array, updatePixels: number): Promise<ImageData>;
}

/** The same drawable, if it has the size. @throws Error otherwise, and closes it */
export function ofSize(size: Size, drawable: Drawable): Drawable {
  const found =
    drawable instanceof ImageBitmap ? drawable : { width: drawable.displayWidth, height: drawable.displayHeight };
  if (sameSize(found, size)) return drawable;
  const words = `${found.width}x${found.height}`;
  drawable.close();
  throw new Error(`a JPEG of ${words} for a rectangle of ${size.width}x${size.height}`);
}
